// The largest of many by a number, without an object for each: a heap of as many as are wanted, in typed arrays.

/**
 * Of the records 1 to `count`, the numbers of the `wanted` with the largest keys, largest first, the lower number first among equals.
 * NaN: not among them.
 */
export const topOf = (count: number, wanted: number, keyOf: (index: number) => number): number[] => {
  const keys = new Float64Array(wanted);
  const indices = new Uint32Array(wanted);
  let used = 0;
  const key = (at: number): number => keys[at] ?? 0;
  const index = (at: number): number => indices[at] ?? 0;
  /** Whether the entry at one place ranks behind the one at the other. */
  const behind = (at: number, other: number): boolean =>
    key(at) < key(other) || (key(at) === key(other) && index(at) > index(other));
  const swap = (at: number, other: number): void => {
    const [oldKey, oldIndex] = [key(at), index(at)];
    keys[at] = key(other);
    indices[at] = index(other);
    keys[other] = oldKey;
    indices[other] = oldIndex;
  };
  const sink = (from: number): void => {
    for (let at = from; ;) {
      const left = 2 * at + 1;
      let last = at;
      if (left < used && behind(left, last)) last = left;
      if (left + 1 < used && behind(left + 1, last)) last = left + 1;
      if (last === at) return;
      swap(at, last);
      at = last;
    }
  };
  const rise = (from: number): void => {
    for (let at = from; at > 0;) {
      const parent = (at - 1) >> 1;
      if (!behind(at, parent)) return;
      swap(at, parent);
      at = parent;
    }
  };
  for (let record = 1; record <= count && wanted > 0; record++) {
    const value = keyOf(record);
    if (Number.isNaN(value)) continue;
    if (used < wanted) {
      keys[used] = value;
      indices[used] = record;
      rise(used++);
    } else if (value > key(0)) {
      // Among equals the first stays, and later records have higher numbers.
      keys[0] = value;
      indices[0] = record;
      sink(0);
    }
  }
  return [...indices.subarray(0, used).keys()]
    .sort((one, other) => (behind(one, other) ? 1 : -1))
    .map((at) => index(at));
};
