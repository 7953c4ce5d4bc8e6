// The planner with two small knobs and two small resources: a shared list that everybody adds to, and one value an interface.
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { makeInterface, makeSnapshot } from '../../tests/helpers/knob-context.ts';
import { smallPolicy } from '../../tests/helpers/small-policy.ts';
import { NetError } from '../model/errors.ts';
import { error, info } from '../model/finding.ts';
import { defineKnob } from '../model/knob.ts';
import { defineResource } from '../model/resource.ts';
import { type Snapshot, nothingCommitted } from '../model/snapshot.ts';
import { compile, type Compiled } from './compile.ts';
import { diffOf, pasteable, readSetDigest, renderSteps, undoLines } from './render.ts';
import type { ParameterPlan } from './schema.ts';

const tags = z.array(z.string());

/** Shared by all interfaces; null where there is none. */
const board = defineResource({
  id: 'board',
  scope: 'global',
  state: tags.nullable(),
  observed: tags.nullable(),
  part: tags,
  order: () => 50,
  read: () => Promise.resolve(null),
  current: (_target, observed, { committed }) => {
    if (observed !== null && committed === undefined)
      throw new NetError('plan_refused', 'a foreign board', 'Remove it.');
    return observed;
  },
  compose: (_target, parts) => ({
    state: parts.flatMap(({ iface, part }) => part.map((tag) => `${iface}:${tag}`)).sort(),
    findings: [info('changes.tags', 'composed', `${String(parts.length)} parts`, 'Nothing.')],
  }),
  differences: (_target, state, observed) =>
    JSON.stringify(state) === JSON.stringify(observed)
      ? []
      : [{ path: 'board', current: observed?.join() ?? null, desired: state?.join() ?? null }],
  expected: (_target, state) => state,
  commands: (_target, _observed, to) => [
    {
      slot: 'nft_script',
      text: to === null ? 'clear' : `set ${to.join()}`,
      action: { kind: 'exec', binary: 'nft', args: ['-f', '-'] },
    },
  ],
});

/** One number an interface; null where the interface has none. */
const gauge = defineResource({
  id: 'gauge',
  scope: 'interface',
  state: z.number(),
  observed: z.number().nullable(),
  part: z.number(),
  order: (target) => (target === 'late' ? 90 : 10),
  read: () => Promise.resolve(null),
  current: (target, observed) => {
    if (observed === null) throw new NetError('not_found', `no gauge ${target}`, 'Name another.');
    return observed;
  },
  compose: (_target, parts, { original }) => ({ state: parts.at(-1)?.part ?? original, findings: [] }),
  differences: (target, state, observed) =>
    state === observed
      ? []
      : [{ path: `gauge.${target}`, current: observed === null ? null : String(observed), desired: String(state) }],
  expected: (_target, state) => state,
  commands: (target, observed, to) =>
    observed === to
      ? []
      : [
          {
            slot: 'ip_link_cmds',
            text: `gauge ${target} ${String(to)}`,
            action: { kind: 'exec', binary: 'ip', args: ['gauge', target, String(to)] },
          },
        ],
});

const base = { cards: [], risk: 'none', examples: [] } as const;
const gaugeKnob = defineKnob({
  ...base,
  id: 'gauges',
  schema: z.record(z.string(), z.number().max(100).nullable()),
  meets: 'merge',
  fragments: (wish) => ({
    fragments: Object.entries(wish).flatMap(([target, value]) =>
      value === null ? [] : [{ resource: 'gauge', target, part: value }],
    ),
    findings: [],
  }),
});
const tagKnob = defineKnob({
  ...base,
  id: 'tags',
  schema: tags,
  meets: 'replace',
  fragments: (wish, { emulate }) =>
    emulate
      ? { fragments: [], findings: [error('changes.tags', 'plan_refused', 'not now', 'Later.')] }
      : { fragments: [{ resource: 'board', target: 'all', part: wish }], findings: [] },
});

const start = makeSnapshot({
  interfaces: { eth0: makeInterface(), eth1: makeInterface({ name: 'eth1', ifindex: 3 }) },
  observed: { 'gauge:early': 1, 'gauge:late': 2, 'gauge:other': 3, 'board:all': null },
});

