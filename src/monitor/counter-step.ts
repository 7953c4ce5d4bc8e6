// How far a counter went between two readings, where some drivers count in 32 bits and some begin anew.

const wrap32 = 1n << 32n;
/** Beyond three quarters before and below one after: it went round, rather than having been set to zero. */
const high32 = (wrap32 / 4n) * 3n;
const low32 = wrap32 / 4n;

/** Undefined: it began anew, and how much it had counted meanwhile is lost. */
export const counterStep = (before: bigint, after: bigint): bigint | undefined => {
  if (after >= before) return after - before;
  if (before < wrap32 && before >= high32 && after < low32) return after + wrap32 - before;
  return undefined;
};
