// The interfaces that a pcapng section describes: link type, snapshot length, and how its timestamps count.
import { take } from '../memory.ts';

export const MAX_INTERFACES: u32 = 4096;

@unmanaged
export class Interface {
  link: u32;
  /** 0: none. */
  snaplen: u32;
  /** if_tsresol: bit 7 set: a negative power of 2, else of 10. */
  resolution: u32;
  /** if_tsoffset: seconds. */
  offset: i64;
}

const table: usize = take(MAX_INTERFACES * offsetof<Interface>());
let count: u32 = 0;

export function clearInterfaces(): void {
  count = 0;
}

export function interfaceCount(): u32 {
  return count;
}

/** The caller knows that there are so many. */
export function interfaceAt(index: u32): Interface {
  return changetype<Interface>(table + <usize>index * offsetof<Interface>());
}

/** A further one with the values that hold without options; null when there are too many. */
export function addInterface(): Interface | null {
  if (count >= MAX_INTERFACES) return null;
  const made = interfaceAt(count++);
  made.resolution = 6;
  made.offset = 0;
  return made;
}

/** Most seconds since 1970 whose nanoseconds an i64 holds. */
const MOST_SECONDS: i64 = 9223372035;

/** Nanoseconds since 1970; beyond what an i64 holds: the nearest it does. */
export function timeOf(source: Interface, ticks: u64): i64 {
  const power = source.resolution & 0x7f;
  let seconds: u64 = 0;
  let rest: u64 = 0;
  if ((source.resolution & 0x80) !== 0) {
    if (power > 63) return clamped(source.offset, 0);
    seconds = power === 0 ? ticks : ticks >>> power;
    rest = power === 0 ? 0 : ticks & (((<u64>1) << power) - 1);
    if (power > 32) rest >>>= power - 32;
    rest = (rest * 1000000000) >>> min<u64>(power, 32);
  } else {
    // 10^19 is the most that fits.
    if (power > 19) return clamped(source.offset, 0);
    let scale: u64 = 1;
    for (let index: u32 = 0; index < power; index++) scale *= 10;
    seconds = ticks / scale;
    rest = ticks - seconds * scale;
    for (let index = power; index < 9; index++) rest *= 10;
    for (let index: u32 = 9; index < power; index++) rest /= 10;
  }
  if (seconds > <u64>MOST_SECONDS) seconds = <u64>MOST_SECONDS;
  const offset = min<i64>(max<i64>(source.offset, -MOST_SECONDS), MOST_SECONDS);
  return clamped(offset + <i64>seconds, <i64>rest);
}

function clamped(seconds: i64, nanoseconds: i64): i64 {
  return min<i64>(max<i64>(seconds, -MOST_SECONDS), MOST_SECONDS) * 1000000000 + nanoseconds;
}
