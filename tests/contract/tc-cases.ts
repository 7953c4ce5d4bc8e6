// Wishes for an interface's tc tree, each to be made, read back and undone on a real kernel; the namespace suite and the lab share the table.

export interface TcCase {
  name: string;
  /** Qdisc kinds the kernel must have. */
  needs: readonly string[];
  /** Also needs an ifb and the redirect to it. */
  ingress?: true;
  /** The plan's `changes`, by knob. */
  changes: Readonly<Record<string, unknown>>;
  /** What tc's dump of the device must say then. */
  shows: readonly RegExp[];
}

const root = (kind: string): RegExp => new RegExp(`^qdisc ${kind} 1: root`, 'm');

const classes = [
  { classid: '1:10', rate_mbit: 5, ceil_mbit: 20, priority: 1, match: { dscp: 'EF' } },
  {
    classid: '1:20',
    rate_mbit: 9.333,
    ceil_mbit: 20,
    priority: 3,
    burst: '30k',
    match: { proto: 'tcp', dports: [443] },
  },
  { classid: '1:a0', parent: '1:20', rate_mbit: 4, ceil_mbit: 10, match: { proto: 'udp' } },
];
const flat = classes.slice(0, 1);
const nested = [classes[0], { classid: '1:20', rate_mbit: 9.333, ceil_mbit: 20 }, classes[2]];

