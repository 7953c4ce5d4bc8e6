// Response times out of the engine's histograms: percentiles within 1/32 of the true ones; least, most, sum and mean exactly.
import { BUCKETS } from '../engine/dns-layout.ts';
import type { Engine } from '../engine/engine.ts';

/** Milliseconds. */
export interface DnsTimes {
  count: number;
  min: number;
  max: number;
  sum: number;
  mean: number;
  p50: number;
  p95: number;
  p99: number;
  /** How many took at least so many milliseconds, within a bucket's width. */
  atLeast: (ms: number) => number;
}

/** Lower bound of a bucket and its width, microseconds. */
const bucketRange = (bucket: number): { from: number; width: number } => {
  if (bucket < 16) return { from: bucket, width: 1 };
  const width = 2 ** ((bucket >> 4) - 1);
  return { from: (16 + (bucket & 15)) * width, width };
};

/** The times of one server, or of all; undefined without any answer. */
export const readTimes = ({ exports, memory }: Engine, server: number): DnsTimes | undefined => {
  const address = exports.dnsServerBuckets(server);
  const count = exports.dnsServerAnswered(server);
  if (address === 0 || count === 0) return undefined;
  const buckets = Array.from(new Uint32Array(memory.buffer, address, BUCKETS));
  const min = Number(exports.dnsServerFastest(server)) / 1e6;
  const max = Number(exports.dnsServerSlowest(server)) / 1e6;
  const sum = Number(exports.dnsServerSum(server)) / 1e6;
  // Nearest rank, in the middle of its bucket.
  const percentile = (share: number): number => {
    let left = Math.max(1, Math.ceil(share * count));
    const bucket = buckets.findIndex((inside) => (left -= inside) <= 0);
    const { from, width } = bucketRange(Math.max(0, bucket));
    return Math.min(max, Math.max(min, (from + width / 2) / 1000));
  };
  return {
    count,
    min,
    max,
    sum,
    mean: sum / count,
    p50: percentile(0.5),
    p95: percentile(0.95),
    p99: percentile(0.99),
    atLeast: (ms) =>
      buckets.reduce((total, inside, bucket) => {
        const { from, width } = bucketRange(bucket);
        return from + width / 2 >= ms * 1000 ? total + inside : total;
      }, 0),
  };
};
