// Path MTU discovery (RFC 1191, RFC 8201) with the search of RFC 8899 for paths that drop large packets without a word.
import { smallProbeBytes, smallestMtuOf, type Verdict } from './mtu-probe.ts';
import type { IpVersion } from '../../model/probe.ts';

/** Sizes that real links have, tried when a router names none (RFC 1191, section 7.1, and tunnels of today). */
const plateaus = [65_535, 32_000, 17_914, 9000, 8166, 4352, 2002, 1500, 1492, 1480, 1420, 1280, 1006, 508, 296, 68];

export const nextLower = (bytes: number, family: IpVersion): number =>
  Math.max(smallestMtuOf(family), plateaus.find((plateau) => plateau < bytes) ?? 0);

export interface MtuDrop {
  from_bytes: number;
  to_bytes: number;
  /** Who said so; null for this host. */
  told_by: string | null;
  /** The router named no size, or one that cannot be. */
  guessed: boolean;
}

export interface Descent {
  drops: MtuDrop[];
  /** The largest packet that passed; undefined when even the smallest did not. */
  passes: number | undefined;
  /** A size that vanishes while a small packet passes. */
  vanishes: number | undefined;
}

/** Asks whether packets of a size reach the end of the path. */
export type Ask = (bytes: number) => Promise<Verdict>;

const stepDown = (bytes: number, verdict: Extract<Verdict, { kind: 'too_big' }>, family: IpVersion): MtuDrop => {
  const { told, from } = verdict;
  const usable = told !== null && told < bytes && told >= smallestMtuOf(family);
  return {
    from_bytes: bytes,
    to_bytes: usable ? told : nextLower(bytes, family),
    told_by: from,
    guessed: !usable,
  };
};

/** From the largest size down to the first that passes, by what routers tell. Ends when one of them tells nothing useful. */
export const descend = async (largest: number, family: IpVersion, ask: Ask): Promise<Descent> => {
  const drops: MtuDrop[] = [];
  for (let bytes = largest; ;) {
    const verdict = await ask(bytes);
    if (verdict.kind === 'passes') return { drops, passes: bytes, vanishes: undefined };
    if (verdict.kind === 'silence') {
      const small = await ask(smallProbeBytes);
      // A second look, since the end of the path may have been silent for a moment.
      const again = small.kind === 'passes' ? await ask(bytes) : verdict;
      if (again.kind === 'passes') return { drops, passes: bytes, vanishes: undefined };
      const passes = small.kind === 'passes' ? smallProbeBytes : undefined;
      return { drops, passes, vanishes: passes === undefined ? undefined : bytes };
    }
    const drop = stepDown(bytes, verdict, family);
    if (drop.to_bytes >= bytes) return { drops, passes: undefined, vanishes: undefined };
    drops.push(drop);
    bytes = drop.to_bytes;
  }
};

/** `count` sizes that cut what lies between into equal parts. */
export const sizesBetween = (passes: number, vanishes: number, count: number): number[] => {
  const gap = vanishes - passes;
  const parts = Math.min(count + 1, gap);
  return Array.from({ length: Math.max(0, parts - 1) }, (_, index) => passes + Math.floor((gap * (index + 1)) / parts));
};

/** Narrows down to the largest size that passes; `width` sizes are asked at the same time. */
export const searchBetween = async (
  bounds: { passes: number; vanishes: number },
  width: number,
  ask: Ask,
): Promise<{ passes: number; vanishes: number }> => {
  let { passes, vanishes } = bounds;
  while (vanishes - passes > 1) {
    const sizes = sizesBetween(passes, vanishes, width);
    const verdicts = await Promise.all(sizes.map(ask));
    const lost = sizes.filter((_, index) => verdicts[index]?.kind !== 'passes');
    const through = sizes.filter((size, index) => verdicts[index]?.kind === 'passes' && size < (lost[0] ?? vanishes));
    vanishes = lost[0] ?? vanishes;
    passes = through.at(-1) ?? passes;
  }
  return { passes, vanishes };
};
