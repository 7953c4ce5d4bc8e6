// Every combination of rules.yaml: a plan and host on which it is said, and the nearest ones on which it is not.
import { describe, expect, it } from 'vitest';
import { makeInterface, makeSnapshot } from '../../tests/helpers/knob-context.ts';
import { loadPolicy } from '../host/policy-files.ts';
import { knobs } from '../knobs/index.ts';
import type { InterfaceFacts, Snapshot } from '../model/snapshot.ts';
import { combinationFindings } from './combinations.ts';

const policy = await loadPolicy();

interface Case {
  changes: Record<string, unknown>;
  /** What stands on the host already, by key. */
  stands?: Record<string, string>;
  iface?: Partial<InterfaceFacts>;
  host?: Partial<Snapshot>;
}

const sysctl = (values: Record<string, string>, others: Omit<Case, 'changes'> = {}): Case => ({
  changes: { sysctl: values },
  ...others,
});
const rmem = (max: number) => ({ 'net.ipv4.tcp_rmem': `4096 131072 ${max}` });
const wmem = (max: number) => ({ 'net.ipv4.tcp_wmem': `4096 16384 ${max}` });
const bbr = { 'net.ipv4.tcp_congestion_control': 'bbr' };
const scaling = (value: string) => ({ 'net.ipv4.tcp_window_scaling': value });
const forwards = (value: string) => ({ 'net.ipv4.ip_forward': value });
const qdisc = (type: string, params?: object) => ({ qdisc: params === undefined ? { type } : { type, params } });
const shaper = (rate: number) => ({ shaper: { egress_mbit: rate } });
const netem = { netem: { delay_ms: 10 } };
const wifi = { wireless: true };
const masquerade = { nat_rules: [{ type: 'masquerade' }] };
const limited = { rate_limits: [{ rate: '1000/second' }] };
const flows = { packet_steering: { rps_flow_count: 4096 } };
const table = (value: string) => ({ 'net.core.rps_sock_flow_entries': value });

