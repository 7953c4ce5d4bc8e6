// fq_codel: fair queueing with controlled delay (man tc-fq_codel).
import type { Kind } from '../kind.ts';
import { count, flag, size, time } from '../params.ts';

export const fqCodel: Kind = {
  kind: 'fq_codel',
  leaf: true,
  params: [
    count('limit', { min: 1, max: 10_000_000 }),
    count('flows', { min: 1, max: 65_536 }),
    count('quantum', { min: 256, max: 1_048_576 }),
    time('target_ms', 'ms', { word: 'target', min: 0.01, max: 10_000 }),
    time('ce_threshold_ms', 'ms', { word: 'ce_threshold', min: 0.01, max: 10_000 }),
    time('interval_ms', 'ms', { word: 'interval', min: 0.1, max: 60_000 }),
    size('memory_limit_bytes', { word: 'memory_limit', min: 65_536, max: 1_073_741_824 }),
    flag('ecn', 'ecn', 'noecn', (options) => options.has('ecn')),
    count('drop_batch', { min: 1, max: 65_535 }),
  ],
  aliases: {
    target: 'target_ms',
    interval: 'interval_ms',
    memory_limit: 'memory_limit_bytes',
    ce_threshold: 'ce_threshold_ms',
  },
};
