// The engine's memory: taken in one direction, never given back. Tables that grow double themselves, so at most as much again is lost.
// What JavaScript may address is bounded by the maximum of the imported memory.

let top: usize = (__heap_base + 63) & ~63;

/** Bytes that are zero, aligned to 64, a cache line; 0 when the memory's maximum would be passed. */
export function take(bytes: usize): usize {
  const address = top;
  const end = (address + bytes + 63) & ~63;
  const have: usize = (<usize>memory.size()) << 16;
  if (end < address) return 0;
  if (end > have) {
    const pages = <i32>((end - have + 0xffff) >>> 16);
    if (memory.grow(pages) < 0) return 0;
  }
  top = end;
  return address;
}

/** Bytes taken so far. */
export function taken(): usize {
  return top;
}
