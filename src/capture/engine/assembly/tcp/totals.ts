// What is counted of TCP for the whole file beside verdicts, and two histograms: RTT of data, time of handshakes.
import { take } from '../memory.ts';

@unmanaged
export class Totals {
  /** Headers seen in packets that were sent, and in ICMP errors that quote them. */
  segments: u32;
  quoted: u32;
  /** Not analysed: the capture cut the header; it contradicts itself; the tables had no room. */
  cut: u32;
  malformed: u32;
  homeless: u32;
  dataSegments: u32;
  /** SYN or FIN without data: they are sent again like data. */
  bareSequenced: u32;
  acknowledgments: u32;
  /** Flows of TCP; those with a SYN; of these by what became of them. A flow can be established and reset. */
  flows: u32;
  opened: u32;
  established: u32;
  refused: u32;
  unanswered: u32;
  reset: u32;
  /** Flows closed by FINs of both sides. */
  closed: u32;
  dataBytes: u64;
  rttSum: u64;
  handshakeSum: u64;
  flight: u32;
}

export const totals = changetype<Totals>(memory.data(offsetof<Totals>(), 16));

/** Logarithmic: 16 buckets for each power of two of nanoseconds, so that a bucket is at most 1/16 wide of its lower end. */
const BUCKETS: u32 = 1024;
export const rtts: usize = take(BUCKETS << 2);
export const handshakes: usize = take(BUCKETS << 2);

export function sample(histogram: usize, nanoseconds: i64): void {
  const value = <u64>max<i64>(16, nanoseconds);
  const power: u32 = 63 - <u32>clz<u64>(value);
  const bucket = (power << 4) + ((<u32>(value >>> (power - 4))) & 15);
  const at = histogram + <usize>(bucket << 2);
  store<u32>(at, load<u32>(at) + 1);
}

/** RSTs by stage (STAGE numbers below) and by who sent them: 0 the side that sent the SYN (or, without one, the flow's source), 1 the other. */
export const RESET_REFUSING: u32 = 0;
export const RESET_HANDSHAKE: u32 = 1;
export const RESET_DATA: u32 = 2;
export const RESET_AFTER_FIN: u32 = 3;
export const RESET_UNKNOWN: u32 = 4;
const resets: usize = take(5 << 3);

export function countReset(stage: u32, sender: u32): void {
  const at = resets + <usize>((stage << 3) + (sender << 2));
  store<u32>(at, load<u32>(at) + 1);
}

// For readers.
export function resetCount(stage: u32, sender: u32): u32 {
  return load<u32>(resets + <usize>((stage << 3) + (sender << 2)));
}
export function rttHistogram(): usize {
  return rtts;
}
export function handshakeHistogram(): usize {
  return handshakes;
}
