// A site's policy: tightening works bound by bound, loosening takes the command line's word.
import { describe, expect, it } from 'vitest';
import { put, refusal, shipped, shippedText, swap } from '../../tests/helpers/policy-texts.ts';
import { boundsReason } from '../model/card-value.ts';
import { buildPolicy } from './build-policy.ts';
import type { PolicyText } from './parse.ts';

const site = (name: string, text: string): PolicyText => ({ name, file: `/etc/site/${name}`, text });
const limits = (value: object): PolicyText => site('limits.yaml', JSON.stringify(value, null, 1));

const ecn = 'cards/sysctl.tcp_ecn.yaml';
const rmemMax = 'cards/sysctl.core_rmem_max.yaml';
const rmem = 'cards/sysctl.tcp_rmem.yaml';
const base = buildPolicy(shipped);
const { limits: own } = base;

const netBudget = swap(
  'net.core.rmem_max',
  'net.core.optmem_max',
)(swap('net.core.rmem_max', 'net.core.optmem_max')(shippedText(rmemMax))).replace(
  'sysctl.core_rmem_max',
  'sysctl.optmem_max',
);

const rule = {
  id: 'site_rule',
  severity: 'error',
  when: [{ fact: 'mtu', at_least: 1501 }],
  touches: ['mtu'],
  message: 'no jumbo frames here',
  hint: 'Leave it.',
};

describe('a site policy tightens', () => {
  it('a card, a share of memory, a protected interface and port', () => {
    const policy = buildPolicy(shipped, [
      limits({ socket_buffer_memory_percent: 1, protected_interfaces: ['wan0'], protected_ports: [8443] }),
      site(rmemMax, shippedText(rmemMax).replace('268435456', '134217728')),
    ]);
    expect(policy.limits.socket_buffer_memory_percent).toBe(1);
    expect(policy.limits.protected_interfaces).toEqual(expect.arrayContaining(['lo', 'wan0']));
    expect(policy.limits.protected_ports).toEqual([...new Set([...own.protected_ports, 8443])]);
    expect(policy.limits.plan_ttl_s).toBe(own.plan_ttl_s);
    expect(policy.cardsByKey.get('net.core.rmem_max')?.range).toMatchObject({ max: 134217728 });
  });

  it('bounds: a span, values, one part and one parameter; the others stay', () => {
    const policy = buildPolicy(shipped, [
      limits({
        bounds: {
          'sysctl.tcp_ecn': { min: 1, max: 2 },
          'sysctl.default_qdisc': { values: ['fq_codel'] },
          'sysctl.tcp_rmem': { parts: { max: { min: 65536, max: 1048576 } } },
          'nic.rings': { parameters: { 'receive ring': { min: 256, max: 512 } } },
        },
      }),
    ]);
    const { bounds } = policy.limits;
    expect(bounds['sysctl.tcp_ecn']).toEqual({ min: 1, max: 2 });
    expect(bounds['sysctl.default_qdisc']).toEqual({ values: ['fq_codel'] });
    const shippedRmem = own.bounds['sysctl.tcp_rmem'];
    expect(bounds['sysctl.tcp_rmem']).toEqual({
      parts: { ...(shippedRmem && 'parts' in shippedRmem ? shippedRmem.parts : {}), max: { min: 65536, max: 1048576 } },
    });
    const shippedRings = own.bounds['nic.rings'];
    expect(bounds['nic.rings']).toEqual({
      parameters: {
        ...(shippedRings && 'parameters' in shippedRings ? shippedRings.parameters : {}),
        'receive ring': { min: 256, max: 512 },
      },
    });
    expect(bounds['sysctl.tcp_wmem']).toEqual(own.bounds['sysctl.tcp_wmem']);
    const card = policy.cardsByKey.get('net.ipv4.tcp_ecn');
    expect(card && boundsReason(policy.limits, card, 0)).toBe('the value is below the minimum allowed: 1');
  });

  it('adds rules, prohibitions and a profile of its own', () => {
    const profile = shippedText('profiles/gaming.yaml').replace('name: gaming', 'name: site_gaming');
    const policy = buildPolicy(shipped, [
      site('rules.yaml', JSON.stringify({ combinations: [rule], adaptations: [] })),
      limits({ prohibited: [{ card: 'sysctl.tcp_ecn', values: ['1'], reason: 'old devices here' }] }),
      site('profiles/site_gaming.yaml', profile),
    ]);
    expect(policy.rules.combinations).toHaveLength(base.rules.combinations.length + 1);
    expect(policy.rules.combinations.at(-1)?.id).toBe('site_rule');
    expect(policy.limits.prohibited).toHaveLength(own.prohibited.length + 1);
    expect([...policy.profiles.keys()]).toEqual([...base.profiles.keys(), 'site_gaming']);
  });

  it('without invalidating a shipped profile that holds more', () => {
    const policy = buildPolicy(shipped, [limits({ bounds: { 'sysctl.core_rmem_max': { min: 4096, max: 1048576 } } })]);
    expect(policy.profiles.get('gaming')).toEqual(base.profiles.get('gaming'));
  });
});

