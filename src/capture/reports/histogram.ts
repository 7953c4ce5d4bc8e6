// Percentiles from a histogram of the engine: 16 buckets for each power of two, so that the middle of a bucket is at most 1/32 off.
import type { Engine } from '../engine/engine.ts';

const buckets = 1024;

/** How far a percentile may be off, percent of its value. */
export const percentileErrorPercent = 3.2;

export interface Distribution {
  samples: number;
  /** The given share of all samples is at most this many nanoseconds. */
  percentile: (share: number) => number;
}

/** The histogram at an address in the engine's memory. */
export const distributionAt = ({ memory }: Engine, address: number): Distribution => {
  const counts = new Uint32Array(memory.buffer, address, buckets).slice();
  const samples = counts.reduce((sum, count) => sum + count, 0);
  const percentile = (share: number): number => {
    let left = Math.max(1, Math.ceil(samples * share));
    const bucket = counts.findIndex((count) => (left -= count) <= 0);
    return bucket < 0 ? 0 : 2 ** (bucket >> 4) * (1 + ((bucket & 15) + 0.5) / 16);
  };
  return { samples, percentile };
};
