// Figures over round-trip times in milliseconds, rounded to microseconds.

export interface LatencyFigures {
  min: number;
  avg: number;
  max: number;
  /** Of the sample, not estimated for a population; ping calls it mdev. */
  stddev: number;
  /** Mean of the absolute differences of consecutive replies; null with fewer than two. */
  jitter: number | null;
  /** Nearest rank. */
  p95: number;
}

export const roundMs = (ms: number): number => Math.round(ms * 1000) / 1000;

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** In the order of sending; undefined for none. */
export const figuresOf = (latencies: readonly number[]): LatencyFigures | undefined => {
  const sorted = [...latencies].sort((left, right) => left - right);
  const [min] = sorted;
  const max = sorted.at(-1);
  const p95 = sorted[Math.ceil(sorted.length * 0.95) - 1];
  if (min === undefined || max === undefined || p95 === undefined) return undefined;
  const avg = mean(latencies);
  const steps = latencies.slice(1).map((value, index) => Math.abs(value - (latencies[index] ?? value)));
  return {
    min: roundMs(min),
    avg: roundMs(avg),
    max: roundMs(max),
    stddev: roundMs(Math.sqrt(mean(latencies.map((value) => (value - avg) ** 2)))),
    jitter: steps.length === 0 ? null : roundMs(mean(steps)),
    p95: roundMs(p95),
  };
};

/** Of what was sent, one decimal. */
export const lossPercent = (sent: number, received: number): number =>
  sent === 0 ? 100 : Math.round((1000 * Math.max(0, sent - received)) / sent) / 10;

/** `12.8ms`, `0.064ms`: as much as a reader needs. */
export const showMs = (ms: number): string => `${ms.toFixed(ms >= 1 ? 1 : 3)}ms`;