/** By rule: where it is said, and where not. */
const cases: Record<string, { said: Case; not: Case[] }> = {
  bbr_without_fair_queue: {
    said: { changes: { sysctl: bbr, ...qdisc('pfifo_fast') } },
    not: [{ changes: { sysctl: bbr, ...qdisc('fq') } }, { changes: qdisc('pfifo_fast') }, sysctl(bbr)],
  },
  large_receive_buffer_without_window_scaling: {
    said: sysctl(rmem(65536), { stands: scaling('0') }),
    not: [sysctl(rmem(65535), { stands: scaling('0') }), sysctl(rmem(65536), { stands: scaling('1') })],
  },
  large_send_buffer_without_window_scaling: {
    said: sysctl(scaling('0'), { stands: wmem(65536) }),
    not: [sysctl(scaling('0'), { stands: wmem(65535) }), sysctl(scaling('1'), { stands: wmem(65536) })],
  },
  large_windows_without_timestamps: {
    said: sysctl({ ...rmem(16777216), 'net.ipv4.tcp_timestamps': '0' }),
    not: [
      sysctl({ ...rmem(16777215), 'net.ipv4.tcp_timestamps': '0' }),
      sysctl({ ...rmem(16777216), 'net.ipv4.tcp_timestamps': '1' }),
    ],
  },
  netem_in_production: { said: { changes: netem }, not: [{ changes: qdisc('fq') }] },
  netem_with_shaper: {
    said: { changes: { ...netem, ...shaper(10) } },
    not: [{ changes: netem }, { changes: shaper(10) }],
  },
  shaper_over_fq: {
    said: { changes: { ...shaper(10), ...qdisc('fq') } },
    not: [{ changes: { ...shaper(10), ...qdisc('fq_codel') } }, { changes: qdisc('fq') }],
  },
  shaper_with_cake_bandwidth: {
    said: { changes: { ...shaper(10), ...qdisc('cake', { bandwidth_mbit: 9 }) } },
    not: [{ changes: { ...shaper(10), ...qdisc('cake') } }, { changes: qdisc('cake', { bandwidth_mbit: 9 }) }],
  },
  cake_without_rate: {
    said: { changes: qdisc('cake') },
    not: [{ changes: qdisc('cake', { bandwidth_mbit: 9 }) }, { changes: { ...qdisc('cake'), ...shaper(10) } }],
  },
  shaper_above_link_100: {
    said: { changes: shaper(100), iface: { speed_mbps: 100 } },
    not: [
      { changes: shaper(99), iface: { speed_mbps: 100 } },
      { changes: shaper(100), iface: { speed_mbps: 1000 } },
      { changes: shaper(100), iface: { speed_mbps: null } },
    ],
  },
  shaper_above_link_1000: {
    said: { changes: shaper(1000), iface: { speed_mbps: 1000 } },
    not: [
      { changes: shaper(950), iface: { speed_mbps: 1000 } },
      { changes: shaper(1000), iface: { speed_mbps: 10000 } },
    ],
  },
  shaper_on_wifi: { said: { changes: shaper(10), iface: wifi }, not: [{ changes: shaper(10) }] },
  qdisc_on_wifi: {
    said: { changes: qdisc('fq_codel'), iface: wifi },
    not: [{ changes: qdisc('fq_codel') }, { changes: qdisc('pfifo_fast'), iface: wifi }],
  },
  socket_buffers_below_tcp: {
    said: sysctl(rmem(16777216), { stands: { 'net.core.rmem_max': '212992' } }),
    not: [sysctl({ ...rmem(16777216), 'net.core.rmem_max': '16777216' }), sysctl(rmem(16777216))],
  },
  send_buffers_below_tcp: {
    said: sysctl(wmem(16777216), { stands: { 'net.core.wmem_max': '212992' } }),
    not: [sysctl({ ...wmem(16777216), 'net.core.wmem_max': '16777216' }), sysctl(wmem(16777216))],
  },
  large_buffers_in_little_memory: {
    said: sysctl(rmem(67108864), { host: { memory_bytes: 2 ** 31 } }),
    not: [sysctl(rmem(67108864)), sysctl(rmem(33554432), { host: { memory_bytes: 2 ** 31 } })],
  },
  accept_queue_below_syn_queue: {
    said: sysctl({ 'net.ipv4.tcp_max_syn_backlog': '2048', 'net.core.somaxconn': '1024' }),
    not: [
      sysctl({ 'net.ipv4.tcp_max_syn_backlog': '2048', 'net.core.somaxconn': '4096' }),
      sysctl({ 'net.ipv4.tcp_max_syn_backlog': '1024', 'net.core.somaxconn': '1024' }),
    ],
  },
  forwarding_without_conntrack_size: {
    said: { changes: masquerade, stands: forwards('1') },
    not: [
      { changes: masquerade, stands: forwards('0') },
      { changes: { ...masquerade, connection_tracking: { max_connections: 65536 } }, stands: forwards('1') },
    ],
  },
  ipv4_forwarding_only: {
    said: sysctl(forwards('1'), {
      stands: { 'net.ipv6.conf.all.forwarding': '0' },
      iface: { ipv6: ['2001:db8::1/64'] },
    }),
    not: [
      sysctl(forwards('1'), { stands: { 'net.ipv6.conf.all.forwarding': '1' }, iface: { ipv6: ['2001:db8::1/64'] } }),
      sysctl(forwards('1'), { stands: { 'net.ipv6.conf.all.forwarding': '0' }, iface: { ipv6: ['fe80::1/64'] } }),
    ],
  },
  rate_limits_on_a_router: {
    said: { changes: limited, stands: forwards('1') },
    not: [{ changes: limited, stands: forwards('0') }, { changes: limited }],
  },
  flow_steering_without_table: {
    said: { changes: flows, stands: table('0') },
    not: [
      { changes: { ...flows, sysctl: table('32768') }, stands: table('0') },
      { changes: flows, stands: table('1024') },
    ],
  },
  steering_with_one_cpu: { said: { changes: flows, host: { cpus: 1 } }, not: [{ changes: flows, host: { cpus: 2 } }] },
  busy_poll_with_one_cpu: {
    said: sysctl({ 'net.core.busy_poll': '50' }, { host: { cpus: 1 } }),
    not: [
      sysctl({ 'net.core.busy_poll': '50' }, { host: { cpus: 2 } }),
      sysctl({ 'net.core.busy_poll': '0' }, { host: { cpus: 1 } }),
    ],
  },
  busy_read_with_one_cpu: {
    said: sysctl({ 'net.core.busy_read': '50' }, { host: { cpus: 1 } }),
    not: [
      sysctl({ 'net.core.busy_read': '50' }, { host: { cpus: 2 } }),
      sysctl({ 'net.core.busy_read': '0' }, { host: { cpus: 1 } }),
    ],
  },
  idle_restart_with_bbr: {
    said: sysctl({ 'net.ipv4.tcp_slow_start_after_idle': '0' }, { stands: bbr }),
    not: [
      sysctl({ 'net.ipv4.tcp_slow_start_after_idle': '1' }, { stands: bbr }),
      sysctl({ 'net.ipv4.tcp_slow_start_after_idle': '0' }),
      sysctl(bbr, { stands: { 'net.ipv4.tcp_slow_start_after_idle': '0' } }),
    ],
  },
  ecn_asked_for: { said: sysctl({ 'net.ipv4.tcp_ecn': '1' }), not: [sysctl({ 'net.ipv4.tcp_ecn': '2' })] },
  jumbo_on_wifi: {
    said: { changes: { mtu: 2305 }, iface: wifi },
    not: [{ changes: { mtu: 2304 }, iface: wifi }, { changes: { mtu: 9000 } }],
  },
  txqueuelen_with_fair_queue: {
    said: { changes: { txqueuelen: 100, ...qdisc('fq') } },
    not: [{ changes: { txqueuelen: 100, ...qdisc('pfifo_fast') } }, { changes: { txqueuelen: 100 } }],
  },
  low_unsent_bound: {
    said: sysctl({ 'net.ipv4.tcp_notsent_lowat': '16384' }),
    not: [sysctl({ 'net.ipv4.tcp_notsent_lowat': '131072' })],
  },
};

