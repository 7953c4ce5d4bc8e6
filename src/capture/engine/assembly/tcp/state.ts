// What the analysis remembers of a connection: three cache lines, taken when a flow is more than one SYN, given back when it is put out.
// Nothing in it grows with the connection's length.
import { Flow } from '../flow-record.ts';
import { take } from '../memory.ts';

/** One direction: what its sender sent and acknowledged. A cache line. */
@unmanaged
export class Side {
  /** Sequence number after the highest sent; how far it may be acknowledged without anything unseen; latest acknowledgment it sent. */
  next: u32;
  acknowledgeable: u32;
  acknowledged: u32;
  /** As in the header, not scaled. */
  window: u32;
  /** KNOWN_, SENT_ and other bits below. */
  known: u32;
  /** Duplicate acknowledgments it sent in a row. */
  duplicates: u32;
  /** Verdicts of its latest segment. */
  verdicts: u32;
  initial: u32;
  /** When `next` moved, when it acknowledged, and when the segment ended by `timedEnd` was sent, whose acknowledgment gives an RTT. */
  nextTime: i64;
  acknowledgedTime: i64;
  timedTime: i64;
  timedEnd: u32;
  /** Most bytes in flight. */
  flight: u32;
}

export const KNOWN_NEXT: u32 = 1;
export const KNOWN_ACKNOWLEDGEABLE: u32 = 2;
export const KNOWN_ACKNOWLEDGED: u32 = 4;
export const KNOWN_WINDOW: u32 = 8;
export const SENT_SYN: u32 = 16;
export const SENT_FIN: u32 = 32;
/** A segment is being timed. */
export const TIMING: u32 = 64;
/** Its SYN was seen, so that its window's factor is known: bits 16 to 19, when SCALES. */
export const KNOWN_SCALE: u32 = 128;
export const SCALES: u32 = 256;
/** Its latest window stood in a SYN, where it is never scaled. */
export const UNSCALED: u32 = 512;
/** `initial` is known, from its own first segment or from what the other acknowledged. */
export const KNOWN_INITIAL: u32 = 1024;
export const SCALE_SHIFT: u32 = 16;

/** What both sides share. A cache line behind theirs. */
@unmanaged
export class Connection {
  flow: usize;
  /** STAGE_ bits. */
  stage: u32;
  /** Its Findings, or 0. */
  findings: usize;
  next: u32;
  /** Before STAGE_TIMED the time of the latest SYN, then how long it took from there to the first segment with ACK and without SYN, of whichever side. */
  handshake: i64;
  /** RTT samples of the data each side sent: sum of microseconds, least, most, number. */
  sumForward: u64;
  sumReverse: u64;
  leastForward: u32;
  leastReverse: u32;
  mostForward: u32;
  mostReverse: u32;
  samplesForward: u32;
  samplesReverse: u32;
}

/** The SYN came from the flow's destination. */
export const STAGE_SYN_REVERSE: u32 = 1;
export const STAGE_SYN: u32 = 2;
export const STAGE_SYN_ACK: u32 = 4;
export const STAGE_ESTABLISHED: u32 = 8;
export const STAGE_FIN: u32 = 16;
export const STAGE_RESET: u32 = 32;
export const STAGE_REFUSED: u32 = 64;
/** `handshake` is a duration. */
export const STAGE_TIMED: u32 = 128;

/** Most connections known at a time. */
export const CONNECTION_LIMIT: u32 = 1 << 18;

const SIDES: usize = 2 * offsetof<Side>();
const SIZE: usize = SIDES + offsetof<Connection>();
const CHUNK_BITS: u32 = 10;
const PER_CHUNK: u32 = 1 << CHUNK_BITS;
const chunks: usize = take((CONNECTION_LIMIT >> CHUNK_BITS) << 2);
let count: u32 = 0;
let free: u32 = 0;

export function sideOf(connection: usize, direction: u32): Side {
  return changetype<Side>(connection + <usize>(direction * offsetof<Side>()));
}

export function sharedOf(connection: usize): Connection {
  return changetype<Connection>(connection + SIDES);
}

/** Address of the connection with a number from 1. */
export function connectionAt(index: u32): usize {
  const zeroBased = index - 1;
  const chunk = <usize>load<u32>(chunks + <usize>((zeroBased >> CHUNK_BITS) << 2));
  return chunk + <usize>(zeroBased & (PER_CHUNK - 1)) * SIZE;
}

export function connectionCount(): u32 {
  return count;
}

/** An empty connection for the flow; 0 when all are in use or there is no memory. */
export function takeConnection(flow: Flow): usize {
  let at: usize = 0;
  if (free !== 0) {
    at = connectionAt(free);
    const index = free;
    free = sharedOf(at).next;
    memory.fill(at, 0, SIZE);
    sharedOf(at).next = index;
  } else {
    if (count >= CONNECTION_LIMIT) return 0;
    if ((count & (PER_CHUNK - 1)) === 0) {
      const chunk = take(<usize>PER_CHUNK * SIZE);
      if (chunk === 0) return 0;
      store<u32>(chunks + <usize>((count >> CHUNK_BITS) << 2), <u32>chunk);
    }
    count += 1;
    at = connectionAt(count);
    sharedOf(at).next = count;
  }
  sharedOf(at).flow = changetype<usize>(flow);
  return at;
}

/** `next` is a connection's own number while it is in use, the next free one's afterwards. */
export function freeConnection(at: usize): void {
  const shared = sharedOf(at);
  const index = shared.next;
  shared.flow = 0;
  shared.next = free;
  free = index;
}
