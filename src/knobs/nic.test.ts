import { beforeAll, describe, expect, it } from 'vitest';
import { makeContext, makeInterface, makeSnapshot } from '../../tests/helpers/knob-context.ts';
import { loadPolicy } from '../host/policy-files.ts';
import type { KnobContext } from '../model/knob.ts';
import type { Policy } from '../model/policy.ts';
import type { InterfaceFacts } from '../model/snapshot.ts';
import { mtuKnob } from './mtu.ts';
import { offloadsKnob } from './offloads.ts';

let policy: Policy;
beforeAll(async () => {
  policy = await loadPolicy();
});

const feature = (active: boolean, fixed = false, requested = active) => ({ active, requested, fixed });

describe('the offloads knob', () => {
  const features = {
    'rx-gro': feature(true),
    'rx-lro': feature(false, true),
    'tx-checksum-ipv4': feature(false, true),
    'tx-checksum-ip-generic': feature(true),
    'tx-tcp-segmentation': feature(true),
    'tx-tcp-mangleid-segmentation': feature(false),
  };
  const judge = (wish: unknown, observed: unknown = { features }, context: Partial<KnobContext> = {}) =>
    offloadsKnob.fragments(
      wish,
      makeContext(policy, { snapshot: makeSnapshot({ observed: { 'ethtool:eth0': observed } }), ...context }),
    );
  const parts = (wish: unknown) => judge(wish).fragments.map((fragment) => fragment.part);

  it('names the kernel features behind a short name, the fixed ones left out', () => {
    expect(parts({ tx: false })).toEqual([{ features: { 'tx-checksum-ip-generic': false } }]);
  });

  it('does not switch ID mangling on with tso, but off with it', () => {
    expect(parts({ tso: true })).toEqual([{ features: { 'tx-tcp-segmentation': true } }]);
    expect(parts({ tso: false })).toEqual([
      { features: { 'tx-tcp-segmentation': false, 'tx-tcp-mangleid-segmentation': false } },
    ]);
  });

  it('refuses by name what the driver has fixed, or the interface lacks', () => {
    const fixed = judge({ lro: true }).findings[0];
    expect(fixed).toMatchObject({ path: 'changes.offloads.lro', severity: 'error', code: 'missing_kernel_feature' });
    expect(fixed?.message).toContain('the driver has fixed rx-lro');
    expect(judge({ rx: true }).findings[0]?.message).toContain('has no offload "rx"');
    expect(judge({ lro: true }, { features }, { origin: () => 'profile' }).findings[0]?.severity).toBe('warning');
  });

  it('takes a fixed feature that is as wished', () => {
    expect(judge({ lro: false })).toEqual({ fragments: [], findings: [] });
  });

  it('warns of lro on a bridge port', () => {
    const observed = { 'ethtool:eth0': { features: { 'rx-lro': feature(false) } } };
    const snapshot = makeSnapshot({ observed, interfaces: { eth0: makeInterface({ master: 'br0' }) } });
    const { findings } = judge({ lro: true }, undefined, { snapshot });
    expect(findings).toEqual([expect.objectContaining({ severity: 'warning', code: 'lro_with_forwarding' })]);
  });

  it('says when a request stays without effect', () => {
    const { findings } = judge({ tso: true }, { features: { 'tx-tcp-segmentation': feature(false, false, true) } });
    expect(findings).toEqual([expect.objectContaining({ code: 'stays_inactive' })]);
  });

  it('refuses when nothing can be read', () => {
    expect(judge({ gro: true }, null).findings).toEqual([expect.objectContaining({ severity: 'error' })]);
  });
});

describe('the mtu knob', () => {
  const judge = (mtu: number, facts: Partial<InterfaceFacts> = {}) =>
    mtuKnob.fragments(
      mtu,
      makeContext(policy, { snapshot: makeSnapshot({ interfaces: { eth0: makeInterface(facts) } }) }),
    );
  const codes = (mtu: number, facts: Partial<InterfaceFacts> = {}) =>
    judge(mtu, facts).findings.map(({ severity, code }) => `${severity} ${code}`);

  it.each<[number, Partial<InterfaceFacts>, string[]]>([
    [1400, {}, []],
    [9000, {}, ['warning jumbo_frames']],
    [9000, { mtu: 9000 }, []],
    [9001, {}, ['error limit_exceeded', 'warning jumbo_frames']],
    [575, {}, ['error limit_exceeded', 'warning no_ipv6']],
    [1279, {}, ['warning no_ipv6']],
    [1279, { ipv6: ['2001:db8::1/64'] }, ['error plan_refused']],
    [1280, { ipv6: ['2001:db8::1/64'] }, []],
    [65535, { min_mtu: 0, max_mtu: 0 }, ['warning jumbo_frames']],
    [1400, { min_mtu: 1500, max_mtu: 1500 }, ['error limit_exceeded']],
  ])('judges %i on %o', (mtu, facts, expected) => {
    expect(codes(mtu, facts)).toEqual(expected);
  });

  it('gives no fragment with an error', () => {
    expect(judge(100).fragments).toEqual([]);
    expect(judge(1400).fragments).toEqual([{ resource: 'link', target: 'eth0', part: { mtu: 1400 } }]);
  });
});
