// A name of a message (RFC 1035, 4.1.4), in lower case and without compression, in one place with its hash.
import { be16 } from '../bytes.ts';
import { keyed } from '../seed.ts';

/** Bytes of a name with its lengths but without the root's (RFC 1035, 2.3.4). */
const LONGEST: u32 = 254;
const ONES: u64 = 0x0101010101010101;

/** The name read last: its bytes, padded with zeros to a multiple of 8. */
export const nameBytes: usize = memory.data(272, 16);
let length: u32 = 0;
let hash: u64 = 0;
let place: u32 = 0;

export function nameLength(): u32 {
  return length;
}

/** 64 bits over the bytes, not keyed: it stands for the name where two are compared. */
export function nameHash(): u64 {
  return hash;
}

/** Where a table keeps the name: a keyed hash. */
export function namePlace(): u32 {
  return place;
}

/** Eight bytes with A to Z made a to z; lengths of labels are below `A`. */
function lower(word: u64): u64 {
  const heptets = word & (ONES * 0x7f);
  const upper = ((heptets + ONES * 0x3f) ^ (heptets + ONES * 0x25)) & ~word & (ONES * 0x80);
  return word | (upper >>> 2);
}

/** Appends bytes to the name; reads nothing from `end` on. */
function append(from: usize, bytes: u32, end: usize): void {
  const to = nameBytes + length;
  let done: u32 = 0;
  while (done + 8 <= bytes) {
    store<u64>(to + done, lower(load<u64>(from + done)));
    done += 8;
  }
  const rest = bytes - done;
  let word: u64 = 0;
  if (rest > 0) {
    if (from + done + 8 <= end) word = load<u64>(from + done) & (((<u64>1) << ((<u64>rest) << 3)) - 1);
    else
      for (let index: u32 = 0; index < rest; index++)
        word |= (<u64>load<u8>(from + done + index)) << ((<u64>index) << 3);
  }
  store<u64>(to + done, lower(word));
  length += bytes;
}

function finishHash(): void {
  // What a longer name left behind is no part of this one.
  store<u64>(nameBytes + length, 0);
  let value: u64 = <u64>length * 0x9e3779b97f4a7c15;
  let sum: u64 = <u64>length;
  for (let at: u32 = 0; at < length; at += 8) {
    const word = load<u64>(nameBytes + at);
    sum += keyed(word, at);
    value = (value ^ word) * 0xbf58476d1ce4e5b9;
    value ^= value >>> 29;
  }
  hash = value ^ (value >>> 32);
  place = <u32>(((sum ^ (sum >>> 32)) * 0xd6e8feb86659fd93) >>> 32);
}

/** Reads the name at `at` of the message that begins at `message`; answers where what follows begins, 0 when it is broken or ends at `end`. */
export function readName(message: usize, at: usize, end: usize): usize {
  length = 0;
  let after: usize = 0;
  let from = at;
  // A pointer leads to before where the labels it ends began, so every round starts lower: no loop, and no way forward.
  while (true) {
    let stop = from;
    let size: u32 = 0;
    while (true) {
      if (stop >= end) return 0;
      size = load<u8>(stop);
      if (size === 0 || size > 63) break;
      stop += size + 1;
      if (<u32>(stop - from) + length > LONGEST) return 0;
    }
    append(from, <u32>(stop - from), end);
    if (size === 0) {
      finishHash();
      return after === 0 ? stop + 1 : after;
    }
    if (size < 0xc0 || stop + 2 > end) return 0;
    if (after === 0) after = stop + 2;
    const target = message + (be16(stop) & 0x3fff);
    if (target >= from || target < message + 12) return 0;
    from = target;
  }
}

/** Behind the name at `at` without reading it; 0 when it is broken or ends at `end`. */
export function skipName(at: usize, end: usize): usize {
  let from = at;
  while (from < end) {
    const size: u32 = load<u8>(from);
    if (size === 0) return from + 1;
    if (size >= 0xc0) return from + 2;
    if (size > 63) return 0;
    from += size + 1;
  }
  return 0;
}
