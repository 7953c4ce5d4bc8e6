// Keys of the hashes, so that nobody who sends packets can choose what shares a chain: sums of products of two 32-bit halves, each with a secret
// number added (the NH of UMAC, RFC 4418, 5.2.2): whatever differs is equal for one key in 2^32.

/** Pairs of 32-bit numbers. */
const PAIRS: u32 = 40;
const keys: usize = memory.data(320, 16);

/** Before the first packet; what is counted does not depend on it. Without a call the keys are those of 0 and 0. */
export function seed(low: u32, high: u32): void {
  let state: u64 = (<u64>low) | ((<u64>high) << 32);
  for (let pair: u32 = 0; pair < PAIRS; pair++) {
    state += 0x9e3779b97f4a7c15;
    let value = (state ^ (state >>> 30)) * 0xbf58476d1ce4e5b9;
    value = (value ^ (value >>> 27)) * 0x94d049bb133111eb;
    store<u64>(keys + <usize>(pair << 3), value ^ (value >>> 31));
  }
}
seed(0, 0);

/** One value's part of a sum, with the pair of so many bytes from the first: 0, 8, up to 312. */
export function keyed(value: u64, offset: usize): u64 {
  const key = load<u64>(keys + offset);
  return <u64>(<u32>value + <u32>key) * <u64>(<u32>(value >>> 32) + <u32>(key >>> 32));
}
