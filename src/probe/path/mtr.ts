// mtr: rounds of probes to every hop, statistics for each, and what they mean: which loss is the path's, where latency rises.
import { setTimeout as pause } from 'node:timers/promises';
import { latencySteps, median, refusalBy, slowSteps, whyNotReached, type LatencyStep } from './findings.ts';
import { cutSilence, hopsOf, knownHops, mean, milliseconds, percent, type Hop } from './hops.ts';
import { readLoss, type LossMeaning, type LossReading } from './loss.ts';
import { createPath, paceOf } from './path.ts';
import type { Prober } from './prober.ts';
import type { Run } from './traceroute.ts';

export interface MtrRequest {
  target: string;
  rounds: number;
  intervalMs: number;
  timeoutMs: number;
  maxHops: number;
}

export interface MtrHop {
  hop_number: number;
  ip: string | null;
  addresses: string[];
  sent: number;
  received: number;
  loss_percent: number;
  last_ms: number | null;
  avg_ms: number | null;
  best_ms: number | null;
  worst_ms: number | null;
  stddev_ms: number | null;
  /** Mean difference between two answers in a row. */
  jitter_ms: number | null;
  is_destination: boolean;
  error: string | null;
  typical_ms: number | null;
}

export interface MtrReport {
  hops: (MtrHop & { loss_is: LossMeaning; rate_limited: boolean })[];
  silentHopsCut: number;
  reached: boolean;
  /** The target's hop, or the last that answered. */
  totalHops: number;
  /** Up to here it was probed: where the path ends, or the last hop that was asked. */
  probedHops: number;
  /** Of the target; null when it did not answer. */
  targetLossPercent: number | null;
  lossBeginsAt: number | null;
  latencySteps: LatencyStep[];
  issues: string[];
}

const stddev = (values: readonly number[]): number | null => {
  if (values.length === 0) return null;
  const average = values.reduce((sum, value) => sum + value, 0) / values.length;
  return milliseconds(Math.sqrt(values.reduce((sum, value) => sum + (value - average) ** 2, 0) / values.length));
};

const rowOf = (hop: Hop): MtrHop => {
  const { latency_ms: times, sent, received } = hop;
  const steps = times.slice(1).map((time, index) => Math.abs(time - (times[index] ?? time)));
  return {
    hop_number: hop.hop_number,
    ip: hop.ip,
    addresses: hop.addresses,
    sent,
    received,
    loss_percent: percent(sent - received, sent),
    last_ms: times.at(-1) ?? null,
    avg_ms: mean(times),
    best_ms: times.length === 0 ? null : Math.min(...times),
    worst_ms: times.length === 0 ? null : Math.max(...times),
    stddev_ms: stddev(times),
    jitter_ms: mean(steps),
    is_destination: hop.is_destination,
    error: hop.error,
    typical_ms: median(times),
  };
};

const lossIssue = (rows: readonly MtrHop[], { beginsAt, between }: LossReading): string | undefined => {
  const first = rows.find(({ hop_number: number }) => number === beginsAt);
  const target = rows.at(-1);
  if (target !== undefined && between !== null) {
    const after = between.after === 0 ? '' : `after hop ${between.after} and `;
    return `${target.loss_percent} % of the probes to the target are lost; ${target.sent} are too few to tell where the loss begins (${after}at hop ${between.atLatest} at the latest): raise count.`;
  }
  if (first === undefined || target === undefined) return undefined;
  const where =
    first === target ? 'on the last link or at the target itself' : `at hop ${first.hop_number} (${first.ip ?? ''})`;
  return `${target.loss_percent} % of the probes to the target are lost; the loss begins ${where}.`;
};

/** Reads the rows of any engine: `reached` is told by the address alone, whatever name it has. */
export const reportOf = (all: readonly MtrHop[], { total, udp }: { total: number; udp: boolean }): MtrReport => {
  const destination = all.find(({ is_destination: here }) => here);
  const reached = destination !== undefined;
  const rows = destination === undefined ? all : all.slice(0, all.indexOf(destination) + 1);
  const { kept, cut } = cutSilence(rows);
  const reading = readLoss(kept, reached);
  const failure = whyNotReached({ reached, hops: kept, total, udp });
  const loss = lossIssue(kept, reading);
  const steps = latencySteps(kept);
  return {
    hops: kept.map((row, index) => {
      const loss_is = reading.meanings[index] ?? 'unknown';
      return { ...row, loss_is, rate_limited: loss_is === 'icmp_rate_limiting' || loss_is === 'icmp_silence' };
    }),
    silentHopsCut: cut,
    reached,
    totalHops: destination?.hop_number ?? knownHops(kept),
    probedHops: destination?.hop_number ?? total,
    targetLossPercent: destination?.loss_percent ?? null,
    lossBeginsAt: reading.beginsAt,
    latencySteps: steps,
    issues: [
      ...(failure === undefined ? [] : [failure]),
      ...(loss === undefined ? [] : [loss]),
      ...refusalBy(destination),
      ...slowSteps(steps),
    ],
  };
};

export const mtr = async (prober: Prober, request: MtrRequest, run: Run): Promise<MtrReport> => {
  const { target, rounds, intervalMs, timeoutMs, maxHops } = request;
  const path = createPath(prober, { target, maxHops, timeoutMs }, run.signal);
  const started = performance.now();
  await path.discover();
  run.progress(1, rounds, `round 1 of ${rounds}`);
  // Finding the path may have taken longer than a round; those after it keep their distance all the same.
  const offset = Math.max(0, performance.now() - started - intervalMs);
  for (let round = 2; round <= rounds; round += 1) {
    const due = started + offset + (round - 1) * intervalMs - performance.now();
    if (due > 0) await pause(due, undefined, { signal: run.signal });
    const gap = Math.min(paceOf(prober), (0.8 * intervalMs) / path.limit());
    for (let hop = 1; hop <= path.limit(); hop += 1) {
      path.send(hop);
      await pause(gap, undefined, { signal: run.signal });
    }
    run.progress(round, rounds, `round ${round} of ${rounds}, ${path.limit()} hops`);
  }
  await path.settle();
  const udp = prober.method === 'udp';
  const { hops } = hopsOf(path, { target, family: prober.family, udp });
  return reportOf(hops.map(rowOf), { total: path.end() ?? path.probed(), udp });
};
