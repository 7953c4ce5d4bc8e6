// What a list of hops says about a path: a loop, where latency jumps and stays, why the target was not reached.
import { milliseconds } from './hops.ts';

export const median = (values: readonly number[]): number | null => {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle];
  if (upper === undefined) return null;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
};

interface Heard {
  hop_number: number;
  ip: string | null;
  /** Typical round-trip time in milliseconds; null when it did not answer. */
  typical_ms: number | null;
}

export interface LatencyStep {
  /** The hop from which on it is slower. */
  hop_number: number;
  ip: string | null;
  from_ms: number;
  to_ms: number;
  added_ms: number;
}

/** A rise that is worth naming: milliseconds, and share of the whole. */
const smallest = { addedMs: 5, share: 0.15 };

/**
 * Where latency rises and stays. What every later hop also has is the path's; what a single hop has beyond that is its own
 * slowness in answering, since routers answer probes when they have nothing better to do.
 */
export const latencySteps = (hops: readonly Heard[]): LatencyStep[] => {
  const heard = hops.flatMap(({ hop_number, ip, typical_ms: ms }) => (ms === null ? [] : [{ hop_number, ip, ms }]));
  const lasting = heard.map((hop, index) => ({
    ...hop,
    ms: Math.min(...heard.slice(index).map(({ ms }) => ms)),
  }));
  const whole = lasting.at(-1)?.ms ?? 0;
  return lasting.flatMap(({ hop_number, ip, ms }, index) => {
    const before = lasting[index - 1]?.ms ?? 0;
    const added = ms - before;
    if (added < smallest.addedMs || added < smallest.share * whole) return [];
    return [
      {
        hop_number,
        ip,
        from_ms: milliseconds(before),
        to_ms: milliseconds(ms),
        added_ms: milliseconds(added),
      },
    ];
  });
};

/** The hops between which a path goes round: an address that comes back twice with others between. */
export const loopIn = (hops: readonly Pick<Heard, 'hop_number' | 'ip'>[]): number[] => {
  const places = new Map<string, number[]>();
  for (const { ip, hop_number } of hops) {
    if (ip !== null) places.set(ip, [...(places.get(ip) ?? []), hop_number]);
  }
  const apart = (numbers: readonly number[]): boolean =>
    numbers.filter((number, index) => number - (numbers[index - 1] ?? number) > 1).length >= 2;
  return [...places.values()].find((numbers) => numbers.length >= 3 && apart(numbers)) ?? [];
};

interface End {
  reached: boolean;
  hops: readonly { hop_number: number; ip: string | null; received: number; error: string | null }[];
  total: number;
  udp: boolean;
}

/** Why the target was not reached, as one sentence; undefined when it was. */
export const whyNotReached = ({ reached, hops, total, udp }: End): string | undefined => {
  if (reached) return undefined;
  const last = hops.findLast(({ received, error }) => received > 0 || error !== null);
  const other = udp ? 'method icmp (as root)' : 'method udp';
  if (last === undefined) {
    return `Nothing answered on ${total} hop${total === 1 ? '' : 's'}: probes or answers are dropped near this host, or the way there is down; try ${other}.`;
  }
  if (last.error !== null) {
    return last.ip === null
      ? `No probe got out: ${last.error}.`
      : `The path ends at hop ${last.hop_number}: ${last.ip} says ${last.error}.`;
  }
  const loop = loopIn(hops);
  if (loop.length > 0) return `Packets go round: the same router answers at hops ${loop.slice(0, 4).join(', ')}.`;
  if (last.hop_number >= total) return `The target is farther than ${total} hops; allow more with max_hops.`;
  return `Silence after hop ${last.hop_number} (${last.ip ?? ''}): the target or a filter before it drops these probes, or the way on is down; try ${other}.`;
};

/** What the target itself says against the probes that reached it. */
export const refusalBy = (target: { error: string | null } | undefined): string[] => {
  const error = target?.error ?? null;
  return error === null ? [] : [`The target refuses these probes: ${error}.`];
};

/** Where a rise is more than distance on one continent explains. */
const slowMs = 50;

export const slowSteps = (steps: readonly LatencyStep[]): string[] =>
  steps
    .filter(({ added_ms: added }) => added >= slowMs)
    .map(
      ({ hop_number: hop, from_ms: from, to_ms: to }) =>
        `Latency rises from ${from} to ${to} ms at hop ${hop} and stays.`,
    );
