// One question to a path: does a packet of this size, never fragmented on the way, get to this hop? Asked again when nothing comes.
import { constants } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import type { IpVersion, ProbeAnswer } from '../../model/probe.ts';
import type { Outcome, Prober } from './prober.ts';

/** Bytes of IP and ICMP or UDP header. */
export const headerBytesOf = (family: IpVersion): number => (family === 4 ? 28 : 48);

/** RFC 791 and RFC 8200: what every link carries. */
export const smallestMtuOf = (family: IpVersion): number => (family === 4 ? 68 : 1280);

/** The largest packet that a probe socket sends. */
export const largestProbeOf = (family: IpVersion): number => 65_500 + headerBytesOf(family);

/** A packet that passes wherever anything passes. */
export const smallProbeBytes = 128;

export type Verdict =
  | { kind: 'passes'; answer: ProbeAnswer }
  /** `told` is the MTU named, if one was. */
  | { kind: 'too_big'; from: string | null; told: number | null }
  | { kind: 'silence' };

export interface Patience {
  tries: number;
  /** Milliseconds between two tries. */
  spacingMs: number;
  /** Milliseconds to wait after the last one. */
  waitMs: number;
}

const verdictOf = (answer: ProbeAnswer): Verdict => {
  const { kind, from, code, mtu } = answer;
  if (kind === 'too_big') return { kind, from, told: mtu };
  if (kind !== 'local') return { kind: 'passes', answer };
  return code === constants.errno.EMSGSIZE ? { kind: 'too_big', from: null, told: mtu } : { kind: 'silence' };
};

/** The first answer decides; tries overlap, so that a loss costs no more than the spacing. */
export const askSize = async (
  prober: Prober,
  { bytes, hop }: { bytes: number; hop: number },
  { tries, spacingMs, waitMs }: Patience,
  signal: AbortSignal,
): Promise<Verdict> => {
  const probe = {
    hopLimit: hop,
    payloadBytes: bytes - headerBytesOf(prober.family),
    dontFragment: true,
    timeoutMs: waitMs,
  };
  const sent: Promise<Outcome>[] = [];
  let verdict: Verdict | undefined;
  for (let attempt = 1; attempt <= tries && verdict === undefined; attempt += 1) {
    const outcome = prober.probe(probe);
    sent.push(
      outcome.then((known) => {
        if (known.answer !== null) verdict ??= verdictOf(known.answer);
        return known;
      }),
    );
    const enough = attempt === tries ? Promise.all(sent) : pause(spacingMs, undefined, { signal });
    await Promise.race([enough, ...sent.map(answered)]);
  }
  return verdict ?? { kind: 'silence' };
};

/** Settles with the answer; never for a probe without one. */
const answered = async (sent: Promise<Outcome>): Promise<void> => {
  if ((await sent).answer === null) await new Promise<never>(() => undefined);
};
