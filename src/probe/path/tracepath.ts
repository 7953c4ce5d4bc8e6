// tracepath: the hops to the target and the largest packet that gets there whole, where it shrinks and who said so, and where
// large packets vanish without a word (a black hole).
import { askSize, largestProbeOf, smallProbeBytes, smallestMtuOf, type Patience, type Verdict } from './mtu-probe.ts';
import { descend, searchBetween, type MtuDrop } from './mtu-search.ts';
import { whyNotReached } from './findings.ts';
import { cutSilence, hopsOf, knownHops, type Hop } from './hops.ts';
import type { Prober } from './prober.ts';
import { tracePath, type Run } from './traceroute.ts';

export interface TracepathRequest {
  target: string;
  maxHops: number;
  timeoutMs: number;
}

export interface MtuChange extends MtuDrop {
  /** Packets of the old size get to this hop and no further; 0 is this host, null when it could not be told. */
  hop_number: number | null;
}

export interface BlackHole {
  /** Large packets still get to this hop; null when it could not be told. */
  after_hop: number | null;
  after_ip: string | null;
  passes_bytes: number;
  vanishes_bytes: number;
}

export interface PathMtu {
  hops: (Hop & { mtu_bytes: number | null })[];
  silentHopsCut: number;
  reached: boolean;
  /** The target's hop, or the last that answered. */
  totalHops: number;
  /** Up to here it was probed: where the path ends, or the last hop that was asked. */
  probedHops: number;
  /** Null when nothing answered. */
  pmtuBytes: number | null;
  /** The hop that answered for the path: the target, or the last that did. */
  measuredTo: number | null;
  interfaceMtuBytes: number | null;
  changes: MtuChange[];
  blackHole: BlackHole | null;
  issues: string[];
}

/** As traceroute does, each hop is asked more than once before it counts as silent. */
const probesPerHop = 2;
const wideSearch = 8;

interface Scene {
  prober: Prober;
  run: Run;
  hops: readonly Hop[];
  patience: Patience;
}

const ask = ({ prober, run, patience }: Scene, hop: number, bytes: number): Promise<Verdict> =>
  askSize(prober, { bytes, hop }, patience, run.signal);

/** The first of the hops for which it holds, given that it holds for all after it; none asked twice. */
const firstWhere = async (hops: readonly Hop[], holds: (hop: Hop) => Promise<boolean>): Promise<number> => {
  let low = 0;
  let high = hops.length;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const hop = hops[middle];
    if (hop !== undefined && (await holds(hop))) high = middle;
    else low = middle + 1;
  }
  return low;
};

/** The hop that told: by its address, else the last before packets of that size come back as too large. */
const hopOfDrop = async (scene: Scene, { told_by, from_bytes }: MtuDrop, end: number): Promise<number | null> => {
  if (told_by === null) return 0;
  const known = scene.hops.find(({ addresses }) => addresses.includes(told_by));
  if (known !== undefined && !known.is_destination) return known.hop_number;
  const candidates = Array.from({ length: end }, (_, index) => index + 1).flatMap(
    (number) => scene.hops.find(({ hop_number }) => hop_number === number) ?? [],
  );
  const first = await firstWhere(candidates, async (hop) => {
    const verdict = await ask(scene, hop.hop_number, from_bytes);
    return verdict.kind === 'too_big' && verdict.from === told_by;
  });
  const beyond = candidates[first];
  return beyond === undefined ? null : beyond.hop_number - 1;
};

const locateHole = async (
  scene: Scene,
  bytes: number,
  end: number,
): Promise<Pick<BlackHole, 'after_hop' | 'after_ip'>> => {
  const answering = scene.hops.filter(({ received, hop_number }) => received > 0 && hop_number <= end);
  const first = await firstWhere(
    answering,
    async (hop) => (await ask(scene, hop.hop_number, bytes)).kind === 'silence',
  );
  const after = answering[first - 1];
  return after === undefined ? { after_hop: 0, after_ip: null } : { after_hop: after.hop_number, after_ip: after.ip };
};

const mtuUpTo = (hop: number, changes: readonly MtuChange[], hole: BlackHole | null, largest: number): number => {
  const told = changes
    .filter(({ hop_number }) => hop_number !== null && hop_number < hop)
    .map(({ to_bytes }) => to_bytes);
  const swallowed = hole !== null && hop > (hole.after_hop ?? 0) ? [hole.passes_bytes] : [];
  return Math.min(largest, ...told, ...swallowed);
};