const run = (plan: ParameterPlan, snapshot: Snapshot = start): Compiled =>
  compile({
    plan,
    iface: plan.iface,
    snapshot,
    policy: smallPolicy(),
    // The order of knobs is not the order of steps.
    knobs: [tagKnob, gaugeKnob],
    resources: [board, gauge],
    changeId: 'c1',
  });

const applied = (plan: ParameterPlan, snapshot: Snapshot = start): Snapshot => {
  const { steps, committed } = run(plan, snapshot);
  const observed = Object.fromEntries(steps.map(({ step }) => [`${step.resource}:${step.target}`, step.to]));
  return { ...snapshot, committed, observed: { ...snapshot.observed, ...observed } };
};

const wish = (changes: Record<string, unknown>, iface = 'eth0'): ParameterPlan => ({ iface, changes });
const addresses = ({ steps }: Compiled): string[] => steps.map(({ step }) => `${step.resource}:${step.target}`);

describe('steps', () => {
  it("run in the resources' order, equal ones in the plan's", () => {
    const compiled = run(wish({ tags: ['a'], gauges: { late: 20, other: 30, early: 10 } }));
    expect(addresses(compiled)).toEqual(['gauge:other', 'gauge:early', 'board:all', 'gauge:late']);
    expect(renderSteps(compiled.steps)).toEqual({
      sysctl_cmds: [],
      tc_script: '',
      nft_script: 'set eth0:a',
      ethtool_cmds: [],
      ip_link_cmds: ['gauge other 30', 'gauge early 10', 'gauge late 20'],
    });
  });

  it('are undone backwards, each to what it found', () => {
    const compiled = run(wish({ tags: ['a'], gauges: { late: 20, early: 10 } }));
    expect(undoLines(compiled.steps)).toEqual(['gauge late 2', "nft -f - <<'NETMCP'\nclear\nNETMCP", 'gauge early 1']);
    expect(compiled.steps.map(({ step }) => [step.from, step.to])).toEqual([
      [1, 10],
      [null, ['eth0:a']],
      [2, 20],
    ]);
  });

  it('are none where everything is as wished', () => {
    const compiled = run(wish({ gauges: { early: 1 } }));
    expect(compiled.steps).toEqual([]);
    expect(compiled.readSet).toEqual(['gauge:early']);
    expect(compiled.committed.states).toEqual({ 'gauge:early': 1 });
  });

  it('say where each difference comes from', () => {
    const before = applied(wish({ gauges: { early: 10, other: 30 } }));
    const drifted = { ...before, observed: { ...before.observed, 'gauge:other': 31 } };
    expect(diffOf(run(wish({ gauges: { early: 11 } }), drifted))).toEqual([
      { path: 'gauge.early', current: '10', desired: '11', origin: 'plan' },
      { path: 'gauge.other', current: '31', desired: '30', origin: 'plan' },
    ]);
  });
});

describe('what is shared', () => {
  const first = applied(wish({ tags: ['a'] }));

  it('is the union of all interfaces', () => {
    const compiled = run(wish({ tags: ['b'] }, 'eth1'), first);
    expect(compiled.steps.map(({ step }) => step.to)).toEqual([['eth0:a', 'eth1:b']]);
    expect(undoLines(compiled.steps)).toEqual(["nft -f - <<'NETMCP'\nset eth0:a\nNETMCP"]);
  });

  it('keeps the other interface when one is taken out', () => {
    const both = applied(wish({ tags: ['b'] }, 'eth1'), first);
    const compiled = run(wish({ tags: [] }), both);
    expect(compiled.steps.map(({ step }) => step.to)).toEqual([['eth1:b']]);
    expect(compiled.committed.fragments.map(({ iface }) => iface)).toEqual(['eth1']);
  });

  it.each([null, []])('goes back to the original when the last part is taken out by %j', (nothing) => {
    const compiled = run(wish({ tags: nothing }), first);
    expect(compiled.steps.map(({ step }) => step.to)).toEqual([null]);
    expect(compiled.committed).toEqual(nothingCommitted);
  });

  it('keeps the first original, nothing included, through later changes', () => {
    const later = applied(
      wish({ tags: ['c'], gauges: { early: 12 } }),
      applied(wish({ gauges: { early: 11 } }), first),
    );
    expect(later.committed.originals).toEqual({ 'board:all': null, 'gauge:early': 1 });
    const compiled = run(wish({ tags: null, gauges: null }), later);
    expect(compiled.steps.map(({ step }) => step.to)).toEqual([1, null]);
  });
});

