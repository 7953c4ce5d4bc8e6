// The four knobs of our nft table: what their schemas take and refuse, and what they say about a host.
import { describe, expect, it } from 'vitest';
import { makeContext, makeInterface, makeSnapshot } from '../../tests/helpers/knob-context.ts';
import { smallPolicy } from '../../tests/helpers/small-policy.ts';
import type { Finding } from '../model/finding.ts';
import type { Knob, KnobContext } from '../model/knob.ts';
import { nftResource } from '../resources/nft/resource.ts';
import { connectionLimitsKnob } from './connection-limits.ts';
import { dscpKnob } from './dscp.ts';
import { natRulesKnob } from './nat-rules.ts';
import { rateLimitsKnob } from './rate-limits.ts';

const policy = smallPolicy();
const ask = (knob: Knob, wish: unknown, changes: Partial<KnobContext> = {}) =>
  knob.fragments(wish, makeContext(policy, changes));
const brief = (findings: readonly Finding[]): string[] =>
  findings.map(({ severity, code, path }) => `${severity} ${code} ${path}`);
const rulesOf = (knob: Knob, wish: unknown, changes: Partial<KnobContext> = {}): string[] => {
  const parts = ask(knob, wish, changes).fragments.map(({ part }) => ({ iface: 'eth0', knob: knob.id, part }));
  const { state } = nftResource.compose('netmcp', parts, { snapshot: makeSnapshot(), original: null });
  return nftResource
    .commands('netmcp', null, state)
    .flatMap(({ text }) => text.split('\n'))
    .filter((line) => line.startsWith('add rule '))
    .map((line) => line.replace(/^add rule inet netmcp /, '').replace(/ comment ".*$/, ''));
};
const nftKnobs = [dscpKnob, connectionLimitsKnob, rateLimitsKnob, natRulesKnob];

const hostile = [
  'eth0; rm -rf /',
  '-w',
  '$(id)',
  'a\nb',
  'a\u0000b',
  'a"b',
  '{',
  '}',
  ';',
  '',
  'x'.repeat(1_000_000),
  '10.0.0.1 accept',
  '*',
];

describe('schemas', () => {
  const refused: readonly [Knob, string, unknown][] = [
    [dscpKnob, 'ports without protocol', [{ match: { dports: [80] }, dscp: 'EF' }]],
    [dscpKnob, 'ports of icmp', [{ match: { proto: 'icmp', dports: [80] }, dscp: 'EF' }]],
    [dscpKnob, 'mixed families', [{ match: { src: '10.0.0.1', dst: 'fd00::1' }, dscp: 'EF' }]],
    [
      dscpKnob,
      'a family that is dead in half',
      [{ match: { src: ['10.0.0.1', 'fd00::1'], dst: 'fd00::2' }, dscp: 'EF' }],
    ],
    [dscpKnob, 'icmp over IPv6', [{ match: { proto: 'icmp', dst: 'fd00::1' }, dscp: 'EF' }]],
    [dscpKnob, 'an unknown name', [{ match: {}, dscp: 'AF44' }]],
    [dscpKnob, 'a number over 63', [{ match: {}, dscp: 64 }]],
    [dscpKnob, 'a port of 0', [{ match: { proto: 'tcp', dports: [0] }, dscp: 1 }]],
    [dscpKnob, 'a range backwards', [{ match: { proto: 'tcp', dports: ['9-8'] }, dscp: 1 }]],
    [dscpKnob, 'an unknown key', [{ match: { port: 80 }, dscp: 1 }]],
    [connectionLimitsKnob, 'a limit of 0', [{ protocol: 'tcp', port: 80, limit: 0 }]],
    [connectionLimitsKnob, 'a limit over 65535', [{ protocol: 'tcp', port: 80, limit: 65_536 }]],
    [connectionLimitsKnob, 'a mask over 32', [{ protocol: 'tcp', port: 80, limit: 9, mask: 33 }]],
    [connectionLimitsKnob, 'a mask6 over 128', [{ protocol: 'tcp', port: 80, limit: 9, mask6: 129 }]],
    [connectionLimitsKnob, 'icmp', [{ protocol: 'icmp', port: 80, limit: 9 }]],
    [connectionLimitsKnob, 'an unknown action', [{ protocol: 'tcp', port: 80, limit: 9, action: 'accept' }]],
    [rateLimitsKnob, 'a rate of 0', [{ rate: '0/second' }]],
    [rateLimitsKnob, 'a rate without unit', [{ rate: '100' }]],
    [rateLimitsKnob, 'an unknown unit', [{ rate: '100/week' }]],
    [rateLimitsKnob, 'a negative rate', [{ rate: '-1/second' }]],
    [rateLimitsKnob, 'a rate as number', [{ rate: 100 }]],
    [rateLimitsKnob, 'a burst of 0', [{ rate: '100/second', burst: 0 }]],
    [rateLimitsKnob, 'a port without protocol', [{ rate: '100/second', port: 80 }]],
    [rateLimitsKnob, 'a port of icmp', [{ rate: '100/second', port: 80, protocol: 'icmp' }]],
    [natRulesKnob, 'dnat to nowhere', [{ type: 'dnat', protocol: 'tcp', dport: 80 }]],
    [natRulesKnob, 'snat to nowhere', [{ type: 'snat' }]],
    [natRulesKnob, 'masquerade with an address', [{ type: 'masquerade', to_addr: '10.0.0.1' }]],
    [natRulesKnob, 'mixed families', [{ type: 'snat', to_addr: '10.0.0.1', src: 'fd00::/64' }]],
    [natRulesKnob, 'a family its protocol lacks', [{ type: 'snat', to_addr: 'fd00::1', protocol: 'icmp' }]],
    [natRulesKnob, 'to_port without protocol', [{ type: 'snat', to_addr: '10.0.0.1', to_port: 80 }]],
    [natRulesKnob, 'dport without protocol', [{ type: 'dnat', to_addr: '10.0.0.1', dport: 80 }]],
    [natRulesKnob, 'a prefix as target', [{ type: 'snat', to_addr: '10.0.0.0/24' }]],
    [natRulesKnob, 'an unknown type', [{ type: 'redirect', to_port: 80, protocol: 'tcp' }]],
  ];
  it.each(refused.map(([knob, name, wish]) => ({ knob, id: knob.id, name, wish })))(
    '$id refuses $name',
    ({ knob, wish }) => {
      expect(knob.schema.safeParse(wish).success).toBe(false);
    },
  );

  const places: readonly [Knob, string, (text: string) => unknown][] = [
    [dscpKnob, 'match.src', (text) => [{ match: { src: text }, dscp: 1 }]],
    [dscpKnob, 'match.dst[]', (text) => [{ match: { dst: [text] }, dscp: 1 }]],
    [dscpKnob, 'match.proto', (text) => [{ match: { proto: text }, dscp: 1 }]],
    [dscpKnob, 'match.dports', (text) => [{ match: { proto: 'tcp', dports: [text] }, dscp: 1 }]],
    [dscpKnob, 'dscp', (text) => [{ match: {}, dscp: text }]],
    [connectionLimitsKnob, 'protocol', (text) => [{ protocol: text, port: 80, limit: 9 }]],
    [connectionLimitsKnob, 'port', (text) => [{ protocol: 'tcp', port: text, limit: 9 }]],
    [connectionLimitsKnob, 'action', (text) => [{ protocol: 'tcp', port: 80, limit: 9, action: text }]],
    [rateLimitsKnob, 'rate', (text) => [{ rate: text }]],
    [rateLimitsKnob, 'rate with a number before', (text) => [{ rate: `100/second${text === '' ? ' ' : text}` }]],
    [rateLimitsKnob, 'protocol', (text) => [{ rate: '100/second', protocol: text }]],
    [rateLimitsKnob, 'scope', (text) => [{ rate: '100/second', scope: text }]],
    [natRulesKnob, 'type', (text) => [{ type: text }]],
    [natRulesKnob, 'iface', (text) => [{ type: 'masquerade', iface: text }]],
    [natRulesKnob, 'to_addr', (text) => [{ type: 'snat', to_addr: text }]],
    [natRulesKnob, 'to_port', (text) => [{ type: 'snat', to_addr: '10.0.0.1', protocol: 'tcp', to_port: text }]],
    [natRulesKnob, 'src', (text) => [{ type: 'masquerade', src: text }]],
  ];
  it.each(places.map(([knob, place, wish]) => ({ knob, id: knob.id, place, wish })))(
    '$id takes no hostile text as $place',
    ({ knob, wish }) => {
      for (const text of hostile)
        expect({ text, accepted: knob.schema.safeParse(wish(text)).success }).toEqual({ text, accepted: false });
    },
  );

  it.each(nftKnobs.map((knob) => ({ knob, id: knob.id })))(
    '$id gives rules for each of its examples, without an error',
    ({ knob }) => {
      for (const { wish } of knob.examples) {
        expect(rulesOf(knob, wish).length).toBeGreaterThan(0);
        expect(ask(knob, wish).findings.filter(({ severity }) => severity === 'error')).toEqual([]);
      }
    },
  );
});

describe('what the host lacks', () => {
  const wishes: readonly [Knob, unknown][] = [
    [dscpKnob, [{ match: {}, dscp: 'EF' }]],
    [connectionLimitsKnob, [{ protocol: 'tcp', port: 80, limit: 9 }]],
    [rateLimitsKnob, [{ rate: '20000/second' }]],
    [natRulesKnob, [{ type: 'masquerade' }]],
  ];
  const { features } = makeSnapshot();
  const without = (changes: Partial<typeof features>) => makeSnapshot({ features: { ...features, ...changes } });

  it.each(wishes.map(([knob, wish]) => ({ knob, id: knob.id, wish })))(
    '$id: no nft is an error by name, and left out of a profile',
    ({ knob, wish }) => {
      const snapshot = without({ binaries: { nft: null } });
      const named = ask(knob, wish, { snapshot });
      expect(brief(named.findings)).toEqual([`error missing_binary changes.${knob.id}`]);
      const inherited = ask(knob, wish, { snapshot, origin: () => 'profile' });
      expect(inherited.fragments).toEqual([]);
      expect(brief(inherited.findings)).toEqual([`warning missing_binary changes.${knob.id}`]);
      expect(brief(ask(knob, wish, { snapshot: without({ nftables: false }) }).findings)).toEqual([
        `error missing_kernel_feature changes.${knob.id}`,
      ]);
    },
  );

  it('only marks go without connection tracking', () => {
    const snapshot = without({ conntrack: false });
    expect(
      wishes.filter(([knob, wish]) => ask(knob, wish, { snapshot }).fragments.length === 1).map(([knob]) => knob.id),
    ).toEqual(['dscp']);
  });
});

describe('dscp', () => {
  it('marks both families unless an address says one', () => {
    expect(rulesOf(dscpKnob, [{ match: { proto: 'udp', dports: [3478] }, dscp: 'ef' }])).toEqual([
      'mark_dscp oifname "eth0" udp dport 3478 ip dscp set 46 accept',
      'mark_dscp oifname "eth0" udp dport 3478 ip6 dscp set 46 accept',
    ]);
    expect(rulesOf(dscpKnob, [{ match: { dst: '192.0.2.9/24' }, dscp: 'LE' }])).toEqual([
      'mark_dscp oifname "eth0" ip daddr 192.0.2.0/24 ip dscp set 1 accept',
    ]);
  });

  it('tells of marks behind one that takes everything', () => {
    const all = { match: {}, dscp: 'CS1' };
    const tcp = { match: { proto: 'tcp' }, dscp: 'EF' };
    expect(brief(ask(dscpKnob, [all, tcp]).findings)).toEqual(['warning unreachable_mark changes.dscp[0].match']);
    expect(ask(dscpKnob, [tcp, all]).findings).toEqual([]);
  });
});

describe('connection limits', () => {
  it.each([
    {
      name: 'two sessions on the SSH port',
      wish: { port: 22, limit: 2 },
      said: ['error plan_refused changes.connection_limits[0].limit'],
    },
    {
      name: 'three sessions on the SSH port',
      wish: { port: 22, limit: 3 },
      said: ['warning management_port changes.connection_limits[0].limit'],
    },
    {
      name: 'the port sshd listens on',
      wish: { port: 2222, limit: 1 },
      said: ['error plan_refused changes.connection_limits[0].limit'],
    },
    {
      name: 'the SSH port shared by all',
      wish: { port: 22, limit: 50, mask: 0 },
      said: ['error plan_refused changes.connection_limits[0].mask'],
    },
    { name: 'a web port', wish: { port: 80, limit: 1 }, said: [] },
    {
      name: 'a web port shared by all',
      wish: { port: 80, limit: 9, mask: 0 },
      said: ['warning shared_limit changes.connection_limits[0].mask'],
    },
    { name: 'UDP on a port of that number', wish: { port: 22, limit: 1, protocol: 'udp' }, said: [] },
  ])('$name', ({ wish, said }) => {
    const snapshot = makeSnapshot({ management_ports: [2222] });
    expect(brief(ask(connectionLimitsKnob, [{ protocol: 'tcp', ...wish }], { snapshot }).findings)).toEqual(said);
  });

  it('refuses the same port twice', () => {
    const limit = { protocol: 'tcp', port: 80, limit: 9 };
    expect(brief(ask(connectionLimitsKnob, [limit, { ...limit, limit: 5 }]).findings)).toEqual([
      'error invalid_argument changes.connection_limits[1]',
    ]);
  });

  it('rejects UDP with an ICMP message of either family, or drops when told to', () => {
    const rules = rulesOf(connectionLimitsKnob, [
      { protocol: 'udp', port: 53, limit: 9 },
      { protocol: 'tcp', port: 80, limit: 9, action: 'drop' },
    ]);
    expect(rules.map((rule) => rule.replace(/^.*\} /, ''))).toEqual([
      'reject with icmpx type port-unreachable',
      'reject with icmpx type port-unreachable',
      'drop',
      'drop',
    ]);
  });
});

describe('rate limits', () => {
  it('let established sessions of every management port pass first', () => {
    const rules = rulesOf(rateLimitsKnob, [{ rate: '20000/second' }, { rate: '5/minute', protocol: 'icmp' }], {
      snapshot: makeSnapshot({ management_ports: [2222] }),
    });
    expect(rules[0]).toBe('limit_input iifname "eth0" tcp dport { 22, 2222 } ct state established,related accept');
    expect(rules.filter((rule) => rule.includes('accept'))).toHaveLength(1);
    expect(rules.filter((rule) => rule.endsWith(' drop'))).toHaveLength(3);
  });

  it.each([
    { rate: '1000/second', mbps: '12 Mbit/s' },
    { rate: '60/minute', mbps: '0.012 Mbit/s' },
    { rate: '8000/second', mbps: '96 Mbit/s' },
  ])('$rate is called what it is', ({ rate, mbps }) => {
    const { findings } = ask(rateLimitsKnob, [{ rate }]);
    expect(brief(findings)).toEqual(['warning low_rate changes.rate_limits[0].rate']);
    expect(findings[0]?.message).toContain(mbps);
    expect(findings[0]?.message).toContain('each source');
  });

  it('says nothing of a high rate or of pings', () => {
    expect(ask(rateLimitsKnob, [{ rate: '8334/second' }, { rate: '5/second', protocol: 'icmpv6' }]).findings).toEqual(
      [],
    );
  });

  it('warns of a bucket for everybody, and refuses loopback', () => {
    expect(brief(ask(rateLimitsKnob, [{ rate: '20000/second', mask: 0 }]).findings)).toEqual([
      'warning shared_limit changes.rate_limits[0].mask',
    ]);
    const loopback = ask(rateLimitsKnob, [{ rate: '20000/second' }], { iface: 'lo' });
    expect(brief(loopback.findings)).toEqual(['error plan_refused changes.rate_limits']);
    expect(loopback.fragments).toEqual([]);
  });

  it('allow a tenth of a second at once unless told', () => {
    const burst = (wish: unknown): string | undefined =>
      /burst \d+/.exec(rulesOf(rateLimitsKnob, [wish]).at(-1) ?? '')?.[0];
    expect(burst({ rate: '1000/second' })).toBe('burst 100');
    expect(burst({ rate: '10/second' })).toBe('burst 5');
    expect(burst({ rate: '1000/hour' })).toBe('burst 5');
    expect(burst({ rate: '1000/second', burst: 50 })).toBe('burst 50');
  });
});

describe('nat rules', () => {
  const snapshot = makeSnapshot({
    management_ports: [2222],
    interfaces: { eth0: makeInterface(), wan0: makeInterface({ name: 'wan0' }) },
    observed: {
      'sysctl:net.ipv4.ip_forward': { value: '1', writable: true, companions: {} },
      'sysctl:net.ipv6.conf.all.forwarding': { value: '0', writable: true, companions: {} },
    },
  });
  const to = { type: 'dnat', to_addr: '10.0.0.2' };

  it.each([
    { name: 'dnat of everything', rule: to, said: ['error plan_refused changes.nat_rules[0].dport'] },
    {
      name: 'dnat of all TCP',
      rule: { ...to, protocol: 'tcp' },
      said: ['error plan_refused changes.nat_rules[0].dport'],
    },
    {
      name: 'dnat of port 22',
      rule: { ...to, protocol: 'tcp', dport: 22 },
      said: ['error plan_refused changes.nat_rules[0].dport'],
    },
    {
      name: 'dnat of a range with sshd’s port',
      rule: { ...to, protocol: 'tcp', dport: '2000-3000' },
      said: ['error plan_refused changes.nat_rules[0].dport'],
    },
    { name: 'dnat of a range beside it', rule: { ...to, protocol: 'tcp', dport: '2223-3000' }, said: [] },
    { name: 'dnat of all UDP', rule: { ...to, protocol: 'udp' }, said: ['warning wide_dnat changes.nat_rules[0]'] },
    { name: 'dnat of a UDP port', rule: { ...to, protocol: 'udp', dport: 22 }, said: [] },
    {
      name: 'masquerade of both families',
      rule: { type: 'masquerade' },
      said: ['warning no_forwarding changes.nat_rules'],
    },
    { name: 'masquerade of IPv4', rule: { type: 'masquerade', src: '10.0.0.0/24' }, said: [] },
    {
      name: 'snat of IPv6',
      rule: { type: 'snat', to_addr: 'fd00::1', src: 'fd00::/64' },
      said: ['warning no_forwarding changes.nat_rules'],
    },
    {
      name: 'snat of the host’s own packets to an address it does not have',
      rule: { type: 'snat', to_addr: '203.0.113.9' },
      said: ['error plan_refused changes.nat_rules[0].src'],
    },
    { name: 'another interface', rule: { type: 'masquerade', src: '10.0.0.0/24', iface: 'wan0' }, said: [] },
    {
      name: 'an interface to come',
      rule: { type: 'masquerade', src: '10.0.0.0/24', iface: 'ppp0' },
      said: ['warning unknown_interface changes.nat_rules[0].iface'],
    },
    {
      name: 'a protected interface',
      rule: { type: 'masquerade', src: '10.0.0.0/24', iface: 'br-1f' },
      said: ['error plan_refused changes.nat_rules[0].iface'],
    },
  ])('$name', ({ rule, said }) => {
    expect(brief(ask(natRulesKnob, [rule], { snapshot }).findings)).toEqual(said);
  });

  it('knows that the plan itself turns forwarding on, or off', () => {
    const wish = [{ type: 'masquerade' }];
    expect(
      ask(natRulesKnob, wish, { snapshot, wishes: { sysctl: { 'net.ipv6.conf.all.forwarding': 1 } } }).findings,
    ).toEqual([]);
    expect(
      ask(natRulesKnob, wish, { snapshot, wishes: { sysctl: { 'net.ipv4.ip_forward': '0' } } }).findings,
    ).toHaveLength(2);
  });

  it('puts each kind into its hook', () => {
    expect(
      rulesOf(natRulesKnob, [
        { type: 'masquerade', src: '10.0.0.0/24' },
        { type: 'snat', iface: 'wan0', to_addr: '2001:db8::1', protocol: 'udp', to_port: '5000-5100' },
        { ...to, protocol: 'tcp', dport: 8080, to_port: 80 },
        { type: 'dnat', to_addr: 'fd00::2', protocol: 'tcp', dport: 8080, to_port: 80 },
      ]),
    ).toEqual([
      'nat_prerouting iifname "eth0" tcp dport 8080 dnat ip to 10.0.0.2:80',
      'nat_prerouting iifname "eth0" tcp dport 8080 dnat ip6 to [fd00::2]:80',
      'nat_postrouting oifname "eth0" ip saddr 10.0.0.0/24 masquerade',
      'nat_postrouting oifname "wan0" meta l4proto udp snat ip6 to [2001:db8::1]:5000-5100',
    ]);
  });
});

describe('a bucket that the kernel cannot count', () => {
  it.each([
    ['1/day', 1_000_000, ['error limit_exceeded changes.rate_limits[0].burst']],
    ['1/day', 100_000, []],
    ['20000/second', 1_000_000, []],
  ])('%s with a burst of %i', (rate, burst, errors) => {
    const { findings } = ask(rateLimitsKnob, [{ rate, burst }]);
    expect(brief(findings).filter((line) => line.startsWith('error'))).toEqual(errors);
  });
});