const issuesOf = (result: Omit<PathMtu, 'issues'>, failure: string | undefined, scene: Scene): string[] => {
  const { blackHole: hole, pmtuBytes, changes, measuredTo } = result;
  const small = smallestMtuOf(6);
  const after = hole?.after_hop ?? 0;
  const where = after === 0 ? 'on the way' : `after hop ${after} (${hole?.after_ip ?? ''})`;
  return [
    ...(failure === undefined ? [] : [failure]),
    ...(hole === null
      ? []
      : [
          `Black hole for large packets ${where}: ${hole.passes_bytes} bytes pass, ${hole.vanishes_bytes} bytes and more vanish and no router says so; allow ICMP "too big" there, or lower the MTU or clamp the MSS here.`,
        ]),
    ...(scene.prober.family === 6 && pmtuBytes !== null && pmtuBytes < small
      ? [`A path of IPv6 must carry ${small} bytes (RFC 8200); this one carries ${pmtuBytes}.`]
      : []),
    ...changes
      .filter(({ guessed, told_by }) => guessed && told_by !== null)
      .map(({ told_by }) => `${told_by ?? ''} says that packets are too large without naming a usable size.`),
    ...(pmtuBytes === null && measuredTo !== null
      ? ['The path MTU could not be measured: the end of the path stopped answering.']
      : []),
  ];
};

export const tracepath = async (prober: Prober, request: TracepathRequest, run: Run): Promise<PathMtu> => {
  const { target, maxHops, timeoutMs } = request;
  const quiet: Run = { signal: run.signal, progress: () => undefined };
  const path = await tracePath(prober, { target, maxHops, timeoutMs, probesPerHop }, quiet);
  run.progress(1, 3, 'the hops are known; measuring the largest packet');
  const udp = prober.method === 'udp';
  const { hops, destination } = hopsOf(path, { target, family: prober.family, udp });
  const last = hops.findLast(({ received }) => received > 0);
  const end = destination ?? last?.hop_number ?? null;
  const slowest = Math.max(0, ...hops.flatMap(({ latency_ms: times }) => times));
  // Echo replies come at any rate; ICMP errors, the only answer of routers and of closed ports, one a second.
  const echoes = destination !== undefined && !udp;
  const scene: Scene = {
    prober,
    run,
    hops,
    patience: {
      tries: 3,
      spacingMs: echoes ? 100 : 1050,
      waitMs: Math.min(timeoutMs, Math.max(500, 5 * slowest)),
    },
  };
  const measured = end === null ? undefined : await measure(scene, end);
  const { kept, cut } = cutSilence(hops);
  const probedHops = destination ?? path.end() ?? path.probed();
  const changes = measured?.changes ?? [];
  const own = changes.findLast(({ told_by }) => told_by === null);
  const blackHole = measured?.blackHole ?? null;
  const result = {
    hops: kept.map((hop) => ({
      ...hop,
      mtu_bytes:
        measured === undefined || measured.pmtuBytes === null || hop.received === 0
          ? null
          : mtuUpTo(hop.hop_number, changes, blackHole, measured.largest),
    })),
    silentHopsCut: cut,
    reached: destination !== undefined,
    totalHops: destination ?? knownHops(hops),
    probedHops,
    pmtuBytes: measured?.pmtuBytes ?? null,
    measuredTo: end,
    interfaceMtuBytes: own?.to_bytes ?? null,
    changes: changes.filter(({ told_by }) => told_by !== null),
    blackHole,
  };
  const failure = whyNotReached({ reached: result.reached, hops: kept, total: probedHops, udp });
  return { ...result, issues: issuesOf(result, failure, scene) };
};

interface Measured {
  pmtuBytes: number | null;
  largest: number;
  changes: MtuChange[];
  blackHole: BlackHole | null;
}

const measure = async (scene: Scene, end: number): Promise<Measured> => {
  const { family } = scene.prober;
  const toEnd = (bytes: number): Promise<Verdict> => ask(scene, end, bytes);
  const { drops, passes, vanishes } = await descend(largestProbeOf(family), family, toEnd);
  scene.run.progress(2, 3, 'finding the hops where it shrinks');
  const changes: MtuChange[] = [];
  for (const drop of drops) changes.push({ ...drop, hop_number: await hopOfDrop(scene, drop, end) });
  const largest = drops.findLast(({ told_by }) => told_by === null)?.to_bytes ?? largestProbeOf(family);
  if (passes === undefined || vanishes === undefined) {
    return { pmtuBytes: passes ?? null, largest, changes, blackHole: null };
  }
  const width = scene.patience.spacingMs < 1000 ? wideSearch : 1;
  const found = await searchBetween({ passes: Math.max(passes, smallProbeBytes), vanishes }, width, toEnd);
  const place = await locateHole(scene, found.vanishes, end);
  const blackHole = { ...place, passes_bytes: found.passes, vanishes_bytes: found.vanishes };
  return { pmtuBytes: found.passes, largest, changes, blackHole };
};