describe('findings', () => {
  it('come from knobs and resources', () => {
    expect(run(wish({ tags: ['a'] })).findings.map(({ code }) => code)).toEqual(['composed']);
    const refused = run({ ...wish({ tags: ['a'] }), emulate: true });
    expect(refused.findings.map(({ path, code }) => [path, code])).toEqual([['changes.tags', 'plan_refused']]);
    expect(refused.steps).toEqual([]);
  });

  it('name the knob whose target is not ours to change', () => {
    const foreign = { ...start, observed: { ...start.observed, 'board:all': ['x'] } };
    expect(run(wish({ tags: ['a'] }), foreign).findings).toEqual([
      error('changes.tags', 'plan_refused', 'a foreign board', 'Remove it.'),
    ]);
    expect(run(wish({ gauges: { nowhere: 1 } })).findings).toEqual([
      error('changes.gauges', 'not_found', 'no gauge nowhere', 'Name another.'),
    ]);
  });

  it('judge a merged wish like a fresh one', () => {
    const before = {
      ...start,
      committed: {
        ...nothingCommitted,
        wishes: [{ iface: 'eth0', knob: 'gauges', wish: { early: 500 }, change_id: 'c' }],
      },
    };
    expect(run(wish({ gauges: { late: 5 } }), before).findings).toMatchObject([
      { path: 'changes.gauges.early', code: 'invalid_argument', severity: 'error' },
    ]);
  });
});

describe('what has gone from the host', () => {
  const before = applied(wish({ gauges: { early: 10 } }));
  const gone = { ...before, observed: { ...before.observed, 'gauge:early': null } };

  it('is let go without a step', () => {
    const compiled = run(wish({ gauges: null }), gone);
    expect(compiled.findings).toEqual([]);
    expect(compiled.steps).toEqual([]);
    expect(compiled.committed).toEqual(nothingCommitted);
  });

  it('is an error where it is still wished', () => {
    expect(run(wish({ gauges: { early: 11 } }), gone).findings.map(({ code }) => code)).toEqual(['not_found']);
  });
});

describe('the read set', () => {
  const compiled = run(wish({ gauges: { early: 10 } }));
  const digestOf = (snapshot: Snapshot): string => readSetDigest(snapshot, compiled, 'eth0');

  it('moves with what the plan rests on', () => {
    const others = [
      { ...start, observed: { ...start.observed, 'gauge:early': 7 } },
      { ...start, boot_id: 'another' },
      { ...start, netns: 'net:2:2' },
      { ...start, committed: applied(wish({ tags: ['a'] })).committed },
      { ...start, interfaces: { ...start.interfaces, eth0: makeInterface({ ifindex: 9 }) } },
      { ...start, features: { ...start.features, ifb: false } },
    ];
    expect(new Set([start, ...others].map(digestOf)).size).toBe(others.length + 1);
  });

  it('does not move with anything else', () => {
    expect(digestOf({ ...start, observed: { ...start.observed, 'gauge:other': 99 } })).toBe(digestOf(start));
    expect(digestOf({ ...start, memory_bytes: 1, cpus: 64, management_ports: [1] })).toBe(digestOf(start));
    expect(digestOf({ ...start, interfaces: { ...start.interfaces, eth0: makeInterface({ up: false }) } })).toBe(
      digestOf(start),
    );
  });
});

it('a script of several lines is pasted line by line', () => {
  expect(
    pasteable({ slot: 'tc_script', text: 'tc a\ntc b', action: { kind: 'exec', binary: 'tc', args: [] } }),
  ).toEqual(['tc a', 'tc b']);
});