const wider = (field: string, value: unknown): PolicyText => limits({ [field]: value });
const timeout = own.confirm_timeout_s;

const loosenings: [what: string, file: PolicyText][] = [
  ['share of memory', wider('socket_buffer_memory_percent', 50)],
  ['connections of a management port', wider('management_connection_limit_min', 1)],
  ['life of a plan', wider('plan_ttl_s', own.plan_ttl_s + 1)],
  ['longest confirm timeout', wider('confirm_timeout_s', { ...timeout, max: timeout.max + 1 })],
  ['shortest confirm timeout', wider('confirm_timeout_s', { ...timeout, min: timeout.min - 1 })],
  ['no confirm timeout', wider('confirm_timeout_s', { ...timeout, allow_zero: true })],
  ['bounds upwards', wider('bounds', { 'sysctl.busy_poll': { min: 0, max: 201 } })],
  ['bounds downwards', wider('bounds', { 'sysctl.nf_conntrack_udp_timeout': { min: 14, max: 300 } })],
  ['a value', wider('bounds', { 'sysctl.default_qdisc': { values: ['fq', 'pfifo'] } })],
  ['one part', wider('bounds', { 'sysctl.tcp_rmem': { parts: { max: { min: 1, max: 268435456 } } } })],
  ['an unknown part', wider('bounds', { 'sysctl.tcp_rmem': { parts: { most: { min: 1, max: 2 } } } })],
  ['one parameter', wider('bounds', { 'nic.rings': { parameters: { 'receive ring': { min: 1, max: 65536 } } } })],
  ['a parameter without bounds', wider('bounds', { 'nic.rings': { parameters: { x: { min: 1, max: 2 } } } })],
  ['bounds of another form', wider('bounds', { 'sysctl.tcp_rmem': { min: 1, max: 2 } })],
  ['bounds of a new card', wider('bounds', { 'sysctl.new': { min: 1, max: 2 } })],
  ['the range of a card', site(rmemMax, shippedText(rmemMax).replace('268435456', '999999999999'))],
  ['a part of a range', site(rmem, shippedText(rmem).replace('max: 268435456', 'max: 999999999'))],
  ['the order of parts', site(rmem, shippedText(rmem).replace('ascending: true', 'ascending: false'))],
  ['another key', site(ecn, shippedText(ecn).replace('key: net.ipv4.tcp_ecn', 'key: net.ipv4.tcp_sack'))],
  ['a new card', site('cards/sysctl.optmem_max.yaml', netBudget)],
  [
    'a shipped rule',
    site('rules.yaml', JSON.stringify({ combinations: [{ ...rule, id: 'netem_in_production' }], adaptations: [] })),
  ],
];

