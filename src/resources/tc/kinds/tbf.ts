// tbf: one token bucket (man tc-tbf).
import type { Kind, Problem } from '../kind.ts';
import type { Options, Param, Params } from '../params.ts';
import { count, rate, size, time } from '../params.ts';
import { bucketProblem, sameBurst } from '../units.ts';

const checkBucket = (params: Params, bytes: string, mbit: string): Problem[] => {
  const [size, rateMbit] = [params[bytes], params[mbit]];
  if (typeof size !== 'number' || typeof rateMbit !== 'number') return [];
  const message = bucketProblem(size, rateMbit * 1e6);
  return message === undefined ? [] : [{ param: bytes, message, hint: `Change ${bytes} or ${mbit}.` }];
};

const dropsFrames = (params: Params, name: string, frame: number): Problem[] =>
  Number(params[name] ?? frame) >= frame
    ? []
    : [
        {
          param: name,
          message: `a tbf drops every packet larger than this, and frames here have up to ${frame} bytes`,
          hint: `Give at least ${frame}.`,
        },
      ];

/** A size that is kept as time at the rate that another parameter gives. */
const bucket = (name: string, bounds: { word?: string; min: number; max: number }, mbit: string): Param => ({
  ...size(name, bounds),
  same: (wished, shown, all) =>
    typeof wished === 'number' && typeof shown === 'number' && sameBurst(wished, shown, Number(all[mbit] ?? 1) * 1e6),
});

/** A bucket of 5 ms, or five frames: enough for the rate to be reached. */
const bucketSeconds = 0.005;

export const tbf: Kind = {
  kind: 'tbf',
  leaf: false,
  params: [
    rate('rate_mbit', 'mbit', { word: 'rate', min: 0.008, max: 100_000 }),
    bucket('burst_bytes', { word: 'burst', min: 64, max: 1_073_741_824 }, 'rate_mbit'),
    // More than a frame would raise the burst behind our back.
    size('mpu', { min: 0, max: 1500 }),
    rate('peakrate_mbit', 'mbit', { word: 'peakrate', min: 0.008, max: 100_000 }),
    bucket('mtu', { min: 64, max: 1_048_576 }, 'peakrate_mbit'),
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
  check: (params, frame) => [
    ...['burst_bytes', 'mtu', 'limit_bytes'].flatMap((name) => dropsFrames(params, name, frame)),
    ...checkBucket(params, 'burst_bytes', 'rate_mbit'),
    ...checkBucket(params, 'mtu', 'peakrate_mbit'),
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

/** Said as `latency`, printed as `lat`: the time of a limit in whole bytes, less that of a bucket that the kernel rounds. */
function readLatency(): Pick<Param, 'read' | 'same'> {
  const said = time('latency_ms', 'ms', { word: 'latency', min: 0, max: 60_000 });
  const shown = time('latency_ms', 'ms', { word: 'lat', min: 0, max: 60_000 });
  return {
    read: (options: Options) => shown.read(options) ?? said.read(options),
    same: (wished, value, { rate_mbit: rateMbit, burst_bytes: burst }) => {
      const bytes = 3 + Number(burst ?? 0) * 0.01;
      const slackMs = 0.1 + (bytes * 8) / (Number(rateMbit ?? 1) * 1000);
      return (
        typeof wished === 'number' && typeof value === 'number' && Math.abs(wished - value) <= slackMs + wished * 0.01
      );
    },
  };
}
