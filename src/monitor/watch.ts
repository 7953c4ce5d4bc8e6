// The sampling loop: reads the open counters each interval until the window is over, or the interface is no longer what it was.
import { setTimeout as sleep } from 'node:timers/promises';
import { NetError } from '../model/errors.ts';
import type { DirectionCounts, LinkStatistics, TrafficDirection } from '../model/traffic.ts';
import type { OpenedDirection } from './ladder.ts';
import { difference, intervalBetween, type Interval, type Reading } from './rates.ts';

/** Why a window ended before its time. */
export type EarlyEnd = 'vanished' | 'recreated' | 'renamed' | 'reset';

export interface WatchedDirection {
  direction: TrafficDirection;
  /** Since the window began. */
  counts: DirectionCounts;
  intervals: readonly Interval[];
}

export interface Tick {
  /** Of this interval. */
  index: number;
  directions: readonly { direction: TrafficDirection; interval: Interval; total: DirectionCounts }[];
}

export interface Watched {
  /** Measured. */
  seconds: number;
  directions: readonly WatchedDirection[];
  ended: EarlyEnd | undefined;
  /** What the interface is called now, for `renamed`. */
  nameNow: string | undefined;
  /** The interface's own counters at the first and the last reading. */
  first: LinkStatistics | undefined;
  last: LinkStatistics | undefined;
}

export interface Watch {
  opened: readonly OpenedDirection[];
  iface: string;
  ifindex: number;
  statistics: () => Promise<readonly LinkStatistics[]>;
  durationMs: number;
  intervalMs: number;
  /** Right after the first reading and right before the last one: what is read in between is of no more than the window. */
  afterFirst?: () => Promise<void>;
  beforeLast?: () => Promise<void>;
  /** Told after each interval; the next one waits for it. */
  onTick: (tick: Tick) => Promise<void> | void;
  /** Monotonic milliseconds, and how to wait; other ones in tests. */
  now?: () => number;
  wait?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** Of a view that runs for days the last ones are kept. */
const maxIntervals = 100_000;

/** A timer may fire so much before its time; what is left then makes no interval. */
const earlyMs = 1;

interface Look {
  link: LinkStatistics | undefined;
  readings: readonly Reading[];
}

const waited = async (ms: number, signal: AbortSignal): Promise<void> => {
  await sleep(ms, undefined, { signal });
};

/** By index, which stays through a renaming; where none is known, by name. */
const ownOf = (links: readonly LinkStatistics[], { iface, ifindex }: Watch): LinkStatistics | undefined =>
  links.find((link) => (link.ifindex === 0 ? link.iface === iface : link.ifindex === ifindex));

/** nft hangs its chain on a name: what it counts after a renaming is nobody's. */
const fate = (links: readonly LinkStatistics[], what: Watch): EarlyEnd | undefined => {
  const { opened, iface } = what;
  const same = ownOf(links, what);
  if (same === undefined) return links.some((link) => link.iface === iface) ? 'recreated' : 'vanished';
  const byName = opened.some(({ counter }) => counter.rung === 'nft');
  return same.iface !== iface && byName ? 'renamed' : undefined;
};

const isGone = (error: unknown): boolean => error instanceof NetError && error.code === 'not_found';

/** Ends early, without an error, once the interface is gone; then what was seen before is the answer. */
export const watch = async (what: Watch, signal: AbortSignal): Promise<Watched> => {
  const { opened, statistics, durationMs, intervalMs, onTick, now = () => performance.now(), wait = waited } = what;

  const read = async ({ counter }: OpenedDirection): Promise<Reading> => {
    const before = now();
    const counts = await counter.read();
    // The kernel gave them at some moment in between.
    return { counts, atMs: (before + now()) / 2 };
  };
  const look = async (): Promise<Look | EarlyEnd> => {
    const links = await statistics();
    const early = fate(links, what);
    if (early !== undefined) return early;
    try {
      const readings = await Promise.all(opened.map(read));
      return { link: ownOf(links, what), readings };
    } catch (error) {
      if (!isGone(error)) throw error;
      return fate(await statistics(), what) ?? 'reset';
    }
  };

  const begin = await look();
  if (typeof begin === 'string') {
    const message = begin === 'renamed' ? 'was renamed, and nft counts by name' : 'went away';
    throw new NetError('not_found', `The interface ${what.iface} ${message}.`, 'See get_interfaces, and call again.');
  }
  const startedAt = now();
  await what.afterFirst?.();
  let last = begin;
  let ended: EarlyEnd | undefined;
  let over = false;
  const intervals: Interval[][] = opened.map(() => []);
  for (let index = 1; ended === undefined && !over; index += 1) {
    // What came between may have taken the whole time; one interval there is.
    if (index > 1 && now() - startedAt >= durationMs) break;
    const elapsed = now() - startedAt;
    const passed = Math.floor((elapsed + earlyMs) / intervalMs);
    // A rest shorter than half an interval belongs to the one before: alone it would make a rate out of little.
    const next = (passed + 1.5) * intervalMs > durationMs ? durationMs : (passed + 1) * intervalMs;
    await wait(Math.max(1, Math.ceil(next - elapsed)), signal);
    signal.throwIfAborted();
    over = next === durationMs || now() - startedAt >= durationMs;
    if (over) await what.beforeLast?.();
    const seen = await look();
    if (typeof seen === 'string') {
      ended = seen;
      break;
    }
    const steps = seen.readings.map((reading, at) => intervalBetween(last.readings[at] ?? reading, reading));
    if (steps.includes(undefined)) {
      ended = 'reset';
      break;
    }
    last = seen;
    const directions = opened.flatMap(({ direction }, at) => {
      const interval = steps[at];
      const reading = seen.readings[at];
      const first = begin.readings[at];
      if (interval === undefined || reading === undefined || first === undefined) return [];
      intervals[at]?.push(interval);
      if (index > maxIntervals) intervals[at]?.shift();
      return [{ direction, interval, total: difference(first.counts, reading.counts) }];
    });
    await onTick({ index, directions });
  }

  const directions = opened.flatMap(({ direction }, at): WatchedDirection[] => {
    const first = begin.readings[at];
    const reading = last.readings[at];
    if (first === undefined || reading === undefined) return [];
    return [{ direction, counts: difference(first.counts, reading.counts), intervals: intervals[at] ?? [] }];
  });
  const seconds = Math.max(0, ...directions.map((each) => each.intervals.reduce((sum, one) => sum + one.seconds, 0)));
  const nameNow =
    ended === 'renamed'
      ? (await statistics()).find(({ ifindex }) => ifindex === what.ifindex)?.iface
      : last.link?.iface;
  return { seconds, directions, ended, nameNow, first: begin.link, last: last.link };
};