export const tcCases: readonly TcCase[] = [
  { name: 'pfifo_fast', needs: [], changes: { qdisc: { type: 'pfifo_fast' } }, shows: [root('pfifo_fast')] },
  {
    name: 'tbf with defaults',
    needs: ['tbf'],
    changes: { qdisc: { type: 'tbf', params: { rate_mbit: 33.333 } } },
    shows: [/^qdisc tbf 1: root .*rate 33333Kbit .*lat 50ms/m],
  },
  {
    name: 'tbf with every parameter',
    needs: ['tbf'],
    changes: {
      qdisc: {
        type: 'tbf',
        params: { rate_mbit: 20, burst_bytes: 20000, limit_bytes: 60000, peakrate_mbit: 40, mtu: 3000, mpu: 64 },
      },
    },
    shows: [/^qdisc tbf 1: root .*burst 20000b.*mpu 64b.*peakrate 40Mbit/m],
  },
  {
    name: 'tbf that takes its rate from the shaper',
    needs: ['tbf'],
    changes: { qdisc: { type: 'tbf', params: { latency_ms: 12.5 } }, shaper: { egress_mbit: 12 } },
    shows: [/^qdisc tbf 1: root .*rate 12Mbit/m],
  },
  {
    name: 'shaper egress',
    needs: ['htb'],
    changes: { shaper: { egress_mbit: 20 } },
    shows: [root('htb'), /^class htb 1:1 root rate 20Mbit ceil 20Mbit/m],
  },
  {
    name: 'shaper with an odd fraction',
    needs: ['htb'],
    changes: { shaper: { egress_mbit: 0.7004, ceil_mbit: 1.23456789 } },
    shows: [root('htb')],
  },
  {
    name: 'shaper at 100 Gbit/s',
    needs: ['htb'],
    changes: { shaper: { egress_mbit: 100_000 } },
    shows: [/rate 100Gbit ceil 100Gbit/],
  },
  {
    name: 'shaper at 10 kbit/s',
    needs: ['htb'],
    changes: { shaper: { egress_mbit: 0.01 } },
    shows: [/rate 10Kbit ceil 10Kbit/],
  },
  {
    name: 'htb classes with a shaper',
    needs: ['htb'],
    changes: {
      qdisc: { type: 'htb', params: { default: '30', r2q: 5, direct_qlen: 500 } },
      shaper: { egress_mbit: 20 },
      htb_classes: flat,
    },
    shows: [
      /default 0x30/,
      /^class htb 1:10 parent 1:1 leaf 10: prio 1 .*rate 5Mbit ceil 20Mbit/m,
      /^class htb 1:30 parent 1:1 leaf 30:/m,
    ],
  },
  {
    name: 'htb classes in two levels, the default among them',
    needs: ['htb'],
    changes: {
      qdisc: { type: 'htb', params: { default: '1:10' } },
      shaper: { egress_mbit: 18, ceil_mbit: 20 },
      htb_classes: nested,
    },
    shows: [/default 0x10/, /^class htb 1:a0 parent 1:20 leaf a0:/m],
  },
  { name: 'htb classes alone', needs: ['htb'], changes: { htb_classes: flat }, shows: [root('htb')] },
  {
    name: 'shaper ingress',
    needs: ['htb', 'ingress'],
    ingress: true,
    changes: { shaper: { ingress_mbit: 50 } },
    shows: [/^qdisc ingress ffff:/m],
  },
  {
    name: 'shaper both ways with classes',
    needs: ['htb', 'ingress'],
    ingress: true,
    changes: { shaper: { egress_mbit: 20, ingress_mbit: 80.5 }, htb_classes: flat },
    shows: [root('htb'), /^qdisc ingress ffff:/m],
  },
  { name: 'fq', needs: ['fq'], changes: { qdisc: { type: 'fq' } }, shows: [root('fq')] },
  {
    name: 'fq with every parameter',
    needs: ['fq'],
    changes: {
      qdisc: {
        type: 'fq',
        params: {
          ...{
            limit: 5000,
            flow_limit: 50,
            buckets: 2048,
            orphan_mask: 511,
            pacing: false,
            quantum: 3000,
            initial_quantum: 15_000,
          },
          ...{
            maxrate_mbit: 33.333,
            low_rate_threshold_kbit: 500,
            refill_delay_ms: 30,
            ce_threshold_ms: 4,
            timer_slack_us: 20,
          },
          ...{ horizon_s: 5, horizon_drop: false },
        },
      },
    },
    shows: [/^qdisc fq 1: root .*limit 5000p .*nopacing .*horizon_cap/m],
  },
  { name: 'fq_codel', needs: ['fq_codel'], changes: { qdisc: { type: 'fq_codel' } }, shows: [root('fq_codel')] },
  {
    name: 'fq_codel with every parameter',
    needs: ['fq_codel'],
    changes: {
      qdisc: {
        type: 'fq_codel',
        params: {
          ...{
            limit: 2000,
            flows: 2048,
            quantum: 300,
            target_ms: 12.345,
            interval_ms: 140,
            ecn: false,
            ce_threshold_ms: 2,
          },
          ...{ memory_limit_bytes: 4_000_000, drop_batch: 32 },
        },
      },
    },
    shows: [/^qdisc fq_codel 1: root .*flows 2048 .*target 12.3ms/m],
  },
  {
    name: 'fq_codel below a shaper',
    needs: ['htb', 'fq_codel'],
    changes: { qdisc: { type: 'fq_codel', params: { limit: 600 } }, shaper: { egress_mbit: 20 } },
    shows: [/^qdisc fq_codel 30: parent 1:30 limit 600p/m],
  },
  {
    name: 'fq_codel on a slow line',
    needs: ['htb', 'fq_codel'],
    changes: { shaper: { egress_mbit: 1 } },
    shows: [/^qdisc fq_codel 30: parent 1:30 .*target 19ms/m],
  },
  {
    name: 'cake',
    needs: ['cake'],
    changes: { qdisc: { type: 'cake' } },
    shows: [/^qdisc cake 1: root .*bandwidth unlimited/m],
  },
  {
    name: 'cake with every parameter',
    needs: ['cake'],
    changes: {
      qdisc: {
        type: 'cake',
        params: {
          ...{
            bandwidth_mbit: 33.333,
            diffserv: true,
            flow_isolation: 'dual-srchost',
            nat: true,
            wash: true,
            ack_filter: 'aggressive',
          },
          ...{
            split_gso: false,
            rtt_ms: 30,
            overhead: 44,
            mpu: 64,
            atm: 'ptm',
            memory_limit_bytes: 4_000_000,
            fwmark: 255,
            ingress: true,
          },
        },
      },
    },
    shows: [
      /bandwidth 33333Kbit diffserv4 dual-srchost nat wash ingress ack-filter-aggressive no-split-gso rtt 30ms ptm overhead 44 mpu 64/,
    ],
  },
  {
    name: 'cake that is the shaper',
    needs: ['cake'],
    changes: { qdisc: { type: 'cake', params: { diffserv: 'besteffort' } }, shaper: { egress_mbit: 20 } },
    shows: [/^qdisc cake 1: root .*bandwidth 20Mbit besteffort/m],
  },
  {
    name: 'cake that is the shaper both ways',
    needs: ['cake', 'ingress'],
    ingress: true,
    changes: { qdisc: { type: 'cake' }, shaper: { egress_mbit: 20, ingress_mbit: 100 } },
    shows: [/^qdisc cake 1: root .*bandwidth 20Mbit/m],
  },
  {
    name: 'cake below htb classes',
    needs: ['cake', 'htb'],
    changes: { qdisc: { type: 'cake' }, shaper: { egress_mbit: 20 }, htb_classes: flat },
    shows: [/^qdisc cake 10: parent 1:10 bandwidth unlimited/m],
  },
  { name: 'sfq', needs: ['sfq'], changes: { qdisc: { type: 'sfq' } }, shows: [root('sfq')] },
  {
    name: 'sfq with every parameter',
    needs: ['sfq'],
    changes: {
      qdisc: {
        type: 'sfq',
        params: { limit: 3000, quantum: 3000, depth: 100, headdrop: true, flows: 512, divisor: 2048, perturb_s: 10 },
      },
    },
    shows: [/^qdisc sfq 1: root .*headdrop .*divisor 2048 perturb 10sec/m],
  },
  {
    name: 'netem delay',
    needs: ['netem'],
    changes: { netem: { delay_ms: 20.5 } },
    shows: [/^qdisc netem 1: root .*delay 20.5ms/m],
  },
  {
    name: 'netem with every parameter',
    needs: ['netem'],
    changes: {
      netem: {
        ...{
          delay_ms: 20,
          delay_jitter_ms: 5,
          delay_correlation_pct: 25,
          distribution: 'normal',
          loss_pct: 1.5,
          duplicate_pct: 0.1,
        },
        ...{ corrupt_pct: 0.001, reorder_pct: 33.333, reorder_gap: 5, rate_mbit: 5, limit: 5000 },
      },
    },
    shows: [/^qdisc netem 1: root .*delay 20ms {2}5ms 25% loss 1.5% duplicate 0.1% reorder 33.333%/m],
  },
  {
    name: 'netem as a qdisc',
    needs: ['netem'],
    changes: { qdisc: { type: 'netem', params: { delay_ms: 10, loss_pct: 0 } } },
    shows: [root('netem')],
  },
  {
    name: 'netem above a qdisc',
    needs: ['netem', 'fq_codel'],
    changes: { qdisc: { type: 'fq_codel' }, netem: { delay_ms: 5 } },
    shows: [root('netem'), /^qdisc fq_codel 2: parent 1:1 /m],
  },
  {
    name: 'netem above a cake that shapes',
    needs: ['netem', 'cake'],
    changes: { qdisc: { type: 'cake' }, shaper: { egress_mbit: 10 }, netem: { delay_ms: 5 } },
    shows: [root('netem'), /^qdisc cake 2: parent 1:1 bandwidth 10Mbit/m],
  },
  {
    name: 'netem below a shaper',
    needs: ['netem', 'htb'],
    changes: { shaper: { egress_mbit: 20 }, netem: { delay_ms: 20, duplicate_pct: 1 } },
    shows: [root('htb'), /^qdisc netem 30: parent 1:30 /m],
  },
  {
    name: 'netem below classes',
    needs: ['netem', 'htb'],
    changes: { shaper: { egress_mbit: 20 }, htb_classes: flat, netem: { loss_pct: 1 } },
    shows: [/^qdisc netem 10: parent 1:10 /m, /^qdisc netem 30: parent 1:30 /m],
  },
];

