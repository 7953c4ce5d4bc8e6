// Link layers that a capture makes up or that have next to nothing: Linux cooked v1 and v2, BSD loopback, raw IP.
import { DATA, DONE, IPV4, IPV6, LLC, NULL_LOOPBACK, RAW_IP, SLL } from '../../protocols.ts';
import { be16 } from '../bytes.ts';
import { enter, left, packet, rest, short, skip } from '../packet.ts';
import { etherType } from './ethernet.ts';

function cookedType(type: u32): u32 {
  // 4: an 802.2 packet; 1: Novell's raw 802.3.
  if (type === 4) return LLC;
  return type <= 1500 ? DATA : etherType(type);
}

/** Linux cooked: a header of 16 bytes with the type last, or of 20 with the type first. */
export function cooked(version: u32): u32 {
  const header: usize = version === 1 ? 16 : 20;
  enter(SLL);
  if (<usize>left() < header) return short();
  return skip(header, cookedType(be16(version === 1 ? packet.at + 14 : packet.at)));
}

/** The address family in the writer's byte order: the numbers are small, so the order shows. */
export function loopback(): u32 {
  enter(NULL_LOOPBACK);
  if (left() < 4) return short();
  let family = load<u32>(packet.at);
  if (family > 0xffff) family = bswap<u32>(family);
  packet.at += 4;
  if (family === 2) return IPV4;
  // Linux, and the BSDs' three.
  if (family === 10 || family === 24 || family === 28 || family === 30) return IPV6;
  return rest();
}

/** IP by its version. */
export function byVersion(): u32 {
  if (left() < 1) return packet.wire > packet.at ? short() : DONE;
  const version = load<u8>(packet.at) >>> 4;
  if (version === 4) return IPV4;
  if (version === 6) return IPV6;
  return rest();
}

export function rawIp(): u32 {
  enter(RAW_IP);
  if (left() < 4 && packet.end < packet.wire) return short();
  return byVersion();
}