describe('a site policy may not loosen', () => {
  it.each(loosenings)('%s', (_what, file) => {
    const error = refusal(() => buildPolicy(shipped, [file]));
    expect(error.code).toBe('invalid_policy');
    expect(error.message).toMatch(/^\/etc\/site\/[a-z0-9_./]+:\d+: /);
    expect(error.hint).toContain('--allow-loosen');
  });
});

describe('with --allow-loosen', () => {
  const loosened = (...files: PolicyText[]) => buildPolicy(shipped, files, { allowLoosen: true });

  it.each(loosenings.slice(0, 8))('accepts the wider %s', (_what, file) => {
    expect(() => loosened(file)).not.toThrow();
  });

  it('accepts a new card with a new key once it has bounds', () => {
    const policy = loosened(
      site('cards/sysctl.optmem_max.yaml', netBudget),
      limits({ bounds: { 'sysctl.optmem_max': { min: 4096, max: 1048576 } } }),
    );
    const card = policy.cardsByKey.get('net.core.optmem_max');
    expect(card?.id).toBe('sysctl.optmem_max');
    expect(card && boundsReason(policy.limits, card, 1048576)).toBeUndefined();
    expect(card && boundsReason(policy.limits, card, 1048577)).toContain('exceeds the maximum');
  });

  it('sets nothing of a new card that has no bounds', () => {
    const policy = loosened(site('cards/sysctl.optmem_max.yaml', netBudget));
    const card = policy.cardsByKey.get('net.core.optmem_max');
    expect(card && boundsReason(policy.limits, card, 8192)).toContain('no bounds');
  });

  it('accepts a card whose range is wider', () => {
    const policy = loosened(site(ecn, put(['range', 'max'], 3)(shippedText(ecn))));
    expect(policy.cardsByKey.get('net.ipv4.tcp_ecn')?.range).toMatchObject({ max: 3 });
  });

  it('still refuses what is no policy at all', () => {
    expect(refusal(() => loosened(limits({ bounds: { 'sysctl.nothing': { min: 1, max: 2 } } }))).hint).not.toBe('');
    expect(refusal(() => loosened(limits({ bounds: { 'sysctl.tcp_rmem': { min: 1, max: 2 } } }))).hint).not.toBe('');
    expect(refusal(() => loosened(limits({ bounds: { 'sysctl.tcp_ecn': { min: 2, max: 1 } } }))).hint).not.toBe('');
  });
});

describe('bounds backwards in a site policy', () => {
  it('are refused, though they reach nowhere', () => {
    const error = refusal(() => buildPolicy(shipped, [limits({ bounds: { 'sysctl.tcp_ecn': { min: 2, max: 1 } } })]));
    expect(error.message).toContain('before they begin');
  });
});

describe('what a site card must keep', () => {
  const routes = 'cards/route.initial_windows.yaml';
  const forward = 'cards/sysctl.ip_forward.yaml';
  it.each([
    [
      'a renamed field, which would take its bounds away',
      routes,
      (text: string) => text.replace('[].initcwnd', '[].zz'),
    ],
    ['a lower risk', forward, (text: string) => text.replace(/^risk: .*/m, 'risk: none')],
    [
      'a caveat taken away',
      'cards/sysctl.default_qdisc.yaml',
      (text: string) => text.replace(/^caveat: /m, 'caveat: x'),
    ],
    [
      'an effect claimed',
      'cards/sysctl.tcp_low_latency.yaml',
      (text: string) => text.replace('no_effect: true', 'no_effect: false'),
    ],
  ])('refuses %s', (_what, name, edit) => {
    const text = edit(shippedText(name));
    expect(text).not.toBe(shippedText(name));
    const own = [{ name, file: `/etc/site/${name}`, text }];
    expect(() => buildPolicy(shipped, own)).toThrow(/^\/etc\/site\/cards\/.*:\d+: /);
    expect(() => buildPolicy(shipped, own, { allowLoosen: true })).not.toThrow();
  });
});
