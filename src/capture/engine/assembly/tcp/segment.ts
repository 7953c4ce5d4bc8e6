// The TCP header at hand, as numbers: layers/tcp.ts fills it, the flow table and the analysis read it.
import { be16, be32 } from '../bytes.ts';
import { packet } from '../packet.ts';

@unmanaged
export class Segment {
  seq: u32;
  ack: u32;
  /** As in the header, not scaled. */
  window: u32;
  /** Of the header's byte 13. */
  flags: u32;
  /** Payload bytes on the wire. */
  length: u32;
  /** Behind the fixed header: where options begin and end. */
  options: usize;
  optionsEnd: usize;
  /** WHOLE, or what is wrong. */
  state: u32;
  /** The packet it was read from. */
  number: u32;
}

export const segment = changetype<Segment>(memory.data(offsetof<Segment>(), 16));

/** All of the header was captured; the capture cut it; it contradicts itself. */
export const WHOLE: u32 = 0;
export const CUT: u32 = 1;
export const MALFORMED: u32 = 2;

export const FIN: u32 = 1;
export const SYN: u32 = 2;
export const RST: u32 = 4;
export const ACK: u32 = 16;

/** Reads the header at `at`. */
export function readSegment(at: usize): void {
  segment.number = packet.number;
  if (at + 20 > packet.end) {
    segment.state = at + 20 > packet.wire ? MALFORMED : CUT;
    segment.flags = 0;
    return;
  }
  const header = (<u32>(load<u8>(at, 12) >> 4)) << 2;
  segment.seq = be32(at + 4);
  segment.ack = be32(at + 8);
  segment.flags = load<u8>(at, 13);
  segment.window = be16(at + 14);
  segment.options = at + 20;
  segment.optionsEnd = at + header;
  const whole = header >= 20 && at + header <= packet.wire;
  segment.state = !whole ? MALFORMED : at + header > packet.end ? CUT : WHOLE;
  segment.length = whole ? <u32>(packet.wire - at) - header : 0;
}

/** Where the option of a kind stands (RFC 9293, 3.2), all of it captured; 0: nowhere. */
export function option(kind: u32): usize {
  let at = segment.options;
  const end = segment.optionsEnd;
  while (at < end) {
    const found: u32 = load<u8>(at);
    if (found === 0) return 0;
    if (found === 1) {
      at += 1;
      continue;
    }
    if (at + 2 > end) return 0;
    const length: u32 = load<u8>(at, 1);
    if (length < 2 || at + length > end) return 0;
    if (found === kind) return at;
    at += length;
  }
  return 0;
}

/** The window's factor that a SYN offers, as the exponent (RFC 7323: at most 14); -1: none. */
export function offeredScale(): i32 {
  const at = option(3);
  return at === 0 || load<u8>(at, 1) !== 3 ? -1 : min<i32>(14, load<u8>(at, 2));
}
