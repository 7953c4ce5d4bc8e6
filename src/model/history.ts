// The rates of the last hour, kept in memory by a server that was started with --history.

export interface RateSample {
  /** Milliseconds since the epoch at which the interval ended. */
  at: number;
  /** Means over the interval; bytes with link-layer headers, as the interface counts them. */
  inPacketsPerSecond: number;
  inBytesPerSecond: number;
  outPacketsPerSecond: number;
  outBytesPerSecond: number;
}

/**
 * Why there is no sample: `absent`: there was no such interface, or it was down; `replaced`: another interface got the name; `reset`: the
 * counters began anew; `suspended`: the host slept; `late`: the process had no processor time, or the kernel did not answer.
 */
export const gapReasons = ['absent', 'replaced', 'reset', 'suspended', 'late'] as const;
export type GapReason = (typeof gapReasons)[number];

export interface RateGap {
  /** Milliseconds since the epoch. */
  from: number;
  to: number;
  reason: GapReason;
}

export interface RateHistory {
  interval_s: number;
  /** Oldest first. */
  samples: readonly RateSample[];
  /** Oldest first; at most the newest 100. Time before the first sample and gap was not watched. */
  missing: readonly RateGap[];
}

export interface History {
  /** The last `seconds` (1 to 3,600) of an interface; undefined for one that is not watched. */
  read(iface: string, seconds: number): RateHistory | undefined;
  /** Names that `read` knows, those that are gone by now too. */
  interfaces(): readonly string[];
}
