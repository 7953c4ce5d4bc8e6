// Packets and bytes over time, from the capture's first packet on. Intervals begin there, as in Wireshark's I/O statistics.
import type { EngineExports } from '../engine/engine.ts';
import { leastSeconds, mbpsOf, rounded, secondsOf } from './values.ts';

export interface Interval {
  /** Seconds after the first packet. */
  start_s: number;
  packets: number;
  /** On the wire. */
  bytes: number;
  mbps: number;
}

export interface Series {
  interval_s: number;
  intervals: Interval[];
}

/** Buckets of the engine that make one interval: at least as long as asked, and few enough intervals. */
const bucketsFor = (exports: EngineExports, seconds: number, most: number): number => {
  const asked = Math.max(1, Math.round((seconds * 1e9) / exports.seriesWidth()));
  const needed = Math.ceil(exports.seriesCount() / asked / most);
  return asked * Math.max(1, needed);
};

const intervalAt = (exports: EngineExports, first: number, buckets: number): Interval => {
  let packets = 0;
  let bytes = 0;
  const end = Math.min(first + buckets, exports.seriesCount());
  for (let bucket = first; bucket < end; bucket++) {
    packets += exports.seriesPackets(bucket);
    bytes += exports.seriesBytes(bucket);
  }
  const width = exports.seriesWidth() / 1e9;
  const seconds = buckets * width;
  return { start_s: rounded(first * width, 9), packets, bytes, mbps: rounded((bytes * 8) / seconds / 1e6, 3) };
};

/** Intervals of `seconds`, or of a multiple of it where there would be more than `most`. The last one may be part of one. */
export const seriesOf = (exports: EngineExports, seconds: number, most: number): Series => {
  // Without packets there are no buckets either.
  if (exports.seriesCount() === 0) return { interval_s: seconds, intervals: [] };
  const buckets = bucketsFor(exports, seconds, most);
  const intervals: Interval[] = [];
  for (let first = 0; first < exports.seriesCount(); first += buckets) {
    intervals.push(intervalAt(exports, first, buckets));
  }
  return { interval_s: rounded((buckets * exports.seriesWidth()) / 1e9, 9), intervals };
};

interface Peak extends Omit<Interval, 'mbps'> {
  /** Null: the capture is too short for a rate. */
  mbps: number | null;
  interval_s: number;
}

/** The interval with most bytes; undefined without packets. Its rate is over no more time than the capture lasts, and none below `least` seconds. */
export const peakOf = (exports: EngineExports, seconds: number, least = leastSeconds): Peak | undefined => {
  const buckets = Math.max(1, Math.round((seconds * 1e9) / exports.seriesWidth()));
  let peak: Interval | undefined;
  for (let first = 0; first < exports.seriesCount(); first += buckets) {
    const interval = intervalAt(exports, first, buckets);
    if (peak === undefined || interval.bytes > peak.bytes) peak = interval;
  }
  if (peak === undefined) return undefined;
  const lasts = secondsOf(exports.latestTime() - exports.earliestTime());
  const interval = rounded(Math.min((buckets * exports.seriesWidth()) / 1e9, lasts), 9);
  return { ...peak, mbps: lasts < least ? null : mbpsOf(peak.bytes, interval), interval_s: interval };
};
