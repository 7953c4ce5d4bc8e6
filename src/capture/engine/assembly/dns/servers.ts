// Servers that were asked, each with what became of its queries and a histogram of its times. Bounded.
import { ALL_SERVERS, BUCKETS, FIRST_SERVER, LEFT_OUT_SERVERS, OTHER_SERVERS, SERVER_LIMIT } from '../../dns-layout.ts';
import { take } from '../memory.ts';
import { keyed } from '../seed.ts';
import { add } from './counters.ts';

@unmanaged
export class Server {
  low: u64;
  high: u64;
  port: u32;
  /** 4 or 6. */
  family: u32;
  queries: u32;
  answered: u32;
  /** Answers with a code other than NOERROR. */
  failed: u32;
  unanswered: u32;
  /** Too young to tell at the end of the capture. */
  pending: u32;
  /** Retries, with the same id or a new one. */
  retried: u32;
  /** Where its histogram is. */
  buckets: u32;
  /** Nanoseconds. */
  fastest: i64;
  slowest: i64;
  sum: i64;
  /** When the latest query that it answered was asked; the longest that one without an answer waited at the end. */
  lastAnswered: i64;
  waited: i64;
}

const SIZE: u32 = offsetof<Server>();
const SLOTS: u32 = SERVER_LIMIT << 2;
const STEPS: u32 = 64;
let servers: usize = 0;
let slots: usize = 0;
let count: u32 = 0;

export function serverAt(index: u32): Server {
  return changetype<Server>(servers + <usize>(index * SIZE));
}

/** The number of a new one; SERVER_LIMIT: no memory. */
function make(): u32 {
  const buckets = take(BUCKETS << 2);
  if (buckets === 0) return SERVER_LIMIT;
  serverAt(count).buckets = <u32>buckets;
  return count++;
}

/** Before the first message; false: no memory. */
export function startServers(): bool {
  servers = take(<usize>SERVER_LIMIT * SIZE);
  slots = take(SLOTS << 1);
  if (servers === 0 || slots === 0) return false;
  while (count < <u32>FIRST_SERVER) if (make() !== count - 1) return false;
  return true;
}

/** The number of a server, made when needed. */
export function findServer(low: u64, high: u64, port: u32, family: u32): u32 {
  let value = keyed(low, 0) + keyed(high, 16) + keyed(<u64>port, 8);
  value ^= value >>> 32;
  let place = (<u32>((value * 0xbf58476d1ce4e5b9) >>> 40)) & (SLOTS - 1);
  for (let step: u32 = 0; step < STEPS; step++) {
    const slot = slots + <usize>(place << 1);
    const index: u32 = load<u16>(slot);
    if (index === 0) {
      if (count >= <u32>SERVER_LIMIT) break;
      const made = make();
      if (made === SERVER_LIMIT) break;
      const server = serverAt(made);
      server.low = low;
      server.high = high;
      server.port = port;
      server.family = family;
      store<u16>(slot, <u16>made);
      return made;
    }
    const server = serverAt(index);
    if (server.low === low && server.high === high && server.port === port && server.family === family) return index;
    place = (place + 1) & (SLOTS - 1);
  }
  add(OTHER_SERVERS, 1);
  return LEFT_OUT_SERVERS;
}

/** The bucket of a time in microseconds. */
function bucketOf(time: u64): u32 {
  const value = min(time, <u64>0xffffffff);
  if (value < 16) return <u32>value;
  const octave = 63 - <u32>clz(value);
  return ((octave - 3) << 4) + ((<u32>(value >>> (octave - 4))) & 15);
}

function note(server: Server, time: i64, bucket: u32): void {
  const slot = <usize>server.buckets + <usize>(bucket << 2);
  store<u32>(slot, load<u32>(slot) + 1);
  if (server.answered === 0) {
    server.fastest = time;
    server.slowest = time;
  } else {
    server.fastest = min(server.fastest, time);
    server.slowest = max(server.slowest, time);
  }
  server.sum += time;
  server.answered += 1;
}

/** An answer took so many nanoseconds. */
export function noteTime(index: u32, time: i64): void {
  const bucket = bucketOf(<u64>max(time, 0) / 1000);
  note(serverAt(ALL_SERVERS), time, bucket);
  note(serverAt(index), time, bucket);
}

/** Numbers below this. */
export function dnsServerCount(): u32 {
  return count;
}
