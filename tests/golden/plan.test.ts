// Every folder of tests/golden/plan is a case: validated, rendered, applied and undone as pure data, byte for byte what is stored.
import { describe, expect, it } from 'vitest';
import { loadPolicy } from '../../src/host/policy-files.ts';
import { knobs } from '../../src/knobs/index.ts';
import { afterApply, judge, undoFaults } from '../helpers/pure-host.ts';
import { goldenCases, present, storedText, toText } from './cases.ts';

const policy = await loadPolicy();
const cases = goldenCases();

const findingStyle = {
  // `changes.dscp[0].match.proto`, never `changes.dscp.0`.
  path: /^(iface|profile|inherit|validate|changes(\.[A-Za-z0-9_./:"-]+(\[\d+\])?)*)$/,
  // A clause that goes on after the path and a colon.
  message: /[^.\s]$/,
  hint: /^[A-Z"].*\.$/,
};

describe.each(cases)('$name', ({ plan, snapshot: make, expectedPath }) => {
  const snapshot = make(policy);
  const validation = judge(plan, snapshot, policy);
  const text = toText(present(validation));

  it('is judged and rendered as stored', () => {
    expect(text).toBe(storedText(expectedPath, text));
  });

  it('gives the same bytes twice', () => {
    expect(toText(present(judge(structuredClone(plan), make(policy), policy)))).toBe(text);
  });

  it('says every issue in one style', () => {
    for (const { path, message, hint } of validation.issues) {
      expect(path).toMatch(findingStyle.path);
      expect(message).toMatch(findingStyle.message);
      expect(hint).toMatch(findingStyle.hint);
      expect(path).not.toMatch(/\.\d+(\.|$)/);
    }
  });

  it('is undone whole, and wished again changes nothing', () => {
    const { ok, compiled } = validation;
    if (!ok || compiled === null) {
      expect(validation.issues.some(({ severity }) => severity === 'error')).toBe(true);
      return;
    }
    expect(undoFaults(compiled, snapshot)).toEqual([]);
    const again = judge(plan, afterApply(compiled, snapshot), policy);
    expect(again.compiled?.steps.map(({ step }) => `${step.resource}:${step.target}`)).toEqual([]);
  });
});

it('has a case for every example of every knob', () => {
  const wished = cases.map(({ plan }) => JSON.stringify(plan));
  for (const { id, examples } of knobs)
    for (const { wish, title } of examples)
      expect(
        wished.some((text) => text.includes(`"${id}":${JSON.stringify(wish)}`)),
        title,
      ).toBe(true);
});

it('has the cases of the documents', () => {
  const names = cases.map(({ name }) => name);
  for (const name of ['readme-1', 'readme-2', 'readme-3', 'readme-4', 'guide-3.1', 'guide-7.1', 'guide-7.2'])
    expect(names.some((found) => found.startsWith(name))).toBe(true);
});
