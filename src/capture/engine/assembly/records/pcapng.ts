// pcapng (draft-ietf-opsawg-pcapng): sections of either byte order, interfaces, enhanced, simple and old packet blocks. Blocks that are
// neither are passed over without being kept, however long they are.
import {
  BAD_BLOCK_LENGTH,
  BAD_BYTE_ORDER,
  BLOCK_TOO_LONG,
  PACKET_BEYOND_BLOCK,
  RECORD_TOO_LONG,
  TOO_MANY_INTERFACES,
  UNKNOWN_INTERFACE,
  UNSUPPORTED_VERSION,
} from '../../faults.ts';
import { packet } from '../packet.ts';
import { fail, file, handOn, MAX_RECORD, room } from './file.ts';
import { addInterface, clearInterfaces, interfaceAt, interfaceCount, timeOf } from './interfaces.ts';

export const SECTION: u32 = 0x0a0d0d0a;
const INTERFACE: u32 = 1;
const OLD_PACKET: u32 = 2;
const SIMPLE_PACKET: u32 = 3;
const ENHANCED_PACKET: u32 = 6;
const BYTE_ORDER: u32 = 0x1a2b3c4d;

/** Longest block that is read as a whole, bytes: below the room a reader keeps for an incomplete record. */
const MAX_BLOCK: u32 = 448 * 1024;

function word(at: usize): u32 {
  const value = load<u32>(at);
  return file.swapped !== 0 ? bswap<u32>(value) : value;
}

function half(at: usize): u32 {
  const value = load<u16>(at);
  return file.swapped !== 0 ? bswap<u16>(value) : value;
}

/** A section's header, of which 16 bytes are there: sets the byte order. Answers with a fault, 0 for none. */
function section(at: usize): u32 {
  const magic = load<u32>(at + 8);
  if (magic !== BYTE_ORDER && bswap<u32>(magic) !== BYTE_ORDER) return BAD_BYTE_ORDER;
  file.swapped = magic === BYTE_ORDER ? 0 : 1;
  if (half(at + 12) !== 1) return UNSUPPORTED_VERSION;
  clearInterfaces();
  return 0;
}

/** An interface block with its options, all of it there. */
function describe(at: usize, total: u32): u32 {
  if (total < 20) return BAD_BLOCK_LENGTH;
  const made = addInterface();
  if (made === null) return TOO_MANY_INTERFACES;
  made.link = half(at + 8);
  made.snaplen = word(at + 12);
  const end = at + total - 4;
  for (let option = at + 16; option + 4 <= end;) {
    const code = half(option);
    const length = half(option + 2);
    const value = option + 4;
    if (code === 0 || value + length > end) break;
    if (code === 9 && length >= 1) made.resolution = load<u8>(value);
    if (code === 14 && length >= 8) {
      const seconds = load<u64>(value);
      made.offset = <i64>(file.swapped !== 0 ? bswap<u64>(seconds) : seconds);
    }
    option = value + ((length + 3) & ~3);
  }
  return 0;
}

/** A packet of any of the three kinds, its block all there. */
function take(at: usize, total: u32, kind: u32): u32 {
  const header: u32 = kind === SIMPLE_PACKET ? 12 : 28;
  if (total < header + 4) return BAD_BLOCK_LENGTH;
  let index: u32 = 0;
  if (kind !== SIMPLE_PACKET) index = kind === OLD_PACKET ? half(at + 8) : word(at + 8);
  if (index >= interfaceCount()) return UNKNOWN_INTERFACE;
  const source = interfaceAt(index);
  const room = total - header - 4;
  let captured: u32 = 0;
  let original: u32 = 0;
  packet.time = 0;
  packet.untimed = kind === SIMPLE_PACKET ? 1 : 0;
  if (kind === SIMPLE_PACKET) {
    original = word(at + 8);
    captured = min(original, room);
    if (source.snaplen !== 0) captured = min(captured, source.snaplen);
  } else {
    captured = word(at + 20);
    original = word(at + 24);
    packet.time = timeOf(source, ((<u64>word(at + 12)) << 32) | word(at + 16));
  }
  if (captured > MAX_RECORD) return RECORD_TOO_LONG;
  if (captured > room) return PACKET_BEYOND_BLOCK;
  packet.link = source.link;
  packet.interface = index;
  handOn(at + header, captured, original, at);
  return 0;
}

/** Reads whole blocks from `at` up to `end`; answers where the first incomplete one begins. `at` stands at `offset` in the file. */
export function pcapngBlocks(at: usize, end: usize, offset: f64): usize {
  const begin = at;
  file.base = offset - <f64>begin;
  while (at + 12 <= end && room() > 0) {
    const here = offset + <f64>(at - begin);
    const first = load<u32>(at);
    let fault: u32 = 0;
    if (first === SECTION) {
      if (at + 16 > end) return at;
      fault = section(at);
    }
    const kind = first === SECTION ? SECTION : word(at);
    const total = word(at + 4);
    if (fault === 0 && (total < (kind === SECTION ? <u32>28 : 12) || (total & 3) !== 0)) fault = BAD_BLOCK_LENGTH;
    const isPacket = kind === ENHANCED_PACKET || kind === SIMPLE_PACKET || kind === OLD_PACKET;
    if (fault === 0 && total > MAX_BLOCK) {
      if (isPacket || kind === INTERFACE) fault = BLOCK_TOO_LONG;
      else {
        // Passed over, and with it the rest of a section's header; whether its length stands at its end too is not looked at.
        const there = <u32>(end - at);
        if (total > there) {
          file.skip = <f64>total - <f64>there;
          return end;
        }
        at += total;
        continue;
      }
    }
    if (fault === 0) {
      if (total > <u32>(end - at)) return at;
      if (word(at + total - 4) !== total) fault = BAD_BLOCK_LENGTH;
      else if (isPacket) fault = take(at, total, kind);
      else if (kind === INTERFACE) fault = describe(at, total);
    }
    if (fault !== 0) {
      fail(fault, here);
      return at;
    }
    at += total;
  }
  return at;
}
