// Every folder of tests/golden/recommend is a host shape: each profile fitted to it, byte for byte what is stored, and every card accounted for.
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadPolicy } from '../../src/host/policy-files.ts';
import { knobs } from '../../src/knobs/index.ts';
import type { Snapshot } from '../../src/model/snapshot.ts';
import { targetsFor } from '../../src/plan/targets.ts';
import { type Recommendation, recommend } from '../../src/plan/recommend.ts';
import { resources } from '../../src/resources/index.ts';
import { judge } from '../helpers/pure-host.ts';
import { storedText, toText } from './cases.ts';
import { recommendFolder, type Shape, shapes } from './recommend-shapes.ts';

const policy = await loadPolicy();
const all = shapes();
const goals = [...policy.profiles.keys()].sort();
const cases = all.flatMap((shape) => goals.map((goal) => ({ shape, goal, name: `${shape.name} ${goal}` })));

const fitted = ({ iface, role, link, snapshot }: Shape, goal: string, seen: Snapshot = snapshot): Recommendation =>
  recommend({ goal, iface, role, link, snapshot: seen, policy, knobs, resources });

/** The same host, read in another order. */
const reordered = (snapshot: Snapshot): Snapshot => {
  const turned = <T>(record: Record<string, T>): Record<string, T> =>
    Object.fromEntries(Object.entries(record).reverse());
  return { ...snapshot, observed: turned(snapshot.observed), interfaces: turned(snapshot.interfaces) };
};

it('has the eight shapes and the seven profiles', () => {
  expect(all.length).toBeGreaterThanOrEqual(8);
  expect(goals).toEqual(['balanced', 'bulk_transfer', 'gaming', 'router', 'server', 'streaming', 'video_calls']);
});

describe.each(all)('$name', ({ iface, snapshot }) => {
  it('tells of everything that a snapshot of such a host would hold', () => {
    for (const { resource, target } of targetsFor(iface, policy, snapshot.committed)) {
      const address = `${resource}:${target}`;
      expect(Object.hasOwn(snapshot.observed, address) || Object.hasOwn(snapshot.unread ?? {}, address), address).toBe(
        true,
      );
    }
  });

  it('has in force what its owners say', () => {
    for (const { claim, value, active, source } of snapshot.owners ?? []) {
      if (!active || claim.kind !== 'sysctl' || value === null) continue;
      expect(snapshot.observed[`sysctl:${claim.key}`], source).toMatchObject({ value });
    }
  });
});

describe.each(cases)('$name', ({ shape, goal }) => {
  const found = fitted(shape, goal);
  const text = toText(found);

  it('is recommended as stored', () => {
    expect(text).toBe(storedText(join(recommendFolder, shape.name, `${goal}.json`), text));
  });

  it('gives the same bytes twice, in whatever order the host was read', () => {
    expect(toText(fitted(shape, goal, structuredClone(shape.snapshot)))).toBe(text);
    expect(toText(fitted(shape, goal, reordered(shape.snapshot)))).toBe(text);
  });

  it('stands when it is validated', () => {
    const { ok, issues } = judge(found.plan, shape.snapshot, policy);
    expect(issues.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(ok).toBe(true);
  });

  it('accounts for every card of the profile', () => {
    const told = new Set([...found.reasons, ...found.left_out].map(({ card }) => card));
    expect(policy.profiles.get(goal)?.active_cards.filter((card) => !told.has(card))).toEqual([]);
  });

  it('says for each value why, by what evidence and which card', () => {
    for (const { card, reason, evidence, source } of found.reasons) {
      expect(policy.cards.has(card), card).toBe(true);
      for (const said of [reason, evidence, source]) expect(said.trim(), card).not.toBe('');
      expect(`${reason}${evidence}`, card).not.toMatch(/\bunknown\b|undefined|\{/);
    }
    const paths = [...found.reasons, ...found.left_out.filter(({ path }) => path !== null)].map(({ path }) => path);
    expect(new Set(paths).size).toBe(paths.length);
  });

  it('leaves to its owner what somebody else decides, and names where', () => {
    const owners = (shape.snapshot.owners ?? []).filter(({ active, shipped }) => active && !shipped);
    for (const { code, reason, card } of found.left_out.filter(({ code: said }) => said === 'conflict')) {
      expect(code).toBe('conflict');
      const named = owners.some(({ manager, source }) => reason.includes(manager) && reason.includes(source));
      expect(named, `${card}: ${reason}`).toBe(true);
    }
    for (const { claim, value, source } of owners) {
      if (claim.kind !== 'sysctl' || value === null) continue;
      const ours = found.reasons.find(({ path }) => path === `changes.sysctl.${claim.key}`);
      expect(ours === undefined || ours.value === value, `${source} is overridden`).toBe(true);
      const written = judge(found.plan, shape.snapshot, policy).compiled?.steps.map(({ step }) => step) ?? [];
      const step = written.find(({ resource, target }) => resource === 'sysctl' && target === claim.key);
      expect(step, `${source} is overridden`).toBe(undefined);
    }
  });
});
