// traceroute: every hop to the target by its address, with several probes each, many hops at a time.
import { setTimeout as pause } from 'node:timers/promises';
import { latencySteps, median, refusalBy, slowSteps, whyNotReached } from './findings.ts';
import { cutSilence, hopsOf, knownHops, type Hop } from './hops.ts';
import { createPath, paceOf, type Path } from './path.ts';
import type { Prober } from './prober.ts';

export interface TracerouteRequest {
  target: string;
  maxHops: number;
  timeoutMs: number;
  probesPerHop: number;
}

export interface Trace {
  hops: Hop[];
  /** Silent hops at the end that were left out. */
  silentHopsCut: number;
  reached: boolean;
  /** The target's hop, or the last that answered. */
  totalHops: number;
  /** Up to here it was probed: where the path ends, or the last hop that was asked. */
  probedHops: number;
  issues: string[];
}

export interface Run {
  signal: AbortSignal;
  progress: (done: number, total: number | null, message: string) => void;
}

/** Between two probes to one router; its tokens for ICMP errors come back meanwhile. */
const roundMs = 100;

const rounds = async (path: Path, prober: Prober, { probesPerHop }: TracerouteRequest, run: Run): Promise<void> => {
  for (let round = 2; round <= probesPerHop; round += 1) {
    const started = performance.now();
    for (let hop = 1; hop <= path.limit(); hop += 1) {
      path.send(hop);
      await pause(paceOf(prober), undefined, { signal: run.signal });
    }
    run.progress(round, probesPerHop, `probe ${round} of ${probesPerHop} sent to ${path.limit()} hops`);
    const left = roundMs - (performance.now() - started);
    if (left > 0) await pause(left, undefined, { signal: run.signal });
  }
};

/** Probes the path and leaves the outcomes in it. */
export const tracePath = async (prober: Prober, request: TracerouteRequest, run: Run): Promise<Path> => {
  const { target, maxHops, timeoutMs, probesPerHop } = request;
  const path = createPath(prober, { target, maxHops, timeoutMs }, run.signal);
  await path.discover();
  // Where nothing has ended the path yet, answers on their way may still do so: then fewer hops are asked again.
  await path.settle(() => path.end() !== undefined);
  run.progress(1, probesPerHop, `probe 1 of ${probesPerHop} sent to ${path.limit()} hops`);
  await rounds(path, prober, request, run);
  await path.settle();
  return path;
};

const issuesOf = (hops: readonly Hop[], reached: boolean, total: number, udp: boolean): string[] => {
  const failure = whyNotReached({ reached, hops, total, udp });
  const target = hops.find(({ is_destination: here }) => here);
  const lost = target === undefined ? 0 : target.sent - target.received;
  const steps = latencySteps(hops.map((hop) => ({ ...hop, typical_ms: median(hop.latency_ms) })));
  return [
    ...(failure === undefined ? [] : [failure]),
    ...(lost === 0
      ? []
      : [`The target left ${lost} of ${target?.sent ?? 0} probes unanswered; mtr tells where loss begins.`]),
    ...refusalBy(target),
    ...slowSteps(steps),
  ];
};

export const traceroute = async (prober: Prober, request: TracerouteRequest, run: Run): Promise<Trace> => {
  const path = await tracePath(prober, request, run);
  const udp = prober.method === 'udp';
  const { hops, destination } = hopsOf(path, { target: request.target, family: prober.family, udp });
  const { kept, cut } = cutSilence(hops);
  const probedHops = destination ?? path.end() ?? path.probed();
  return {
    hops: kept,
    silentHopsCut: cut,
    reached: destination !== undefined,
    totalHops: destination ?? knownHops(hops),
    probedHops,
    issues: issuesOf(kept, destination !== undefined, probedHops, udp),
  };
};
