// Which loss is the path's and which is only a router that answers few probes: loss of the path is seen from there to the target.
// Where the probes are too few to tell, the verdict is `unknown`.

/** What a hop's missing answers mean. */
export const lossMeanings = ['none', 'icmp_rate_limiting', 'icmp_silence', 'path_loss', 'unknown'] as const;
export type LossMeaning = (typeof lossMeanings)[number];

export interface Counted {
  hop_number: number;
  sent: number;
  received: number;
}

export interface LossReading {
  /** By hop, in the order given. */
  meanings: LossMeaning[];
  /** The first hop from which on packets are lost all the way to the target; null when none are, or too few to tell where. */
  beginsAt: number | null;
  /** Too few probes to tell where the target's loss begins: behind this hop (0: this host), and no later than that one. */
  between: { after: number; atLatest: number } | null;
}

const lost = ({ sent, received }: Counted): number => sent - received;
const share = (hop: Counted): number => (hop.sent === 0 ? 0 : lost(hop) / hop.sent);

/** One-sided quantiles of the normal distribution: 99.5 %, since a path has many hops and each may look different by chance. */
const significant = 2.58;
/** 97.5 %, for a hop that lost nothing at all. */
const significantOfNone = 1.96;
/** 95 %: how far above what was seen a hop's true loss may lie. */
const confident = 1.64;

/** So many times the target's loss would be a limit, and a hop counts as like the target when that is ruled out. */
const alikeFactor = 2.25;
/** Lost probes at the target, below which chance alone makes anything look like its loss. */
const fewestLost = 9;

/** The standard error of the difference of two shares. */
const errorOf = (one: Counted, other: Counted): number => {
  const pooled = (lost(one) + lost(other)) / (one.sent + other.sent);
  return Math.sqrt(pooled * (1 - pooled) * (1 / one.sent + 1 / other.sent));
};

/** How many standard errors `one` lost more than `other`. */
const excess = (one: Counted, other: Counted): number => {
  const error = errorOf(one, other);
  return error > 0 ? (share(one) - share(other)) / error : 0;
};

/** What one hop's counts say, seen from the target's: its loss lies further on, it has it, or it answers less than it passes on. */
type Reading = 'before' | 'has_it' | 'limited' | 'silent' | 'undecided';

/** Read from the target back: what was found to have its loss adds to the sample of it. */
const readingsOf = (hops: readonly Counted[], end: Counted): Reading[] => {
  const readings: Reading[] = [];
  let tail = end;
  const later = [end];
  for (const hop of hops.toReversed()) {
    const limited = later.some((other) => excess(hop, other) >= significant);
    const before = excess(hop, end) <= -(lost(hop) === 0 ? significantOfNone : significant);
    const alike = share(hop) + confident * errorOf(hop, tail) < alikeFactor * share(tail);
    if (hop.received === 0) readings.unshift('silent');
    else if (limited) readings.unshift('limited');
    else if (before) readings.unshift('before');
    else if (lost(hop) > 0 && lost(end) >= fewestLost && alike) {
      readings.unshift('has_it');
      tail = { ...end, sent: tail.sent + hop.sent, received: tail.received + hop.received };
    } else readings.unshift('undecided');
    if (hop.received > 0) later.push(hop);
  }
  return readings;
};

/**
 * Packets that a hop loses never reach the hops behind it, so a hop that loses more than any of those does only answers less, and
 * one that loses less than the target lies before the loss. The loss begins at the first hop after those that shows as much as
 * the target; where that cannot be told by the counts, nothing is blamed.
 * `reached` false: the last hop that answered stands for the target, and what is lost there cannot be told apart.
 */
export const readLoss = (hops: readonly Counted[], reached: boolean): LossReading => {
  const last = hops.findLastIndex(({ received }) => received > 0);
  const end = hops[last];
  if (end === undefined) return { meanings: hops.map(() => 'unknown'), beginsAt: null, between: null };
  const readings = readingsOf(hops.slice(0, last), end);
  const before = readings.lastIndexOf('before');
  const lossy = reached && lost(end) > 0;
  const showing = readings.findIndex((what, index) => index > before && (what === 'has_it' || what === 'undecided'));
  const begins = showing === -1 ? last : showing;
  const certain = lossy && readings[begins] !== 'undecided';
  const found = readings.findIndex((what, index) => index > begins && what === 'has_it');
  const atLatest = hops[found === -1 ? last : found] ?? end;
  const meaningOf = (hop: Counted, index: number): LossMeaning => {
    if (index > last) return 'unknown';
    if (lost(hop) === 0) return 'none';
    if (index === last) return reached ? 'path_loss' : 'unknown';
    if (readings[index] === 'silent') return 'icmp_silence';
    if (readings[index] === 'limited') return 'icmp_rate_limiting';
    return lossy && index > before && readings[index] === 'has_it' ? 'path_loss' : 'unknown';
  };
  return {
    meanings: hops.map(meaningOf),
    beginsAt: certain ? (hops[begins]?.hop_number ?? null) : null,
    between: lossy && !certain ? { after: hops[before]?.hop_number ?? 0, atLatest: atLatest.hop_number } : null,
  };
};
