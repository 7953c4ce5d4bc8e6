// What the four knobs make of a plan: the seed documents' example, every refusal, every finding, and properties of all plans.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { htbClassesKnob } from '../../knobs/htb-classes.ts';
import { netemKnob } from '../../knobs/netem.ts';
import { qdiscKnob } from '../../knobs/qdisc.ts';
import { shaperKnob } from '../../knobs/shaper.ts';
import type { Finding } from '../../model/finding.ts';
import type { PartEntry } from '../../model/resource.ts';
import type { Features } from '../../model/snapshot.ts';
import { smallPolicy } from '../../../tests/helpers/small-policy.ts';
import { makeContext, makeInterface, makeSnapshot } from '../../../tests/helpers/knob-context.ts';
import { tcResource } from './resource.ts';
import type { Observed, State } from './state.ts';
import { observedSchema, stateSchema } from './state.ts';

const knobs = [qdiscKnob, shaperKnob, netemKnob, htbClassesKnob];
const untouched: Observed = {
  qdiscs: [
    { kind: 'pfifo_fast', handle: '0:', parent: 'root', options: 'bands 3 priomap 1 2 2 2 1 2 0 0 1 1 1 1 1 1 1 1' },
  ],
  ...{ classes: [], filters: [], ingress_filters: [], exact: null, ifb: null },
};
const nothing: State = { root: null, ingress: null };
const features: Features = {
  ...makeSnapshot().features,
  qdiscs: ['fq', 'fq_codel', 'cake', 'htb', 'tbf', 'sfq', 'pfifo_fast', 'netem', 'ingress'],
};

interface Options {
  emulate?: boolean;
  origin?: 'plan' | 'profile';
  features?: Partial<Features>;
  observed?: Observed;
  speed?: number | null;
}

const policy = smallPolicy();

const plan = (changes: Record<string, unknown>, options: Options = {}) => {
  const snapshot = makeSnapshot({
    features: { ...features, ...options.features },
    interfaces: { eth0: makeInterface({ speed_mbps: options.speed === undefined ? 1000 : options.speed }) },
    observed: { 'tc:eth0': options.observed ?? untouched },
  });
  const findings: Finding[] = [];
  const parts: PartEntry<unknown>[] = [];
  const nft: unknown[] = [];
  for (const knob of knobs) {
    const wish = changes[knob.id];
    if (wish === undefined) continue;
    const given = knob.fragments(
      wish,
      makeContext(policy, { snapshot, emulate: options.emulate ?? true, origin: () => options.origin ?? 'plan' }),
    );
    findings.push(...given.findings);
    for (const { resource, part } of given.fragments) {
      if (resource === 'tc') parts.push({ iface: 'eth0', knob: knob.id, part });
      else nft.push(part);
    }
  }
  const composed =
    parts.length === 0
      ? { state: nothing, findings: [] }
      : tcResource.compose('eth0', parts, { snapshot, original: nothing });
  const state = stateSchema.parse(composed.state);
  const script = tcResource.commands('eth0', options.observed ?? untouched, state).map((command) => command.text);
  return { state, findings: [...findings, ...composed.findings], script: script.join('\n').split('\n'), nft };
};

const errors = (findings: readonly Finding[]) =>
  findings.filter(({ severity }) => severity === 'error').map(({ path, code }) => `${path} ${code}`);
const codes = (findings: readonly Finding[]) => findings.map(({ severity, code }) => `${severity} ${code}`);
const klass = (more: Record<string, unknown> = {}) => ({
  classid: '1:10',
  rate_mbit: 5,
  ceil_mbit: 10,
  match: { dscp: 'EF' },
  ...more,
});

