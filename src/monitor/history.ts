// Rates of interfaces over the last hour: readings once a second become means, kept in rings of fixed size; what is lacking is said.
import type { GapReason, History, RateGap } from '../model/history.ts';
import type { LinkStatistics } from '../model/traffic.ts';
import { counterStep } from './counter-step.ts';
import { createRing, type Ring } from './ring.ts';

export const sampleIntervalS = 1;
export const historySeconds = 3600;
/** About 150 KB each. */
export const mostInterfaces = 32;
const mostGaps = 100;
/** A mean over more than this hides too much to stand for its second. */
const latestMs = 3000;
/** A sleep shorter than this looks like a late timer. */
const sleepMs = 500;

/** When a reading was taken, in milliseconds: by the wall clock, by one that runs on in suspend, and by one that does not. */
export interface Instant {
  wall: number;
  boot: number;
  running: number;
}

interface Series {
  ifindex: number;
  /** Undefined while it is gone. */
  last: LinkStatistics | undefined;
  /** boot, in packets, in bytes, out packets, out bytes. */
  samples: Ring;
  gaps: { from: number; to: number; reason: GapReason }[];
  /** When it was last looked for. */
  seen: Instant;
}

export interface HistoryRecorder extends History {
  /** Takes a reading of the interfaces that `choose` picks; others keep what they have. */
  add(at: Instant, links: readonly LinkStatistics[]): void;
}

export interface HistoryOptions {
  /** Names to watch; undefined: all that are up and no loopback. */
  names: readonly string[] | undefined;
  /** Kept whatever else there is: the default route's. */
  preferred?: () => string | undefined;
}

const ratesBetween = (before: LinkStatistics, after: LinkStatistics, seconds: number): number[] | undefined => {
  const steps = [
    counterStep(before.rxPackets, after.rxPackets),
    counterStep(before.rxBytes, after.rxBytes),
    counterStep(before.txPackets, after.txPackets),
    counterStep(before.txBytes, after.txBytes),
  ];
  const rates = steps.flatMap((step) => (step === undefined ? [] : [Number(step) / seconds]));
  return rates.length === steps.length ? rates : undefined;
};

/** Gaps that touch and have one reason are one. */
const addGap = ({ gaps }: Series, from: number, to: number, reason: GapReason): void => {
  const last = gaps.at(-1);
  if (last?.reason === reason && last.to === from) last.to = to;
  else gaps.push({ from, to, reason });
  if (gaps.length > mostGaps) gaps.shift();
};

export const createHistory = ({ names, preferred }: HistoryOptions): HistoryRecorder => {
  const byName = new Map<string, Series>();
  let previous: Instant | undefined;
  let wallMinusBoot = 0;

  const chosen = (links: readonly LinkStatistics[]): LinkStatistics[] => {
    if (names !== undefined) return links.filter(({ iface }) => names.includes(iface)).slice(0, mostInterfaces);
    const first = preferred?.();
    const rank = ({ iface }: LinkStatistics): number => (iface === first ? 0 : byName.has(iface) ? 1 : 2);
    return links
      .filter(({ up, loopback, iface }) => (up && !loopback) || iface === first)
      .toSorted((one, other) => rank(one) - rank(other) || one.ifindex - other.ifindex)
      .slice(0, mostInterfaces);
  };

  /** Room for one more, taken from the one that has been gone for longest. */
  const makeRoom = (): void => {
    if (byName.size < mostInterfaces) return;
    const gone = [...byName].filter(([, { last }]) => last === undefined);
    const since = ([, { gaps }]: (typeof gone)[number]): number => gaps.at(-1)?.from ?? 0;
    const [oldest] = gone.sort((one, other) => since(one) - since(other));
    if (oldest !== undefined) byName.delete(oldest[0]);
  };

  /** The series of a device moves along with its new name. */
  const rename = (links: readonly LinkStatistics[]): void => {
    const moved = [...byName].flatMap(([name, series]) => {
      const link = links.find(({ ifindex }) => ifindex === series.ifindex && ifindex !== 0);
      return link === undefined || link.iface === name || series.last === undefined
        ? []
        : [{ name, series, to: link.iface }];
    });
    for (const { name } of moved) byName.delete(name);
    for (const { series, to } of moved) byName.set(to, series);
  };

  const seriesOf = (link: LinkStatistics, at: Instant): Series | undefined => {
    const known = byName.get(link.iface);
    if (known !== undefined) return known;
    makeRoom();
    if (byName.size >= mostInterfaces) return undefined;
    const samples = createRing(historySeconds, 5);
    const made: Series = { ifindex: link.ifindex, last: undefined, samples, gaps: [], seen: at };
    byName.set(link.iface, made);
    return made;
  };

  const step = (series: Series, link: LinkStatistics, at: Instant): void => {
    const { last, seen } = series;
    const other = link.ifindex !== series.ifindex;
    const elapsed = at.running - seen.running;
    const slept = at.boot - seen.boot - elapsed;
    series.ifindex = link.ifindex;
    series.last = link;
    series.seen = at;
    if (elapsed <= 0) return;
    const gap = (reason: GapReason): void => {
      addGap(series, seen.boot, at.boot, reason);
    };
    if (slept >= sleepMs) gap('suspended');
    else if (other) gap('replaced');
    else if (last === undefined) gap('absent');
    else if (elapsed > latestMs) gap('late');
    else {
      const rates = ratesBetween(last, link, elapsed / 1000);
      if (rates === undefined) gap('reset');
      else series.samples.push([at.boot, ...rates]);
    }
  };

  return {
    add(at, links) {
      wallMinusBoot = at.wall - at.boot;
      rename(links);
      const picked = chosen(links);
      for (const [name, series] of byName) {
        if (picked.some(({ iface }) => iface === name)) continue;
        if (at.boot > series.seen.boot) addGap(series, series.seen.boot, at.boot, 'absent');
        series.seen = at;
        series.last = undefined;
      }
      for (const link of picked) {
        const series = seriesOf(link, at);
        if (series !== undefined) step(series, link, at);
      }
      previous = at;
    },
    read(iface, seconds) {
      const series = byName.get(iface);
      if (series === undefined || previous === undefined) return undefined;
      const from = previous.boot - seconds * 1000;
      // By the wall clock as it is now: it may have been set meanwhile.
      const wall = (boot: number): number => Math.round(boot + wallMinusBoot);
      return {
        interval_s: sampleIntervalS,
        samples: series.samples
          .rows()
          .flatMap(([boot = 0, inPackets = 0, inBytes = 0, outPackets = 0, outBytes = 0]) =>
            boot <= from
              ? []
              : [
                  {
                    at: wall(boot),
                    inPacketsPerSecond: inPackets,
                    inBytesPerSecond: inBytes,
                    outPacketsPerSecond: outPackets,
                    outBytesPerSecond: outBytes,
                  },
                ],
          ),
        missing: series.gaps
          .filter(({ to }) => to > from)
          .map((gap): RateGap => ({ from: wall(Math.max(gap.from, from)), to: wall(gap.to), reason: gap.reason })),
      };
    },
    interfaces: () => [...byName.keys()],
  };
};
