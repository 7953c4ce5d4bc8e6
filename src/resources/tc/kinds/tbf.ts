// tbf: one token bucket (man tc-tbf).
import type { Kind } from '../kind.ts';
import type { Options } from '../params.ts';
import { count, rate, size, time } from '../params.ts';

/** A bucket of 5 ms, or five frames: enough for the rate to be reached. */
const bucketSeconds = 0.005;

export const tbf: Kind = {
  kind: 'tbf',
  leaf: false,
  params: [
    rate('rate_mbit', 'mbit', { word: 'rate', min: 0.008, max: 100_000 }),
    size('burst_bytes', { word: 'burst', min: 64, max: 1_073_741_824, drift: 0.02 }),
    size('mpu', { min: 0, max: 65_535 }),
    rate('peakrate_mbit', 'mbit', { word: 'peakrate', min: 0.008, max: 100_000 }),
    size('mtu', { min: 64, max: 1_048_576, drift: 0.02 }),
    { ...time('latency_ms', 'ms', { word: 'latency', min: 0.1, max: 60_000 }), ...readLatency() },
    // tc prints a limit as the latency it comes to, so it cannot be read back by itself.
    { ...count('limit_bytes', { word: 'limit', min: 64, max: 1_073_741_824 }), read: () => undefined },
  ],
  aliases: {
    rate: 'rate_mbit',
    burst: 'burst_bytes',
    latency: 'latency_ms',
    limit: 'limit_bytes',
    peakrate: 'peakrate_mbit',
  },
  complete: (params, frame) => {
    const { rate_mbit: rateMbit, burst_bytes: burst, latency_ms: latency, limit_bytes: limit } = params;
    if (typeof rateMbit !== 'number') return params;
    return {
      ...params,
      ...(burst === undefined
        ? { burst_bytes: Math.ceil(Math.max(5 * frame, (rateMbit * 1e6 * bucketSeconds) / 8)) }
        : {}),
      ...(latency === undefined && limit === undefined ? { latency_ms: 50 } : {}),
    };
  },
  check: (params) => [
    ...(params['rate_mbit'] === undefined
      ? [{ param: 'rate_mbit', message: 'tbf needs a rate', hint: 'Give params.rate_mbit or shaper.egress_mbit.' }]
      : []),
    ...(params['latency_ms'] !== undefined && params['limit_bytes'] !== undefined
      ? [{ param: 'limit_bytes', message: 'latency_ms and limit_bytes exclude each other', hint: 'Keep one of them.' }]
      : []),
    ...((params['peakrate_mbit'] === undefined) !== (params['mtu'] === undefined)
      ? [{ param: 'peakrate_mbit', message: 'peakrate_mbit and mtu go together', hint: 'Give both or neither.' }]
      : []),
  ],
  fixedWords: ['linklayer', 'ethernet', 'lat'],
  unrestorable: 'tc prints the queue limit of a tbf only as a rounded latency',
};

/** Said as `latency`, printed as `lat`; a limit that tc computes from it rounds by up to a percent. */
function readLatency() {
  const said = time('latency_ms', 'ms', { word: 'latency', min: 0, max: 60_000 });
  const shown = time('latency_ms', 'ms', { word: 'lat', min: 0, max: 60_000 });
  return {
    read: (options: Options) => shown.read(options) ?? said.read(options),
    same: (wished: unknown, value: unknown): boolean =>
      typeof wished === 'number' && typeof value === 'number' && Math.abs(wished - value) <= 0.1 + wished * 0.02,
  };
}
