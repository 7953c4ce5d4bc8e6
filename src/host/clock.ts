// The host's two clocks: the wall clock for people, CLOCK_BOOTTIME for deadlines.
import { readFileSync } from 'node:fs';
import type { Clock } from '../model/ports.ts';

/** /proc/uptime is CLOCK_BOOTTIME in seconds with two decimals: 10 ms resolution, no native call. */
const bootTimeMs = (): number => {
  const seconds = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]);
  return Math.round(seconds * 1000);
};

export const createClock = (): Clock => ({ now: () => Date.now(), bootTimeMs });
