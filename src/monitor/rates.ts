// Rates of a window from its intervals: each over the time that was measured, never the nominal one.
import type { DirectionCounts } from '../model/traffic.ts';

export interface Reading {
  /** Monotonic milliseconds. */
  atMs: number;
  counts: DirectionCounts;
}

export interface Interval {
  seconds: number;
  packets: number;
  bytes: number;
}

export interface Rate {
  mean: number;
  min: number;
  max: number;
  p95: number;
}

/** Undefined when a counter ran backwards: it belongs to another interface now, or was set to zero. */
export const intervalBetween = (before: Reading, after: Reading): Interval | undefined => {
  const packets = Number(after.counts.packets - before.counts.packets);
  const bytes = Number(after.counts.bytes - before.counts.bytes);
  const seconds = (after.atMs - before.atMs) / 1000;
  return packets < 0 || bytes < 0 || seconds <= 0 ? undefined : { seconds, packets, bytes };
};

/** The smallest value that at least this part of the values does not exceed (nearest rank). */
export const quantile = (values: readonly number[], part: number): number => {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? 0;
};

const rounded = (value: number): number => (value >= 100 ? Math.round(value) : Math.round(value * 100) / 100);

const rateOf = (intervals: readonly Interval[], amount: (interval: Interval) => number): Rate => {
  const seconds = intervals.reduce((sum, interval) => sum + interval.seconds, 0);
  const total = intervals.reduce((sum, interval) => sum + amount(interval), 0);
  const each = intervals.map((interval) => amount(interval) / interval.seconds);
  return {
    mean: rounded(seconds === 0 ? 0 : total / seconds),
    min: rounded(each.length === 0 ? 0 : Math.min(...each)),
    max: rounded(each.length === 0 ? 0 : Math.max(...each)),
    p95: rounded(quantile(each, 0.95)),
  };
};

export const packetRate = (intervals: readonly Interval[]): Rate => rateOf(intervals, ({ packets }) => packets);
export const bitRate = (intervals: readonly Interval[]): Rate => rateOf(intervals, ({ bytes }) => bytes * 8);

/** What one reading counted more than another; what either cannot count stays undefined. */
export const difference = (before: DirectionCounts, after: DirectionCounts): DirectionCounts => {
  const less = (one: bigint | undefined, other: bigint | undefined): bigint | undefined =>
    one === undefined || other === undefined ? undefined : one - other;
  const known = new Map((before.protocols ?? []).map((each) => [`${each.family} ${each.protocol ?? ''}`, each]));
  return {
    packets: after.packets - before.packets,
    bytes: after.bytes - before.bytes,
    wirePackets: less(after.wirePackets, before.wirePackets),
    wireBytes: less(after.wireBytes, before.wireBytes),
    protocols: after.protocols?.map((each) => {
      const earlier = known.get(`${each.family} ${each.protocol ?? ''}`);
      return {
        ...each,
        packets: each.packets - (earlier?.packets ?? 0n),
        bytes: each.bytes - (earlier?.bytes ?? 0n),
      };
    }),
    multicast: less(after.multicast, before.multicast),
    broadcast: less(after.broadcast, before.broadcast),
    sizes: after.sizes?.map((count, index) => count - (before.sizes?.[index] ?? 0n)),
  };
};
