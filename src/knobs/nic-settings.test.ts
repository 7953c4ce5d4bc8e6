import { describe, expect, it } from 'vitest';
import { makeContext, makeSnapshot } from '../../tests/helpers/knob-context.ts';
import { smallPolicy } from '../../tests/helpers/small-policy.ts';
import type { KnobContext } from '../model/knob.ts';
import { coalescingKnob } from './coalescing.ts';
import { ringsKnob } from './rings.ts';
import { txqueuelenKnob } from './txqueuelen.ts';

const host = (observed: Record<string, unknown>, context: Partial<KnobContext> = {}): KnobContext =>
  makeContext(smallPolicy(), { snapshot: makeSnapshot({ observed }), ...context });
const codes = ({ findings }: { findings: { severity: string; code: string }[] }) =>
  findings.map(({ severity, code }) => `${severity} ${code}`);
const profile = { origin: () => 'profile' as const };
const noEthtool = makeSnapshot();
noEthtool.features.binaries['ethtool'] = null;

describe('the txqueuelen knob', () => {
  const tc = (...qdiscs: [string, string][]) => ({
    'tc:eth0': { qdiscs: qdiscs.map(([kind, parent]) => ({ kind, parent, handle: '0:', options: '' })) },
  });

  it.each<[string, Record<string, unknown>, Record<string, unknown>, string[]]>([
    ['pfifo_fast there', tc(['pfifo_fast', 'root']), {}, []],
    ['fq_codel there', tc(['fq_codel', 'root']), {}, ['warning no_effect']],
    ['noqueue there', tc(['noqueue', 'root'], ['ingress', 'ffff:fff1']), {}, ['warning no_effect']],
    ['mq over fq', tc(['mq', 'root'], ['fq', ':1'], ['fq', ':2']), {}, ['warning no_effect']],
    ['mq over a mixture', tc(['mq', 'root'], ['fq', ':1'], ['pfifo_fast', ':2']), {}, []],
    ['cake wished over pfifo_fast', tc(['pfifo_fast', 'root']), { qdisc: { type: 'cake' } }, ['warning no_effect']],
    ['pfifo_fast wished over fq', tc(['fq', 'root']), { qdisc: { type: 'pfifo_fast' } }, []],
    ['a shaper wished over fq_codel', tc(['fq_codel', 'root']), { shaper: { egress_mbit: 10 } }, []],
    ['nothing known', {}, {}, []],
  ])('with %s', (_name, observed, wishes, expected) => {
    const result = txqueuelenKnob.fragments(500, host(observed, { wishes }));
    expect(codes(result)).toEqual(expected);
    expect(result.fragments).toEqual([{ resource: 'link', target: 'eth0', part: { txqueuelen: 500 } }]);
  });

  it.each([0, -1, 1.5, '100', 2 ** 31])('does not take %j', (wish) => {
    expect(txqueuelenKnob.schema.safeParse(wish).success).toBe(false);
  });
});

