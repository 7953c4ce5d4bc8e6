// What is refused, each for its own reason: path, severity, code and a word of the message are pinned as callers see them.
import { describe, expect, it } from 'vitest';
import { loadPolicy } from '../../src/host/policy-files.ts';
import { canonicalCardId, findCard } from '../../src/model/policy.ts';
import { judge } from '../helpers/pure-host.ts';
import { readBase } from './cases.ts';

const policy = await loadPolicy();
const debian = readBase('debian');
const namespace = readBase('namespace');

type Pinned = [path: string, severity: string, code: string, word: string];

const said = (plan: unknown, snapshot = debian): Pinned[] =>
  judge(plan, snapshot, policy).issues.map(({ path, severity, code, message }) => [path, severity, code, message]);

const wish = (changes: Record<string, unknown>, others: Record<string, unknown> = {}) => ({
  iface: 'eth0',
  changes,
  ...others,
});
const sysctl = (key: string, value: unknown) => wish({ sysctl: { [key]: value } });
const limit = (port: number, most: number, others: object = {}) =>
  wish({ connection_limits: [{ protocol: 'tcp', port, limit: most, ...others }] });

interface Refusal {
  name: string;
  plan: unknown;
  pinned: Pinned;
}

const expectRefused = ({ plan, pinned: [path, severity, code, word] }: Refusal): void => {
  const validation = judge(plan, debian, policy);
  expect(validation.ok).toBe(false);
  const errors = validation.issues.filter((issue) => issue.severity === 'error');
  expect(errors.map((issue) => [issue.path, issue.severity, issue.code])).toEqual([[path, severity, code]]);
  expect(errors[0]?.message).toContain(word);
  expect(errors[0]?.hint).toMatch(/^[A-Z"].{8,}\.$/);
};

describe('the plans that NetMCP let through (D-1)', () => {
  const refusals: Refusal[] = [
    {
      name: 'a key that runs programs',
      plan: sysctl('kernel.modprobe', '/tmp/evil'),
      pinned: ['changes.sysctl.kernel.modprobe', 'error', 'plan_refused', 'no card'],
    },
    {
      name: 'SYN cookies off',
      plan: sysctl('net.ipv4.tcp_syncookies', 0),
      pinned: ['changes.sysctl.net.ipv4.tcp_syncookies', 'error', 'plan_refused', 'stop every listener'],
    },
    {
      name: "the guide's own rejected example",
      plan: { iface: 'eth0', profile: 'gaming', changes: { sysctl: { 'net.core.rmem_max': '999999999999' } } },
      pinned: ['changes.sysctl.net.core.rmem_max', 'error', 'limit_exceeded', 'exceeds the maximum allowed: 268435456'],
    },
    {
      name: 'a qdisc that does not exist',
      plan: wish({ qdisc: { type: 'ultra_fast' } }),
      pinned: ['changes.qdisc.type', 'error', 'invalid_argument', 'ultra_fast'],
    },
    {
      name: 'every packet lost, also when emulation is wanted',
      plan: wish({ netem: { loss_pct: 100 } }, { emulate: true }),
      pinned: ['changes.netem.loss_pct', 'error', 'invalid_argument', '100 %'],
    },
    {
      name: 'an interface name with a shell command',
      plan: { ...wish({ mtu: 1400 }), iface: 'nonexist0; rm' },
      pinned: ['iface', 'error', 'invalid_argument', 'not an interface name'],
    },
    {
      name: 'no connections at all to the SSH port',
      plan: limit(22, 0),
      pinned: ['changes.connection_limits[0].limit', 'error', 'invalid_argument', 'refuse everybody'],
    },
  ];
  it.each(refusals)('$name', expectRefused);

  it('has seven reasons for seven plans', () => {
    expect(new Set(refusals.map(({ pinned: [path, , , word] }) => `${path} ${word}`)).size).toBe(7);
  });
});

describe('what would cut the management path', () => {
  it.each<Refusal>([
    {
      name: 'one SSH connection',
      plan: limit(22, 1),
      pinned: ['changes.connection_limits[0].limit', 'error', 'plan_refused', 'lock its owner out'],
    },
    {
      name: 'two SSH connections',
      plan: limit(22, 2),
      pinned: ['changes.connection_limits[0].limit', 'error', 'plan_refused', 'port 22'],
    },
    {
      name: 'a limit that all sources share',
      plan: limit(22, 10, { mask: 0 }),
      pinned: ['changes.connection_limits[0].mask', 'error', 'plan_refused', 'anybody'],
    },
    {
      name: 'an MTU without room for IPv6 where there is IPv6',
      plan: wish({ mtu: 1279 }),
      pinned: ['changes.mtu', 'error', 'plan_refused', 'IPv6'],
    },
    {
      name: 'SSH forwarded elsewhere',
      plan: wish({ nat_rules: [{ type: 'dnat', protocol: 'tcp', dport: '20-30', to_addr: '10.0.0.2' }] }),
      pinned: ['changes.nat_rules[0].dport', 'error', 'plan_refused', 'port 22'],
    },
    {
      name: 'everything forwarded elsewhere',
      plan: wish({ nat_rules: [{ type: 'dnat', to_addr: '10.0.0.2' }] }),
      pinned: ['changes.nat_rules[0].dport', 'error', 'plan_refused', 'port 22'],
    },
    {
      name: 'loopback',
      plan: { ...wish({ mtu: 1500 }), iface: 'lo' },
      pinned: ['iface', 'error', 'plan_refused', 'protected'],
    },
    {
      name: 'a bridge that its manager owns',
      plan: { ...wish({ mtu: 1500 }), iface: 'docker0' },
      pinned: ['iface', 'error', 'plan_refused', 'protected'],
    },
  ])('$name is refused', expectRefused);

  it.each([3, 5, 100])('%d SSH connections are a warning', (most) => {
    expect(said(limit(22, most))).toEqual([
      ['changes.connection_limits[0].limit', 'warning', 'management_port', expect.stringContaining('port 22')],
    ]);
    expect(judge(limit(22, most), debian, policy).ok).toBe(true);
  });

  it('a port that sshd listens on counts like 22', () => {
    const moved = { ...debian, management_ports: [2222] };
    expect(said(limit(2222, 2), moved)[0]?.slice(0, 3)).toEqual([
      'changes.connection_limits[0].limit',
      'error',
      'plan_refused',
    ]);
  });

  it('a small MTU without IPv6 on the interface is a warning', () => {
    expect(said({ iface: 'eth1', changes: { mtu: 1279 } })).toEqual([
      ['changes.mtu', 'warning', 'no_ipv6', expect.stringContaining('cannot carry IPv6')],
    ]);
  });
});

describe('what is no plan', () => {
  it.each<Refusal>([
    { name: 'no interface', plan: {}, pinned: ['iface', 'error', 'invalid_argument', 'required'] },
    {
      name: 'an interface that is not there',
      plan: { iface: 'eth7' },
      pinned: ['iface', 'error', 'not_found', 'eth7'],
    },
    {
      name: 'a profile that is not there',
      plan: { iface: 'eth0', profile: 'turbo' },
      pinned: ['profile', 'error', 'not_found', 'turbo'],
    },
    {
      name: 'an unknown field',
      plan: { iface: 'eth0', chnages: {} },
      pinned: ['chnages', 'error', 'unknown_argument', '"chnages"'],
    },
    {
      name: 'an unknown knob',
      plan: wish({ qdsic: { type: 'fq' } }),
      pinned: ['changes.qdsic', 'error', 'unknown_argument', '"qdsic"'],
    },
    {
      name: 'an unknown field of a knob',
      plan: wish({ shaper: { egress_mbit: 20, egres: 20 } }),
      pinned: ['changes.shaper.egres', 'error', 'unknown_argument', '"egres"'],
    },
    {
      name: 'an unknown field deep in a list',
      plan: wish({ dscp: [{ match: { port: 80 }, dscp: 'EF' }] }),
      pinned: ['changes.dscp[0].match.port', 'error', 'unknown_argument', '"port"'],
    },
    {
      name: 'an unknown field in one of two forms',
      plan: wish({ htb_classes: [{ classid: '1:10', rate_mbit: 5, match: { port: 80 } }] }),
      pinned: ['changes.htb_classes[0].match.port', 'error', 'unknown_argument', '"port"'],
    },
    {
      name: 'ports without a protocol in a mark',
      plan: wish({ dscp: [{ match: { dports: [80] }, dscp: 'EF' }] }),
      pinned: ['changes.dscp[0].match.proto', 'error', 'invalid_argument', 'protocol'],
    },
    {
      name: 'ports without a protocol in a class',
      plan: wish({ htb_classes: [{ classid: '1:10', rate_mbit: 5, match: { dports: [80] } }] }),
      pinned: ['changes.htb_classes[0].match.proto', 'error', 'invalid_argument', 'protocol'],
    },
    {
      name: 'ports without a protocol in the second match of a class',
      plan: wish({
        htb_classes: [{ classid: '1:10', rate_mbit: 5, match: [{ dscp: 'EF' }, { proto: 'gre', sports: [1] }] }],
      }),
      pinned: ['changes.htb_classes[0].match[1].proto', 'error', 'invalid_argument', 'no ports'],
    },
    {
      name: 'an address that is none',
      plan: wish({ dscp: [{ match: { src: '10.0.0.300' }, dscp: 'EF' }] }),
      pinned: ['changes.dscp[0].match.src', 'error', 'invalid_argument', 'not an IPv4 or IPv6 address'],
    },
    {
      name: 'a qdisc parameter that does not exist',
      plan: wish({ qdisc: { type: 'fq_codel', params: { targt_ms: 5 } } }),
      pinned: ['changes.qdisc.params.targt_ms', 'error', 'invalid_argument', 'no parameter'],
    },
    {
      name: 'a qdisc parameter out of range',
      plan: wish({ qdisc: { type: 'fq_codel', params: { target_ms: -1 } } }),
      pinned: ['changes.qdisc.params.target_ms', 'error', 'invalid_argument', '0.01 to 10000'],
    },
    {
      name: 'classes that promise more than there is',
      plan: wish({
        shaper: { egress_mbit: 10 },
        htb_classes: [
          { classid: '1:10', rate_mbit: 8, match: { dscp: 'EF' } },
          { classid: '1:20', rate_mbit: 8, match: { proto: 'tcp' } },
        ],
      }),
      pinned: ['changes.htb_classes', 'error', 'rate_exceeds_parent', 'guaranteed'],
    },
  ])('$name is refused', expectRefused);

  it.each([
    [{ iface: 'eth0', chnages: {} }, 'Known here: iface, profile, inherit, changes'],
    [wish({ qdsic: {} }), 'qdisc, shaper, netem, htb_classes'],
    [wish({ dscp: [{ match: { port: 80 }, dscp: 'EF' }] }), 'proto, src, dst, sports, dports'],
    [
      wish({ htb_classes: [{ classid: '1:10', rate_mbit: 5, match: { port: 80 } }] }),
      'proto, src, dst, sports, dports, dscp, mark',
    ],
    [wish({ qdisc: { type: 'fq_codel', params: { targt_ms: 5 } } }), 'target_ms'],
    [sysctl('net.core.rmem_maxx', 1), 'net.core.rmem_max'],
    [wish({ qdisc: { type: 'ultra_fast' } }), 'fq, fq_codel, cake'],
    [{ iface: 'eth7' }, 'eth0, eth1'],
    [{ iface: 'eth0', profile: 'turbo' }, 'gaming'],
  ])('what is known is listed in the hint of %j', (plan, known) => {
    expect(judge(plan, debian, policy).issues[0]?.hint).toContain(known);
  });
});

describe('what this host lacks', () => {
  const inherited = (profile: string) => ({ iface: 'eth0', profile });

  it('is an error when asked for by name', () => {
    expect(said(sysctl('net.core.default_qdisc', 'fq'), namespace)).toEqual([
      [
        'changes.sysctl.net.core.default_qdisc',
        'error',
        'missing_kernel_feature',
        'this host has no sysctl net.core.default_qdisc',
      ],
    ]);
    expect(said(wish({ qdisc: { type: 'fq' } }), namespace).map((pinned) => pinned.slice(0, 3))).toEqual([
      ['changes.qdisc.type', 'error', 'missing_kernel_feature'],
    ]);
  });

  it('is only a warning for tcp_low_latency', () => {
    const plan = sysctl('net.ipv4.tcp_low_latency', '1');
    expect(said(plan, namespace).map((pinned) => pinned.slice(0, 3))).toEqual([
      ['changes.sysctl.net.ipv4.tcp_low_latency', 'warning', 'missing_kernel_feature'],
    ]);
    expect(judge(plan, namespace, policy).ok).toBe(true);
  });

  it.each([...policy.profiles.keys()])('is left out of the profile %s with a warning', (profile) => {
    const { ok, issues, compiled } = judge(inherited(profile), namespace, policy);
    expect(ok).toBe(true);
    const left = issues.filter(({ code }) => code === 'missing_kernel_feature');
    expect(left.length).toBeGreaterThan(0);
    for (const { severity, message } of left) {
      expect(severity).toBe('warning');
      expect(message).toMatch(/^left out: /);
    }
    expect(compiled?.steps.map(({ step }) => step.target)).not.toContain('net.core.rmem_max');
  });
});

describe('card ids', () => {
  it.each([...policy.cards.keys()])('%s is found in both spellings', (id) => {
    const other = id.replace('.', '_');
    expect(findCard(policy, other)?.id).toBe(id);
    expect(findCard(policy, other.toUpperCase())?.id).toBe(id);
    expect(canonicalCardId(id)).toBe(id);
  });
});
