// Whatever comes as a plan: validation answers, what it accepts renders the same twice and is undone whole.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadPolicy } from '../../src/host/policy-files.ts';
import { knobs } from '../../src/knobs/index.ts';
import { findingSchema } from '../../src/model/finding.ts';
import { nothingCommitted } from '../../src/model/snapshot.ts';
import { resources } from '../../src/resources/index.ts';
import { afterApply, judge, undoFaults } from '../helpers/pure-host.ts';
import { goldenCases, present, readBase, toText } from './cases.ts';

const policy = await loadPolicy();
const debian = readBase('debian');
const hosts = [debian, readBase('namespace')] as const;

/** Every place in a value, as the keys that lead there. */
const places = (value: unknown): (string | number)[][] => {
  if (typeof value !== 'object' || value === null) return [[]];
  return [[], ...pairsOf(value).flatMap(([key, inner]) => places(inner).map((rest) => [key, ...rest]))];
};

const replaced = (value: unknown, [key, ...rest]: readonly (string | number)[], by: unknown): unknown => {
  if (key === undefined) return by;
  if (Array.isArray(value))
    return value.map((inner: unknown, index) => (index === key ? replaced(inner, rest, by) : inner));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, name === key ? replaced(inner, rest, by) : inner]),
  );
};

/** Values near the edges of what knobs take, besides any JSON. */
const odd = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom<unknown>(
    null,
    [],
    {},
    '',
    0,
    -1,
    1e21,
    '1e9',
    ' 1 ',
    '0x10',
    '1:0',
    'eth0',
    'EF',
    '::',
    '0.0.0.0/0',
    true,
  ),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);

const plans = goldenCases().map(({ plan }) => plan);

const valueAt = (value: unknown, path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? new Map<unknown, unknown>(pairsOf(at)).get(key) : undefined),
    value,
  );

const pairsOf = (value: object): [string | number, unknown][] =>
  Array.isArray(value) ? value.map((inner: unknown, index) => [index, inner]) : Object.entries(value);

/** Values that some plan really has somewhere, so that a mutation is often still a plan. */
const leaves = [
  ...new Set(
    plans.flatMap((plan) =>
      places(plan)
        .map((place) => valueAt(plan, place))
        .filter((value) => typeof value !== 'object'),
    ),
  ),
];

type Mutation = (value: unknown) => unknown;

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  { weight: 1, arbitrary: odd.map((by) => () => by) },
  { weight: 3, arbitrary: fc.constantFrom(...leaves).map((by) => () => by) },
  {
    weight: 6,
    arbitrary: fc
      .double({ min: 0, max: 8, noNaN: true })
      .map((factor) => (value: unknown) => (typeof value === 'number' ? Math.round(value * factor) : value)),
  },
);

const mutated = fc
  .tuple(fc.constantFrom(...plans), fc.array(fc.tuple(fc.nat(), mutation), { minLength: 1, maxLength: 3 }))
  .map(([plan, mutations]) =>
    mutations.reduce<unknown>((at, [where, mutate]) => {
      const all = places(at);
      const place = all[where % all.length] ?? [];
      return replaced(at, place, mutate(valueAt(at, place)));
    }, plan),
  );

describe('any plan', () => {
  it('is answered with findings, never with an exception, and what is accepted is undone whole', () => {
    let accepted = 0;
    fc.assert(
      fc.property(fc.oneof({ weight: 9, arbitrary: mutated }, { weight: 1, arbitrary: fc.jsonValue() }), (plan) => {
        for (const snapshot of hosts) {
          const validation = judge(plan, snapshot, policy);
          const { ok, issues, compiled } = validation;
          for (const issue of issues) {
            findingSchema.parse(issue);
            expect(issue.message).not.toBe('');
            expect(issue.hint).not.toBe('');
          }
          expect(ok).toBe(!issues.some(({ severity }) => severity === 'error'));
          if (!ok || compiled === null) continue;
          accepted += 1;
          expect(undoFaults(compiled, snapshot)).toEqual([]);
          expect(toText(present(judge(plan, snapshot, policy)))).toBe(toText(present(validation)));
        }
      }),
      { numRuns: 1500 },
    );
    expect(accepted).toBeGreaterThan(100);
  });
});

/** Knobs with the examples that this host can take: it has neither rings nor queues to steer. */
const takeable = knobs.flatMap(({ id, examples }) => {
  const sound = examples.filter(({ wish }) =>
    ['eth0', 'eth1'].every((iface) => judge({ iface, emulate: true, changes: { [id]: wish } }, debian, policy).ok),
  );
  return sound.length === 0 ? [] : [{ id, examples: sound }];
});

/** Some of the knobs, each by one of its examples. */
const someExamples = fc
  .subarray(takeable, { minLength: 1 })
  .chain((chosen) =>
    fc.tuple(...chosen.map(({ id, examples }) => fc.tuple(fc.constant(id), fc.constantFrom(...examples)))),
  )
  .map((pairs): Record<string, unknown> => Object.fromEntries(pairs.map(([id, { wish }]) => [id, wish])));

const plan = (iface: string, changes: Record<string, unknown>) => ({ iface, emulate: true, changes });
const without = (changes: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(changes).map(([id, wish]) => [id, Array.isArray(wish) ? [] : null]));

describe('plans one after the other', () => {
  it('removing every knob of a plan leaves the host as it was, and nothing committed', () => {
    let applied = 0;
    fc.assert(
      fc.property(someExamples, (changes) => {
        const first = judge(plan('eth0', changes), debian, policy);
        if (!first.ok || first.compiled === null) return;
        applied += 1;
        const after = afterApply(first.compiled, debian);
        const removal = judge({ iface: 'eth0', changes: without(changes) }, after, policy);
        expect(removal.issues.filter(({ severity }) => severity === 'error')).toEqual([]);
        const end = removal.compiled === null ? after : afterApply(removal.compiled, after);
        expect(end.committed).toEqual(nothingCommitted);
        for (const { step } of first.compiled.steps) {
          const address = `${step.resource}:${step.target}`;
          const resource = resources.find(({ id }) => id === step.resource);
          expect(resource?.differences(step.target, step.from, end.observed[address] ?? null), address).toEqual([]);
        }
      }),
      { numRuns: 150 },
    );
    expect(applied).toBeGreaterThan(20);
  });

  it("removing one interface's plan leaves the other's as if it had been alone", () => {
    let applied = 0;
    fc.assert(
      fc.property(someExamples, someExamples, (one, other) => {
        const alone = judge(plan('eth1', other), debian, policy);
        const first = judge(plan('eth0', one), debian, policy);
        if (!alone.ok || alone.compiled === null || !first.ok || first.compiled === null) return;
        const middle = afterApply(first.compiled, debian);
        const second = judge(plan('eth1', other), middle, policy);
        if (!second.ok || second.compiled === null) return;
        applied += 1;
        const both = afterApply(second.compiled, middle);
        const removal = judge({ iface: 'eth0', changes: without(one) }, both, policy);
        expect(removal.issues.filter(({ severity }) => severity === 'error')).toEqual([]);
        if (removal.compiled === null) return;
        const end = afterApply(removal.compiled, both);
        const wanted = afterApply(alone.compiled, debian);
        expect(end.committed.states).toEqual(wanted.committed.states);
        expect(end.committed.fragments).toEqual(wanted.committed.fragments);
      }),
      { numRuns: 150 },
    );
    expect(applied).toBeGreaterThan(20);
  });
});
