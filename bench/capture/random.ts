// Random numbers that are the same in every run (xorshift32, Marsaglia 2003).

export interface Random {
  /** From 0 to below `limit`. */
  below(limit: number): number;
  /** True once in so many. */
  onceIn(times: number): boolean;
}

export const createRandom = (seed: number): Random => {
  let state = seed | 0 || 1;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
  return {
    below: (limit) => next() % limit,
    onceIn: (times) => next() % times === 0,
  };
};