describe('the rings knob', () => {
  const observed = { 'rings:eth0': { current: { rx: 256, tx: null }, maximum: { rx: 4096, tx: null } } };
  const judge = (wish: unknown, context: Partial<KnobContext> = {}) =>
    ringsKnob.fragments(wish, host(observed, context));

  it.each<[unknown, string[], unknown[]]>([
    [{ rx: 512 }, [], [{ rx: 512 }]],
    [{ rx: 4096 }, [], [{ rx: 4096 }]],
    [{ rx: 8192 }, ['error limit_exceeded'], []],
    [{ rx: 1000 }, ['warning may_be_rounded'], [{ rx: 1000 }]],
    [{ tx: 512 }, ['error missing_kernel_feature'], []],
    [{ rx: 512, tx: 512 }, ['error missing_kernel_feature'], [{ rx: 512 }]],
    [{ rx: null }, [], []],
  ])('judges %j', (wish, findings, parts) => {
    const result = judge(wish);
    expect(codes(result)).toEqual(findings);
    expect(result.fragments.map(({ part }) => part)).toEqual(parts);
  });

  it('names the maximum', () => {
    const [finding] = judge({ rx: 8192 }).findings;
    expect(finding).toMatchObject({ path: 'changes.rings.rx', hint: 'Choose 4096 or less.' });
    expect(finding?.message).toBe('the rx ring of eth0 has at most 4096 slots, not 8192');
  });

  it('leaves out what a profile wishes and the device lacks', () => {
    expect(codes(judge({ rx: 8192, tx: 512 }, profile))).toEqual([
      'warning limit_exceeded',
      'warning missing_kernel_feature',
    ]);
    expect(codes(ringsKnob.fragments({ rx: 512 }, host({ 'rings:eth0': null }, profile)))).toEqual([
      'warning missing_kernel_feature',
    ]);
  });

  it('says why nothing can be set', () => {
    expect(codes(ringsKnob.fragments({ rx: 512 }, host({ 'rings:eth0': null })))).toEqual([
      'error missing_kernel_feature',
    ]);
    expect(codes(judge({ rx: 512 }, { snapshot: noEthtool }))).toEqual(['error missing_binary']);
  });

  it.each([{ rx: 0 }, { rx: -1 }, { rx: 1.5 }, { rx: 2 ** 31 }, { rx: '512' }, { rx_mini: 1 }])(
    'does not take %j',
    (wish) => {
      expect(ringsKnob.schema.safeParse(wish).success).toBe(false);
    },
  );
});

describe('the coalescing knob', () => {
  const seen = { adaptive_rx: true, adaptive_tx: null, rx_usecs: 8, tx_usecs: 0, rx_frames: 0, tx_frames: null };
  const judge = (wish: unknown, context: Partial<KnobContext> = {}) =>
    coalescingKnob.fragments(wish, host({ 'coalescing:eth0': seen }, context));

  it.each<[unknown, string[], unknown[]]>([
    [{ adaptive_rx: false, rx_usecs: 0 }, [], [{ adaptive_rx: false, rx_usecs: 0 }]],
    [{ rx_usecs: 30 }, ['warning adaptive_decides'], [{ rx_usecs: 30 }]],
    [{ adaptive_rx: true }, [], [{ adaptive_rx: true }]],
    [{ tx_usecs: 30 }, [], [{ tx_usecs: 30 }]],
    [{ adaptive_tx: true }, ['error missing_kernel_feature'], []],
    [{ adaptive_tx: true, tx_usecs: 5 }, ['error missing_kernel_feature'], [{ tx_usecs: 5 }]],
    [{ tx_frames: 0, tx_usecs: 5 }, ['error missing_kernel_feature'], [{ tx_usecs: 5 }]],
    [{ rx_usecs: null }, [], []],
  ])('judges %j', (wish, findings, parts) => {
    const result = judge(wish);
    expect(codes(result)).toEqual(findings);
    expect(result.fragments.map(({ part }) => part)).toEqual(parts);
  });

  it('refuses by name what the driver lacks, or leaves it out of a profile', () => {
    expect(judge({ tx_frames: 1 }).findings[0]).toMatchObject({
      path: 'changes.coalescing.tx_frames',
      message: 'the driver of eth0 has no tx_frames',
    });
    expect(codes(judge({ tx_frames: 1 }, profile))).toEqual(['warning missing_kernel_feature']);
  });

  it('says why nothing can be set', () => {
    expect(codes(coalescingKnob.fragments({ rx_usecs: 1 }, host({})))).toEqual(['error missing_kernel_feature']);
    expect(codes(judge({ rx_usecs: 1 }, { snapshot: noEthtool }))).toEqual(['error missing_binary']);
  });

  it.each([{ rx_usecs: -1 }, { rx_usecs: 2 ** 31 }, { adaptive_rx: 1 }, { rx_usecs_irq: 1 }])(
    'does not take %j',
    (wish) => {
      expect(coalescingKnob.schema.safeParse(wish).success).toBe(false);
    },
  );
});
