// The knob for kernel network settings by sysctl key; only keys that a card names can be set.
import * as z from 'zod';
import { defineKnob } from '../model/knob.ts';
import { sysctlFragment } from './sysctl-value.ts';

/** Several times the keys that have a card. */
const keysMax = 256;

const schema = z
  .record(z.string().max(256), z.union([z.string().max(1024), z.number(), z.null()]))
  .refine((wish) => Object.keys(wish).length <= keysMax, `at most ${keysMax} keys at once`)
  .describe('sysctl key -> value (string or number; several numbers as one string with blanks); null removes a key');

export const sysctlKnob = defineKnob({
  id: 'sysctl',
  schema,
  cards: [
    'sysctl.tcp_congestion_control',
    'sysctl.tcp_low_latency',
    'sysctl.tcp_fastopen',
    'sysctl.tcp_fin_timeout',
    'sysctl.tcp_max_syn_backlog',
    'sysctl.tcp_syncookies',
    'sysctl.tcp_window_scaling',
    'sysctl.tcp_timestamps',
    'sysctl.core_rmem_max',
    'sysctl.core_wmem_max',
    'sysctl.core_rmem_default',
    'sysctl.core_wmem_default',
    'sysctl.tcp_rmem',
    'sysctl.tcp_wmem',
    'sysctl.core_netdev_budget',
    'sysctl.default_qdisc',
    'sysctl.ip_forward',
    'sysctl.ip_local_port_range',
    'sysctl.tcp_notsent_lowat',
    'sysctl.tcp_slow_start_after_idle',
    'sysctl.tcp_mtu_probing',
    'sysctl.tcp_ecn',
    'sysctl.somaxconn',
    'sysctl.netdev_max_backlog',
    'sysctl.netdev_budget_usecs',
    'sysctl.dev_weight',
    'sysctl.busy_poll',
    'sysctl.busy_read',
    'sysctl.rps_sock_flow_entries',
    'sysctl.udp_rmem_min',
    'sysctl.udp_wmem_min',
    'sysctl.ipv6_forwarding',
    'sysctl.nf_conntrack_tcp_timeout_established',
    'sysctl.nf_conntrack_tcp_timeout_close_wait',
    'sysctl.nf_conntrack_tcp_timeout_time_wait',
    'sysctl.nf_conntrack_udp_timeout',
    'sysctl.nf_conntrack_udp_timeout_stream',
  ],
  risk: 'none',
  meets: 'merge',
  fragments(wish, context) {
    const results = Object.entries(wish).flatMap(([key, value]) =>
      value === null ? [] : [sysctlFragment(key, value, `changes.sysctl.${key}`, context)],
    );
    return {
      fragments: results.flatMap((result) => result.fragments),
      findings: results.flatMap((result) => result.findings),
    };
  },
  examples: [
    { title: 'BBR as the default congestion control', wish: { 'net.ipv4.tcp_congestion_control': 'bbr' } },
    {
      title: 'Receive buffers that may grow to 64 MB',
      wish: { 'net.core.rmem_max': 67108864, 'net.ipv4.tcp_rmem': '8192 262144 67108864' },
    },
    { title: 'Less unsent data waiting in sockets', wish: { 'net.ipv4.tcp_notsent_lowat': '131072' } },
  ],
});
