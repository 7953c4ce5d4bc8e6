// The answers that took longest, with the packets to look at.
import { SLOW_LIMIT } from '../../dns-layout.ts';
import { take } from '../memory.ts';

@unmanaged
export class Slow {
  /** Nanoseconds. */
  time: i64;
  /** Packet of the answer, and of its query. */
  number: u32;
  queryNumber: u32;
  name: u32;
  server: u32;
  type: u32;
}

const SIZE: u32 = offsetof<Slow>();
const list: usize = take(SLOW_LIMIT * SIZE);
let count: u32 = 0;
/** The fastest of them, which makes room. */
let least: u32 = 0;

export function slowAt(index: u32): Slow {
  return changetype<Slow>(list + <usize>(index * SIZE));
}

export function dnsSlowCount(): u32 {
  return count;
}

export function noteSlow(time: i64, number: u32, queryNumber: u32, name: u32, server: u32, type: u32): void {
  if (count === SLOW_LIMIT && time <= slowAt(least).time) return;
  const entry = slowAt(count < <u32>SLOW_LIMIT ? count++ : least);
  entry.time = time;
  entry.number = number;
  entry.queryNumber = queryNumber;
  entry.name = name;
  entry.server = server;
  entry.type = type;
  if (count < <u32>SLOW_LIMIT) return;
  for (let index: u32 = 0; index < count; index++) if (slowAt(index).time < slowAt(least).time) least = index;
}
