// A hop as people read it: who answered, how fast, how much was lost, and what it said.
import type { IpVersion, ProbeAnswer } from '../../model/probe.ts';
import { fromTarget, isClosedPort, refusalOf, returnHopsOf } from '../answers.ts';
import type { Path } from './path.ts';
import type { Outcome } from './prober.ts';

export interface Hop {
  hop_number: number;
  /** The address that answered most often; null when none did. */
  ip: string | null;
  /** Every address that answered, the most frequent first; several share the load (ECMP) or the path changed. */
  addresses: string[];
  /** Round-trip times in milliseconds, in the order of sending. */
  latency_ms: number[];
  sent: number;
  received: number;
  is_destination: boolean;
  /** Why it refused, in words. */
  error: string | null;
  /** Hops that its answers took back, a guess from their TTL. */
  return_hops: number | null;
}

/** Microseconds are as fine as clocks and readers go. */
export const milliseconds = (value: number): number => Math.round(value * 1000) / 1000;

export const percent = (part: number, whole: number): number =>
  whole === 0 ? 0 : Math.round((1000 * part) / whole) / 10;

export const mean = (values: readonly number[]): number | null =>
  values.length === 0 ? null : milliseconds(values.reduce((sum, value) => sum + value, 0) / values.length);

/** Distinct values, the most frequent first; ties keep their order. */
const byFrequency = <Value>(values: readonly Value[]): Value[] => {
  const counts = new Map<Value, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort(([, left], [, right]) => right - left).map(([value]) => value);
};

const errorOf = (answers: readonly ProbeAnswer[], target: string, family: IpVersion, udp: boolean): string | null => {
  const words = answers
    .filter((answer) => !(udp && isClosedPort(answer, family) && fromTarget(answer, target)))
    .flatMap((answer) => refusalOf(answer, family) ?? []);
  return byFrequency(words)[0] ?? null;
};

interface Where {
  target: string;
  family: IpVersion;
  /** To a UDP probe a closed port of the target is the answer that was hoped for. */
  udp: boolean;
}

const hopOf = (outcomes: readonly Outcome[], index: number, { target, family, udp }: Where): Hop => {
  const inOrder = [...outcomes].sort((left, right) => left.sentAtMs - right.sentAtMs);
  const answers = inOrder.flatMap(({ answer }) => answer ?? []);
  const heard = answers.filter(({ kind }) => kind !== 'local');
  const addresses = byFrequency(heard.flatMap(({ from }) => from ?? []));
  return {
    hop_number: index + 1,
    ip: addresses[0] ?? null,
    addresses,
    latency_ms: inOrder.flatMap(({ rttMs }) => (rttMs === null ? [] : milliseconds(rttMs))),
    sent: outcomes.length,
    received: heard.length,
    is_destination: false,
    error: errorOf(answers, target, family, udp),
    return_hops: byFrequency(heard.flatMap((answer) => returnHopsOf(answer) ?? []))[0] ?? null,
  };
};

export interface HopList {
  hops: Hop[];
  /** The hop at which the target answered. */
  destination: number | undefined;
}

/**
 * The hops up to the end. The target is the first hop where it answered and ended the path, else the last one from which its
 * address spoke (a router that translates addresses answers for the target before the target does).
 */
export const hopsOf = (path: Pick<Path, 'hops' | 'end'>, where: Where): HopList => {
  const all = path.hops();
  const spoke = all.map((outcomes) =>
    outcomes.some(({ answer }) => answer !== null && fromTarget(answer, where.target)),
  );
  const last = spoke.lastIndexOf(true);
  const destination = last === -1 ? undefined : last + 1;
  const hops = all.map((outcomes, index) => hopOf(outcomes, index, where));
  const further = hops.slice(destination).some(({ received, error }) => received > 0 || error !== null);
  return {
    hops: (further ? hops : hops.slice(0, destination)).map((hop) => ({
      ...hop,
      is_destination: hop.hop_number === destination,
    })),
    destination,
  };
};

/** The last hop that answered or refused: so many are known to exist; 0 when none did. */
export const knownHops = (hops: readonly { hop_number: number; received: number; error: string | null }[]): number =>
  hops.findLast(({ received, error }) => received > 0 || error !== null)?.hop_number ?? 0;

/** Silent hops after the last answer, which say nothing further: only the first few are kept. */
export const cutSilence = <Item extends { received: number; error: string | null }>(
  hops: readonly Item[],
  keep = 3,
): { kept: Item[]; cut: number } => {
  const last = hops.findLastIndex(({ received, error }) => received > 0 || error !== null);
  const kept = hops.slice(0, last + 1 + keep);
  return { kept, cut: hops.length - kept.length };
};
