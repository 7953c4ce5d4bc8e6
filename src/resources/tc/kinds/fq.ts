// fq: fair queueing with pacing (man tc-fq).
import type { Kind } from '../kind.ts';
import { count, flag, rate, size, time } from '../params.ts';

/** The kernel rounds it to its clock tick, 10 ms at the coarsest. */
const tickUs = 10_000;

export const fq: Kind = {
  kind: 'fq',
  leaf: true,
  params: [
    count('limit', { min: 1, max: 10_000_000 }),
    count('flow_limit', { min: 1, max: 10_000_000 }),
    count('buckets', { min: 1, max: 262_144 }),
    count('orphan_mask', { min: 0, max: 65_535 }),
    flag('pacing', 'pacing', 'nopacing', (options) => !options.has('nopacing')),
    size('quantum', { min: 256, max: 1_048_576 }),
    size('initial_quantum', { min: 256, max: 16_777_216 }),
    rate('maxrate_mbit', 'mbit', { word: 'maxrate', min: 0.008, max: 100_000 }),
    rate('low_rate_threshold_kbit', 'kbit', { word: 'low_rate_threshold', min: 1, max: 1_000_000 }),
    time('refill_delay_ms', 'ms', { word: 'refill_delay', min: 10, max: 10_000, slackUs: tickUs }),
    time('ce_threshold_ms', 'ms', { word: 'ce_threshold', min: 0.001, max: 60_000 }),
    {
      ...time('timer_slack_us', 'us', { word: 'timer_slack', min: 1, max: 1_000_000 }),
      // The one time that tc's JSON has in nanoseconds.
      exact: { key: 'timer_slack', of: (value) => value * 1000, slack: 0 },
    },
    time('horizon_s', 's', { word: 'horizon', min: 0.001, max: 60 }),
    flag('horizon_drop', 'horizon_drop', 'horizon_cap', (options) => !options.has('horizon_cap')),
  ],
  aliases: { maxrate: 'maxrate_mbit', flowlimit: 'flow_limit' },
  check: ({ buckets }) =>
    typeof buckets === 'number' && !Number.isInteger(Math.log2(buckets))
      ? [{ param: 'buckets', message: 'must be a power of two', hint: 'Give 1024 or another power of two.' }]
      : [],
};