describe('the streaming server of the seed documents', () => {
  const { findings, script } = plan({
    qdisc: { type: 'htb', params: {} },
    shaper: { egress_mbit: 900, ceil_mbit: 1000 },
    htb_classes: [{ classid: '1:10', rate_mbit: 700, ceil_mbit: 900, priority: 1 }],
  });

  test('validates, with a warning about the class that nothing reaches', () => {
    expect(codes(findings)).toEqual(['warning unreachable_class', 'info leaf_chosen', 'info default_class_added']);
    expect(findings[0]?.path).toBe('changes.htb_classes[0]');
    expect(findings[0]?.hint).toContain('Add match');
  });

  test('becomes one tree with a class for the rest', () => {
    expect(script).toEqual([
      'tc qdisc add dev eth0 root handle 1: htb default 0x30',
      'tc class add dev eth0 parent 1: classid 1:1 htb rate 1000mbit ceil 1000mbit burst 125000b cburst 125000b prio 0 quantum 200000',
      'tc class add dev eth0 parent 1:1 classid 1:10 htb rate 700mbit ceil 900mbit burst 87500b cburst 112500b prio 1 quantum 200000',
      'tc class add dev eth0 parent 1:1 classid 1:30 htb rate 200mbit ceil 1000mbit burst 25000b cburst 125000b prio 4 quantum 200000',
      'tc qdisc add dev eth0 parent 1:10 handle 10: fq_codel',
      'tc qdisc add dev eth0 parent 1:30 handle 30: fq_codel',
    ]);
  });
});

