// Takes a reading of the interfaces once a second for the history, without keeping the process alive.
import type { History } from '../model/history.ts';
import type { LinkStatistics } from '../model/traffic.ts';
import { createHistory, sampleIntervalS, type Instant } from './history.ts';

/** The default route is looked up again this often, in readings. */
const preferredEvery = 60;

export interface SamplerOptions {
  names: readonly string[] | undefined;
  statistics: () => Promise<readonly LinkStatistics[]>;
  /** The default route's interface. */
  preferred: () => Promise<string | undefined>;
  now: () => Instant;
  /** Told once a failure begins, not every second. */
  warn: (message: string) => void;
}

export interface Sampler extends History {
  stop(): void;
}

/** Begins at once. What cannot be read is missing in the history, and is tried again every second. */
export const startSampler = ({ names, statistics, preferred, now, warn }: SamplerOptions): Sampler => {
  let route: string | undefined;
  const history = createHistory({ names, preferred: () => route });
  let readings = 0;
  let busy = false;
  let failing = false;

  const sample = async (): Promise<void> => {
    // The kernel may take longer than a second to answer; the next reading then covers both.
    if (busy) return;
    busy = true;
    try {
      if (names === undefined && readings % preferredEvery === 0) route = await preferred();
      readings += 1;
      // Before the question: the kernel answers it at once, and this loop may come to the answer late.
      const at = now();
      history.add(at, await statistics());
      failing = false;
    } catch (error) {
      if (!failing) warn(`history: ${error instanceof Error ? error.message : String(error)}`);
      failing = true;
    } finally {
      busy = false;
    }
  };

  void sample();
  const timer = setInterval(() => void sample(), sampleIntervalS * 1000).unref();
  return {
    read: (iface, seconds) => history.read(iface, seconds),
    interfaces: () => history.interfaces(),
    stop: () => {
      clearInterval(timer);
    },
  };
};