const snapshotOf = ({ stands = {}, iface = {}, host = {} }: Case): Snapshot =>
  makeSnapshot({
    interfaces: { eth0: makeInterface(iface) },
    observed: Object.fromEntries(
      Object.entries(stands).map(([key, value]) => [`sysctl:${key}`, { value, writable: true, companions: {} }]),
    ),
    ...host,
  });

const said = (given: Case, touched = Object.keys(given.changes)) =>
  combinationFindings(
    { snapshot: snapshotOf(given), iface: 'eth0', policy, wishes: given.changes, emulate: false },
    touched,
  );
const codes = (given: Case, touched?: readonly string[]) =>
  said(given, touched && [...touched]).map(({ code }) => code);

describe('a combination of rules.yaml', () => {
  it('is in this table, and the table has no others', () => {
    expect(Object.keys(cases).sort()).toEqual(policy.rules.combinations.map(({ id }) => id).sort());
  });

  it.each(Object.entries(cases))('%s is said where it holds and nowhere near', (id, { said: holds, not }) => {
    expect(codes(holds)).toContain(id);
    expect(not.length).toBeGreaterThan(0);
    for (const other of not) expect(codes(other), JSON.stringify(other)).not.toContain(id);
  });

  it.each(Object.entries(cases))('%s has plans that the knobs can read', (_id, { said: holds, not }) => {
    for (const { changes } of [holds, ...not]) {
      for (const [id, wish] of Object.entries(changes)) {
        const knob = knobs.find((candidate) => candidate.id === id);
        expect(knob?.schema.safeParse(wish).error, `${id}: ${JSON.stringify(wish)}`).toBeUndefined();
        expect(knob, id).toBeDefined();
      }
    }
  });

  it.each(Object.entries(cases))('%s is not said of what the plan leaves alone', (_id, { said: holds }) => {
    expect(codes(holds, [])).toEqual([]);
  });

  it('is said at the place that the plan sets, with the severity and the hint of the rule', () => {
    const [finding] = said(sysctl(scaling('0'), { stands: wmem(65536) }));
    const rule = policy.rules.combinations.find(({ id }) => id === 'large_send_buffer_without_window_scaling');
    expect(finding).toEqual({
      path: 'changes.sysctl.net.ipv4.tcp_window_scaling',
      severity: 'error',
      code: rule?.id,
      message: rule?.message,
      hint: rule?.hint,
    });
  });
});