describe('refused', () => {
  const cases: [string, Record<string, unknown>, string[], Options?][] = [
    ['an unknown qdisc', { qdisc: { type: 'ultra_fast' } }, ['changes.qdisc.type invalid_argument']],
    [
      'an unknown parameter',
      { qdisc: { type: 'fq', params: { speed: 1 } } },
      ['changes.qdisc.params.speed invalid_argument'],
    ],
    [
      'a parameter out of range',
      { qdisc: { type: 'fq', params: { limit: 0 } } },
      ['changes.qdisc.params.limit invalid_argument'],
    ],
    [
      'a fraction where a count is wanted',
      { qdisc: { type: 'fq', params: { limit: 1.5 } } },
      ['changes.qdisc.params.limit invalid_argument'],
    ],
    [
      'text that would be more words',
      { qdisc: { type: 'cake', params: { diffserv: 'diffserv4 nat' } } },
      ['changes.qdisc.params.diffserv invalid_argument'],
    ],
    [
      'a parameter by two names',
      { qdisc: { type: 'tbf', params: { rate: 5, rate_mbit: 5 } } },
      ['changes.qdisc.params.rate_mbit invalid_argument'],
    ],
    ['a tbf without a rate', { qdisc: { type: 'tbf' } }, ['changes.qdisc.params.rate_mbit invalid_argument']],
    [
      'a tbf with a bucket of minutes',
      { qdisc: { type: 'tbf', params: { rate_mbit: 0.008, burst_bytes: 274_878 } } },
      ['changes.qdisc.params.burst_bytes invalid_argument'],
    ],
    [
      'a tbf that drops full frames',
      { qdisc: { type: 'tbf', params: { rate_mbit: 1, burst_bytes: 1500 } } },
      ['changes.qdisc.params.burst_bytes invalid_argument'],
    ],
    [
      'a tbf with latency and limit',
      { qdisc: { type: 'tbf', params: { rate_mbit: 1, latency_ms: 5, limit_bytes: 5000 } } },
      ['changes.qdisc.params.limit_bytes invalid_argument'],
    ],
    [
      'a qdisc the kernel lacks',
      { qdisc: { type: 'cake' } },
      ['changes.qdisc.type missing_kernel_feature'],
      { features: { qdiscs: ['fq'] } },
    ],
    ['netem without emulate', { netem: { delay_ms: 5 } }, ['changes.netem plan_refused'], { emulate: false }],
    [
      'netem as qdisc without emulate',
      { qdisc: { type: 'netem', params: { delay_ms: 5 } } },
      ['changes.qdisc.type plan_refused'],
      { emulate: false },
    ],
    [
      'netem twice',
      { qdisc: { type: 'netem', params: { delay_ms: 5 } }, netem: { delay_ms: 5 } },
      ['changes.netem invalid_argument'],
    ],
    ['total loss', { netem: { loss_pct: 100 } }, ['changes.netem.loss_pct invalid_argument']],
    ['reordering without a delay', { netem: { reorder_pct: 5 } }, ['changes.netem.reorder_pct invalid_argument']],
    ['a netem of nothing', { netem: { delay_ms: 0 } }, ['changes.netem invalid_argument']],
    [
      'duplicates below several classes',
      { shaper: { egress_mbit: 20 }, htb_classes: [klass()], netem: { duplicate_pct: 1 } },
      ['changes.netem.duplicate_pct invalid_argument'],
    ],
    [
      'a ceiling below the rate',
      { shaper: { egress_mbit: 20, ceil_mbit: 10 } },
      ['changes.shaper.ceil_mbit rate_exceeds_ceil'],
    ],
    [
      'a ceiling of nothing',
      { shaper: { ingress_mbit: 20, ceil_mbit: 10 } },
      ['changes.shaper.ceil_mbit invalid_argument'],
    ],
    [
      'ingress without an ifb',
      { shaper: { ingress_mbit: 20 } },
      ['changes.shaper.ingress_mbit missing_kernel_feature'],
      { features: { ifb: false } },
    ],
    [
      'ingress without a classifier',
      { shaper: { ingress_mbit: 20 } },
      ['changes.shaper.ingress_mbit missing_kernel_feature'],
      { features: { classifiers: [] } },
    ],
    [
      'a shaper without htb',
      { shaper: { egress_mbit: 20 } },
      ['changes.shaper missing_kernel_feature'],
      { features: { qdiscs: ['tbf'] } },
    ],
    [
      'two rates for cake',
      { qdisc: { type: 'cake', params: { bandwidth_mbit: 10 } }, shaper: { egress_mbit: 20 } },
      ['changes.qdisc.params.bandwidth_mbit invalid_argument'],
    ],
    [
      'tbf above classes',
      { qdisc: { type: 'tbf', params: { rate_mbit: 5 } }, htb_classes: [klass()] },
      ['changes.qdisc.type invalid_argument'],
    ],
    ['htb without a rate', { qdisc: { type: 'htb' } }, ['changes.qdisc invalid_argument'], { speed: null }],
    [
      'a class twice',
      { htb_classes: [klass(), klass({ classid: '1:0010' })] },
      ['changes.htb_classes[1].classid invalid_argument'],
    ],
    [
      'our own class',
      { htb_classes: [klass({ classid: '1:1' })] },
      ['changes.htb_classes[0].classid invalid_argument'],
    ],
    [
      'the root as a class',
      { htb_classes: [klass({ classid: '1:0' })] },
      ['changes.htb_classes[0].classid invalid_argument'],
    ],
    [
      'a class below nothing',
      { htb_classes: [klass({ parent: '1:99' })] },
      ['changes.htb_classes[0].parent invalid_argument'],
    ],
    [
      'a cycle',
      { htb_classes: [klass({ parent: '1:20' }), klass({ classid: '1:20', parent: '1:10' })] },
      ['changes.htb_classes[0].parent invalid_argument', 'changes.htb_classes[1].parent invalid_argument'],
    ],
    [
      'a rate above the ceil',
      { htb_classes: [klass({ rate_mbit: 11 })] },
      ['changes.htb_classes[0].rate_mbit rate_exceeds_ceil'],
    ],
    [
      'a ceil above the root',
      { shaper: { egress_mbit: 8 }, htb_classes: [klass()] },
      ['changes.htb_classes[0].ceil_mbit rate_exceeds_parent'],
    ],
    [
      'children that want more than their parent',
      {
        htb_classes: [
          klass({ match: undefined }),
          klass({ classid: '1:20', parent: '1:10', rate_mbit: 3 }),
          klass({ classid: '1:30', parent: '1:10', rate_mbit: 3 }),
        ],
      },
      ['changes.htb_classes rate_exceeds_parent'],
    ],
    [
      'a match on an inner class',
      { htb_classes: [klass(), klass({ classid: '1:20', parent: '1:10' })] },
      ['changes.htb_classes[0].match invalid_argument'],
    ],
    [
      'an inner class as the default',
      {
        qdisc: { type: 'htb', params: { default: '10' } },
        htb_classes: [klass({ match: undefined }), klass({ classid: '1:20', parent: '1:10' })],
      },
      ['changes.qdisc.params.default invalid_argument'],
    ],
    [
      'a burst of minutes',
      { htb_classes: [klass({ rate_mbit: 0.01, burst: '1m' })] },
      ['changes.htb_classes[0].burst invalid_argument'],
    ],
  ];
  test.each(cases)('%s', (_, changes, expected, options) => {
    const { findings, state } = plan(changes, options);
    expect(errors(findings)).toEqual(expected);
    expect(state).toEqual(nothing);
  });

  test('schema errors name their place', () => {
    expect(shaperKnob.schema.safeParse({}).success).toBe(false);
    expect(shaperKnob.schema.safeParse({ egress_mbit: 0 }).success).toBe(false);
    expect(shaperKnob.schema.safeParse({ egress_mbit: 100_001 }).success).toBe(false);
    expect(netemKnob.schema.safeParse({ loss_pct: 101 }).success).toBe(false);
    expect(htbClassesKnob.schema.safeParse([klass({ classid: '2:10' })]).success).toBe(false);
    expect(htbClassesKnob.schema.safeParse([klass({ priority: 8 })]).success).toBe(false);
    expect(htbClassesKnob.schema.safeParse([klass({ burst: '15kbit' })]).success).toBe(false);
    expect(qdiscKnob.schema.safeParse({ type: 'fq; reboot' }).success).toBe(false);
  });

  test('a foreign clsact, when ingress is wanted', () => {
    const observed = {
      ...untouched,
      qdiscs: [...untouched.qdiscs, { kind: 'clsact', handle: 'ffff:', parent: 'ffff:fff1', options: '' }],
    };
    expect(errors(plan({ shaper: { ingress_mbit: 5 } }, { observed }).findings)).toEqual([
      'changes.shaper.ingress_mbit plan_refused',
    ]);
    expect(errors(plan({ shaper: { egress_mbit: 5 } }, { observed }).findings)).toEqual([]);
  });
});

