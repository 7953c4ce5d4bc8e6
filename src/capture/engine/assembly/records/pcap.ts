// Classic capture files (draft-ietf-opsawg-pcap): both byte orders, micro- and nanoseconds.
import { RECORD_TOO_LONG } from '../../faults.ts';
import { dissect } from '../dissect.ts';
import { indexIsFull, indexPacket } from '../packet-index.ts';
import { packet } from '../packet.ts';
import { fail, file, MAX_RECORD } from './file.ts';

/** Whether a classic file begins here (24 bytes are there); then its header is read. */
export function pcapHeader(at: usize): bool {
  const magic = load<u32>(at);
  const swapped = magic === 0xd4c3b2a1 || magic === 0x4d3cb2a1;
  if (!swapped && magic !== 0xa1b2c3d4 && magic !== 0xa1b23c4d) return false;
  const link = load<u32>(at, 20);
  file.swapped = swapped ? 1 : 0;
  file.nanoseconds = magic === 0xa1b23c4d || magic === 0x4d3cb2a1 ? 1 : 0;
  file.link = (swapped ? bswap<u32>(link) : link) & 0x0fffffff;
  return true;
}

/** Reads whole records from `at` up to `end`; answers where the first incomplete one begins. `at` stands at `offset` in the file. */
export function pcapRecords(at: usize, end: usize, offset: f64): usize {
  const begin = at;
  const swapped = file.swapped !== 0;
  const scale: i64 = file.nanoseconds !== 0 ? 1 : 1000;
  while (at + 16 <= end && file.packets < file.maxPackets && !indexIsFull()) {
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
    if (at + 16 + captured > end) return at;
    file.packets += 1;
    packet.number = file.packets;
    packet.captured = captured;
    packet.original = max(original, captured);
    packet.time = <i64>seconds * 1000000000 + <i64>fraction * scale;
    packet.link = file.link;
    packet.interface = 0;
    packet.start = at + 16;
    dissect();
    indexPacket(offset + <f64>(at - begin));
    at += 16 + captured;
  }
  return at;
}
