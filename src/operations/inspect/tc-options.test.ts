import { expect, test } from 'vitest';
import { namedOptions } from './tc-options.ts';

// As iproute2 6.1 prints them in JSON.
test.each([
  [
    'tbf',
    { rate: 6_250_000, burst: '32Kb/1', mpu: 0, mtu: '1995b/1', lat: 50_000, linklayer: 'ethernet' },
    { rate_mbps: 50, burst_bytes: 32_768, mpu_bytes: 0, mtu_bytes: 1995, latency_ms: 50, linklayer: 'ethernet' },
  ],
  [
    'fq_codel',
    {
      limit: 100,
      flows: 64,
      quantum: 1514,
      target: 4999,
      interval: 99_999,
      memory_limit: 33_554_432,
      ecn: true,
      drop_batch: 64,
    },
    {
      limit_packets: 100,
      flows: 64,
      quantum_bytes: 1514,
      target_ms: 4.999,
      interval_ms: 99.999,
      memory_limit_bytes: 33_554_432,
      ecn: true,
      drop_batch_packets: 64,
    },
  ],
  [
    'fq',
    { limit: 100, flow_limit: 10, maxrate: 125_000, timer_slack: 10_000, horizon: 10_000_000, horizon_drop: null },
    {
      limit_packets: 100,
      flow_limit_packets: 10,
      max_rate_mbps: 1,
      timer_slack_ns: 10_000,
      horizon_ms: 10_000,
      horizon_drop: true,
    },
  ],
  [
    'cake',
    { bandwidth: 250_000, diffserv: 'diffserv4', 'ack-filter': 'disabled', rtt: 100_000, raw: true, overhead: 44 },
    {
      bandwidth_mbps: 2,
      diffserv: 'diffserv4',
      ack_filter: 'disabled',
      rtt_ms: 100,
      overhead_bytes: 44,
      other: { raw: true },
    },
  ],
  ['cake', { bandwidth: 'unlimited' }, { bandwidth: 'unlimited' }],
  [
    'netem',
    {
      limit: 1000,
      delay: { delay: 0.005, jitter: 0.001, correlation: 0.25 },
      'loss-random': { loss: 0.01, correlation: 0 },
      duplicate: { duplicate: 0.02, correlation: 0 },
      rate: { rate: 125_000, packetoverhead: 0, cellsize: 0, celloverhead: 0 },
      slot: { 'min-delay': 1 },
      ecn: false,
      gap: 0,
    },
    {
      limit_packets: 1000,
      delay_ms: 5,
      jitter_ms: 1,
      delay_correlation_percent: 25,
      loss_percent: 1,
      loss_correlation_percent: 0,
      duplicate_percent: 2,
      duplicate_correlation_percent: 0,
      rate_mbps: 1,
      ecn: false,
      gap: 0,
      other: { slot: { 'min-delay': 1 } },
    },
  ],
  ['netem', { 'loss-gemodel': { p: 0.01, r: 0.1 } }, { loss_gemodel_p_percent: 1, loss_gemodel_r_percent: 10 }],
  ['pfifo', { limit: 9 }, { limit_packets: 9 }],
  ['bfifo', { limit: 9000 }, { limit_bytes: 9000 }],
  // Of what unit the limit is, nobody has said.
  ['novel', { limit: 9 }, { other: { limit: 9 } }],
  [
    'htb',
    { r2q: 10, default: '0x20', direct_packets_stat: 3, ver: '3.17', direct_qlen: 1000 },
    { r2q: 10, default: '0x20', direct_packets: 3, direct_queue_packets: 1000, other: { ver: '3.17' } },
  ],
  // What is not of the type that tc prints is not taken for it.
  [
    'tbf',
    { rate: 'x', burst: 'much', lat: [1], constructor: 1, text: '\u001b[31mred' },
    { text: '[31mred', other: { rate: 'x', burst: 'much', lat: [1], constructor: 1 } },
  ],
])('%s %j', (kind, options, expected) => {
  expect(namedOptions(kind, options)).toEqual(expected);
});
