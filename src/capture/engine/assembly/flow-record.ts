// The record of a flow: two cache lines, the first of which is all that most packets need. Records stand in chunks and are numbered from 1.
import { take } from './memory.ts';

@unmanaged
export class Flow {
  /** The endpoint that sent the flow's first packet, then the other: 16 bytes each, of which IPv4 has the first four. */
  sourceLow: u64;
  sourceHigh: u64;
  destinationLow: u64;
  destinationHigh: u64;
  sourcePort: u16;
  destinationPort: u16;
  protocol: u8;
  family: u8;
  /** Node of the protocol tree of its first packet. */
  node: u16;
  /** Next in the chain of its bucket, or of free records. */
  next: u32;
  code: u32;
  lastTime: i64;
  /** Its Connection, or 0. */
  connection: usize;
  /** MARK_ bits. */
  marks: u32;
  /** Forward: sent by the source. Bytes are on the wire. */
  packetsForward: u32;
  packetsReverse: u32;
  bytesForward: u64;
  bytesReverse: u64;
  /** As `lastTime`: the least of all numbers while no packet had a time. */
  firstTime: i64;
  firstNumber: u32;
  /** Its number among the flows of its protocol, from 0, as Wireshark's tcp.stream and udp.stream. */
  stream: u32;
  /** Number of this record, from 1. */
  index: u32;
  /** Of a first packet that was nothing but a SYN: sequence number, and window below the KNOWN_ bits of its side (tcp/state.ts). */
  initial: u32;
  window: u32;
  known: u32;
  /** Number of its Stream (layers/stream.ts), 0 without. */
  application: u32;
}

/** In use. */
export const MARK_USED: u32 = 1;
/** A packet came since the clock's hand was here. */
export const MARK_TOUCHED: u32 = 2;
/** TCP: both sides sent FIN, or one RST. */
export const MARK_CLOSED: u32 = 4;
/** TCP: a SYN without ACK was seen; all its sender ever sent were such. */
export const MARK_SYN: u32 = 8;
export const MARK_ONLY_SYN: u32 = 16;
/** TCP: its first packet was nothing but a SYN, kept in the record instead of in a connection. */
export const MARK_KEPT: u32 = 32;
/** TCP: nobody answered its SYN yet when the capture ended, too young to tell. */
export const MARK_PENDING: u32 = 1 << 17;
/** In no chain: another connection of the same endpoints came after it. */
export const MARK_UNCHAINED: u32 = 64;
/** Some of its packets have no time. */
export const MARK_UNTIMED: u32 = 1 << 16;

/** Most flows known at a time. */
export const FLOW_LIMIT: u32 = 1 << 20;

const SIZE: u32 = offsetof<Flow>();
const CHUNK_BITS: u32 = 12;
const PER_CHUNK: u32 = 1 << CHUNK_BITS;
const chunks: usize = take((FLOW_LIMIT >> CHUNK_BITS) << 2);
let count: u32 = 0;
let free: u32 = 0;

export function flowAt(index: u32): Flow {
  const zeroBased = index - 1;
  const chunk = <usize>load<u32>(chunks + <usize>((zeroBased >> CHUNK_BITS) << 2));
  return changetype<Flow>(chunk + <usize>((zeroBased & (PER_CHUNK - 1)) * SIZE));
}

/** The number of the record at an address; 0 for none. */
export function flowIndex(address: usize): u32 {
  return address === 0 ? 0 : changetype<Flow>(address).index;
}

/** The number among the flows of its protocol of the record at an address; 0xffffffff for none. */
export function flowStreamAt(address: usize): u32 {
  return address === 0 ? 0xffffffff : changetype<Flow>(address).stream;
}

/** Records that are or were in use: the highest number. */
export function flowCount(): u32 {
  return count;
}

/** A record that is zero but for its number; null when all are in use or there is no memory. */
export function takeFlow(): Flow | null {
  if (free !== 0) {
    const reused = flowAt(free);
    free = reused.next;
    reused.next = 0;
    return reused;
  }
  if (count >= FLOW_LIMIT) return null;
  if ((count & (PER_CHUNK - 1)) === 0) {
    const chunk = take(<usize>PER_CHUNK * SIZE);
    if (chunk === 0) return null;
    store<u32>(chunks + <usize>((count >> CHUNK_BITS) << 2), <u32>chunk);
  }
  count += 1;
  const fresh = flowAt(count);
  fresh.index = count;
  return fresh;
}

/** Gives a record back that no chain holds any more. */
export function freeFlow(flow: Flow): void {
  const index = flow.index;
  memory.fill(changetype<usize>(flow), 0, SIZE);
  flow.index = index;
  flow.next = free;
  free = index;
}