describe('left out of a profile', () => {
  test.each([
    [{ qdisc: { type: 'cake' } }, { features: { qdiscs: ['fq'] } }],
    [{ shaper: { ingress_mbit: 5 } }, { features: { ifb: false } }],
    [{ netem: { delay_ms: 5 } }, { features: { qdiscs: ['fq'] } }],
  ])('%o', (changes, options) => {
    const { findings, state } = plan(changes, { ...options, origin: 'profile' });
    expect(codes(findings)).toEqual(['warning missing_kernel_feature']);
    expect(state).toEqual(nothing);
  });
});

describe('composition', () => {
  const leaves = (changes: Record<string, unknown>, options?: Options) => {
    const { state, findings } = plan(changes, options);
    expect(errors(findings)).toEqual([]);
    return {
      kinds: state.root?.qdiscs.map((node) => `${node.parent} ${node.kind}`),
      ifb: state.ingress?.tree.qdiscs.map((node) => node.kind),
      codes: codes(findings),
    };
  };

  test('a classless qdisc is the root', () => {
    expect(leaves({ qdisc: { type: 'fq' } })).toEqual({ kinds: ['root fq'], ifb: undefined, codes: [] });
  });
  test('cake is the shaper itself, both ways', () => {
    expect(leaves({ qdisc: { type: 'cake' }, shaper: { egress_mbit: 10, ingress_mbit: 50 } })).toEqual({
      kinds: ['root cake'],
      ifb: ['cake'],
      codes: [],
    });
  });
  test('a shaper takes the wished AQM as its leaf', () => {
    expect(leaves({ qdisc: { type: 'sfq' }, shaper: { egress_mbit: 10, ingress_mbit: 50 } })).toEqual({
      kinds: ['root htb', '1:30 sfq'],
      ifb: ['htb', 'sfq'],
      codes: [],
    });
  });
  test('fq is not put where packets arrive', () => {
    expect(leaves({ qdisc: { type: 'fq' }, shaper: { ingress_mbit: 50 } })).toEqual({
      kinds: ['root fq'],
      ifb: ['htb', 'fq_codel'],
      codes: ['info leaf_chosen'],
    });
  });
  test('a queue that is no AQM gives way, and that is said', () => {
    expect(leaves({ qdisc: { type: 'pfifo_fast' }, shaper: { egress_mbit: 10 } })).toEqual({
      kinds: ['root htb', '1:30 fq_codel'],
      ifb: undefined,
      codes: ['info leaf_chosen'],
    });
  });
  test('without fq_codel cake, without cake a short plain queue with a warning', () => {
    expect(leaves({ shaper: { egress_mbit: 10 } }, { features: { qdiscs: ['htb', 'cake'] } }).kinds).toEqual([
      'root htb',
      '1:30 cake',
    ]);
    const { state, findings } = plan({ shaper: { egress_mbit: 100 } }, { features: { qdiscs: ['htb'] } });
    expect(state.root?.qdiscs[1]).toMatchObject({ kind: 'bfifo', params: { limit_bytes: 250_000 } });
    expect(codes(findings)).toEqual(['warning leaf_fallback']);
    // Shorter than one packet of segmentation offload: split into frames, or else long enough for two.
    const slow = (qdiscs: string[]) =>
      plan({ shaper: { egress_mbit: 1 } }, { features: { qdiscs } }).state.root?.qdiscs[1];
    expect(slow(['htb', 'tbf'])).toMatchObject({
      kind: 'tbf',
      params: { rate_mbit: 1000, burst_bytes: 7570, limit_bytes: 15_140 },
    });
    expect(slow(['htb'])).toMatchObject({ kind: 'bfifo', params: { limit_bytes: 140_000 } });
  });
  test('netem is the leaf of a shaper and the root of anything else', () => {
    expect(leaves({ shaper: { egress_mbit: 10 }, netem: { delay_ms: 5 } })).toEqual({
      kinds: ['root htb', '1:30 netem'],
      ifb: undefined,
      codes: ['info leaf_chosen'],
    });
    expect(leaves({ qdisc: { type: 'fq' }, netem: { delay_ms: 5 } }).kinds).toEqual(['root netem', '1:1 fq']);
    expect(leaves({ netem: { delay_ms: 5 } }).kinds).toEqual(['root netem']);
  });
  test('classes without a shaper take the link speed, or what they may use', () => {
    expect(plan({ htb_classes: [klass()] }).state.root?.classes[0]?.rate_bit).toBe(1_000_000_000);
    expect(plan({ htb_classes: [klass()] }, { speed: null }).state.root?.classes[0]?.rate_bit).toBe(10_000_000);
    expect(codes(plan({ htb_classes: [klass()] }, { speed: null }).findings)).toContain('info root_rate_chosen');
  });
  test('the default class may be one of the plan, or gets what is left', () => {
    const named = plan({
      qdisc: { type: 'htb', params: { default: '1:10' } },
      shaper: { egress_mbit: 20 },
      htb_classes: [klass({ match: undefined })],
    });
    expect(codes(named.findings)).toEqual(['info leaf_chosen']);
    expect(named.state.root?.classes.map((node) => node.classid)).toEqual(['1:1', '1:10']);
    const full = plan({ shaper: { egress_mbit: 10 }, htb_classes: [klass({ rate_mbit: 10 })] });
    expect(full.state.root?.classes.at(-1)).toMatchObject({ classid: '1:30', rate_bit: 100_000, ceil_bit: 10_000_000 });
  });
  test('each match becomes an entry of our nft table, with the class as the kernel prints it', () => {
    const { nft } = plan({ htb_classes: [klass({ classid: '1:00A0', match: [{ dscp: 'EF' }, { mark: 7 }] })] });
    expect(nft).toEqual([
      {
        entries: [
          { kind: 'classify', match: { dscp: 'EF' }, classid: '1:a0' },
          { kind: 'classify', match: { mark: 7 }, classid: '1:a0' },
        ],
      },
    ]);
  });
  test('diffserv: true is diffserv4 and said', () => {
    const { state, findings } = plan({ qdisc: { type: 'cake', params: { diffserv: true } } });
    expect(state.root?.qdiscs[0]?.params).toEqual({ diffserv: 'diffserv4' });
    expect(codes(findings)).toEqual(['info value_chosen']);
  });
  test.each(knobs.flatMap((knob) => knob.examples.map((example) => ({ id: knob.id, ...example }))))(
    'example of $id: $title',
    ({ id, wish }) => {
      expect(errors(plan({ [id]: wish }).findings)).toEqual([]);
      expect(plan({ [id]: wish }).state).not.toEqual(nothing);
    },
  );
});