/** Foreign roots, as somebody would have made them: `takeover` must be able to put each back exactly, or refuse. */
export const foreignRoots: readonly { name: string; needs: readonly string[]; words: string; restorable: boolean }[] = [
  { name: 'pfifo', needs: [], words: 'pfifo limit 123', restorable: true },
  { name: 'bfifo', needs: [], words: 'bfifo limit 50000', restorable: true },
  { name: 'pfifo_fast', needs: [], words: 'pfifo_fast', restorable: true },
  { name: 'fq_codel', needs: ['fq_codel'], words: 'fq_codel', restorable: true },
  {
    name: 'fq_codel of another target',
    needs: ['fq_codel'],
    words: 'fq_codel target 3ms interval 40ms noecn',
    restorable: true,
  },
  { name: 'fq', needs: ['fq'], words: 'fq maxrate 20mbit nopacing', restorable: true },
  { name: 'cake', needs: ['cake'], words: 'cake bandwidth 20mbit besteffort nat', restorable: true },
  { name: 'sfq', needs: ['sfq'], words: 'sfq perturb 10', restorable: true },
  { name: 'fq with a rate that tc rounds', needs: ['fq'], words: 'fq maxrate 12345678bit', restorable: false },
  {
    name: 'fq_codel with a time that tc rounds',
    needs: ['fq_codel'],
    words: 'fq_codel target 12345us',
    restorable: false,
  },
  {
    name: 'sfq with RED',
    needs: ['sfq'],
    words: 'sfq limit 3000 redflowlimit 100000 min 8000 max 60000 probability 0.20 ecn',
    restorable: false,
  },
  { name: 'tbf', needs: ['tbf'], words: 'tbf rate 1mbit burst 5000 latency 50ms', restorable: false },
  { name: 'htb', needs: ['htb'], words: 'htb default 10', restorable: false },
  { name: 'netem', needs: ['netem'], words: 'netem delay 5ms', restorable: false },
];
