// Which loss is the path's and which is only a router that answers few probes: loss of the path is seen from there to the target.

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
  /** The first hop from which on packets are lost all the way to the target; null when none are. */
  beginsAt: number | null;
}

const share = ({ sent, received }: Counted): number => (sent === 0 ? 0 : (sent - received) / sent);

/** One-sided 99 % of the normal distribution: a path has many hops, and each may look different by chance. */
const significant = 2.33;

/** How many standard errors `one` lost more than `other`. */
const excess = (one: Counted, other: Counted): number => {
  const lost = one.sent - one.received + other.sent - other.received;
  const pooled = lost / (one.sent + other.sent);
  const error = Math.sqrt(pooled * (1 - pooled) * (1 / one.sent + 1 / other.sent));
  return error === 0 ? 0 : (share(one) - share(other)) / error;
};

/**
 * Packets that a hop loses never reach the target, so a hop that loses more than the target does only answers less, and one
 * that loses less lies before the loss. The loss begins at the first hop after those whose loss is like the target's.
 * `reached` false: the last hop that answered stands for the target, and what is lost there cannot be told apart.
 */
export const readLoss = (hops: readonly Counted[], reached: boolean): LossReading => {
  const last = hops.findLastIndex(({ received }) => received > 0);
  const end = hops[last];
  if (end === undefined) return { meanings: hops.map(() => 'unknown'), beginsAt: null };
  const like = (hop: Counted): boolean => share(hop) > 0 && Math.abs(excess(hop, end)) < significant;
  const less = (hop: Counted): boolean => share(hop) === 0 || excess(hop, end) <= -significant;
  const before = hops.findLastIndex((hop, index) => index < last && less(hop));
  const begins =
    reached && share(end) > 0
      ? hops.findIndex(
          (hop, index) => index === last || (index > before && index < last && hop.received > 0 && like(hop)),
        )
      : -1;
  const meaningOf = (hop: Counted, index: number): LossMeaning => {
    if (index > last) return 'unknown';
    if (share(hop) === 0) return 'none';
    if (index === last) return reached ? 'path_loss' : 'unknown';
    if (hop.received === 0) return 'icmp_silence';
    return begins !== -1 && index >= begins && like(hop) ? 'path_loss' : 'icmp_rate_limiting';
  };
  return { meanings: hops.map(meaningOf), beginsAt: hops[begins]?.hop_number ?? null };
};