describe('properties', () => {
  const rate = fc.integer({ min: 8, max: 100_000_000 }).map((thousandths) => thousandths / 1000);
  const changes = fc.record(
    {
      qdisc: fc.oneof(
        fc.record({ type: fc.constantFrom('fq', 'fq_codel', 'cake', 'sfq', 'pfifo_fast') }),
        fc.record({ type: fc.constant('htb'), params: fc.record({ default: fc.constantFrom('10', '30', '1:77') }) }),
      ),
      shaper: fc.record({ egress_mbit: rate, ingress_mbit: rate }),
      netem: fc.record({
        delay_ms: fc.integer({ min: 1, max: 60_000 }),
        loss_pct: fc.double({ min: 0, max: 99, noNaN: true }),
      }),
      htb_classes: fc.uniqueArray(
        fc.record({
          classid: fc.integer({ min: 0, max: 0xffff }).map((minor) => `1:${minor.toString(16)}`),
          rate_mbit: rate,
          parent: fc.constantFrom('1:1', '1:2', '1:10'),
        }),
        { minLength: 1, maxLength: 6, selector: (entry) => entry.classid },
      ),
    },
    { requiredKeys: [] },
  );

  test('the same wish gives the same lines; a plan with errors gives none; what is made is what is expected, and undone by its inverse', () => {
    fc.assert(
      fc.property(changes, (wish) => {
        const first = plan(wish);
        expect(plan(wish)).toEqual(first);
        if (errors(first.findings).length > 0) expect(first.state).toEqual(nothing);
        for (const line of first.script) expect(line).not.toMatch(/[;&|<>$`]|NaN|undefined|e[+-]\d/);
        expect(first.script.filter((line) => line.includes('dev eth0 root')).length).toBeLessThanOrEqual(1);
        const after = observedSchema.parse(tcResource.expected('eth0', first.state, untouched));
        expect(tcResource.differences('eth0', first.state, after)).toEqual([]);
        expect(tcResource.commands('eth0', after, first.state)).toEqual([]);
        const undo = tcResource.commands('eth0', after, nothing).map((command) => command.text);
        expect(
          undo
            .join('\n')
            .split('\n')
            .every((line) => line === '' || line.includes(' del ')),
        ).toBe(true);
        expect(undo.length > 0).toBe(first.state.root !== null || first.state.ingress !== null);
      }),
      { numRuns: 1000 },
    );
  });
});
