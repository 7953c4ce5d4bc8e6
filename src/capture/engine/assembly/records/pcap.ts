// Classic capture files (draft-ietf-opsawg-pcap): both byte orders, micro- and nanoseconds, and the longer records of the "modified" kind.
import { NOT_A_CAPTURE, RECORD_TOO_LONG, UNSUPPORTED_VERSION } from '../../faults.ts';
import { packet } from '../packet.ts';
import { fail, file, handOn, MAX_RECORD, PCAP, room } from './file.ts';

const MICROSECONDS: u32 = 0xa1b2c3d4;
const NANOSECONDS: u32 = 0xa1b23c4d;
/** Records have 8 more bytes: interface, protocol, packet type. */
const MODIFIED: u32 = 0xa1b2cd34;

/** Bytes of the next record that are asked for early: its header and those of the packet. */
const AHEAD: u32 = 80;

/** Reads the file's header, of which 24 bytes are there; a fault when it is none. */
export function pcapHeader(at: usize, offset: f64): void {
  const first = load<u32>(at);
  const magic = first < 0x80000000 || (first & 0xff) === 0xa1 ? bswap<u32>(first) : first;
  if (magic !== MICROSECONDS && magic !== NANOSECONDS && magic !== MODIFIED) {
    fail(NOT_A_CAPTURE, offset);
    return;
  }
  const swapped = magic !== first;
  const link = load<u32>(at, 20);
  const version = load<u16>(at, 4);
  if ((swapped ? bswap<u16>(version) : version) !== 2) {
    fail(UNSUPPORTED_VERSION, offset);
    return;
  }
  file.format = PCAP;
  file.swapped = swapped ? 1 : 0;
  file.nanoseconds = magic === NANOSECONDS ? 1 : 0;
  file.header = magic === MODIFIED ? 24 : 16;
  // The upper bits say whether frames end with a checksum.
  file.link = (swapped ? bswap<u32>(link) : link) & 0xffff;
}

/** Reads whole records from `at` up to `end`; answers where the first incomplete one begins. `at` stands at `offset` in the file. */
export function pcapRecords(at: usize, end: usize, offset: f64): usize {
  const begin = at;
  const swapped = file.swapped !== 0;
  const scale: i64 = file.nanoseconds !== 0 ? 1 : 1000;
  const header = file.header;
  file.base = offset - <f64>begin;
  packet.link = file.link;
  packet.interface = 0;
  for (let more = room(); more > 0 && at + header <= end; more -= 1) {
    let seconds = load<u32>(at);
    let fraction = load<u32>(at, 4);
    let captured = load<u32>(at, 8);
    let original = load<u32>(at, 12);
    if (swapped) {
      seconds = bswap<u32>(seconds);
      fraction = bswap<u32>(fraction);
      captured = bswap<u32>(captured);
      original = bswap<u32>(original);
    }
    if (captured > MAX_RECORD) {
      fail(RECORD_TOO_LONG, offset + <f64>(at - begin));
      return at;
    }
    const next = at + header + captured;
    if (next > end) return at;
    // The next record's bytes are on their way while this packet is looked at.
    if (next + AHEAD <= end) file.ahead = load<u32>(next) + load<u32>(next, AHEAD - 4);
    packet.time = <i64>seconds * 1000000000 + <i64>fraction * scale;
    handOn(at + header, captured, original, at);
    at = next;
  }
  return at;
}
