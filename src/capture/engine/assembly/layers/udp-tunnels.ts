// Tunnels in UDP: VXLAN (RFC 7348) and its generic extension, Geneve (RFC 8926), GTP-U (3GPP TS 29.281), Teredo (RFC 4380).
import { DONE, ETHERNET, GENEVE, GTP, IPV4, IPV6, TEREDO, VXLAN } from '../../protocols.ts';
import { be16 } from '../bytes.ts';
import { enter, left, packet, rest, short, skip } from '../packet.ts';
import { byVersion } from './cooked.ts';
import { etherType } from './ethernet.ts';

export function vxlan(): u32 {
  enter(VXLAN);
  if (left() < 8) return short();
  // The generic extension says what follows.
  if ((load<u8>(packet.at) & 4) === 0) return skip(8, ETHERNET);
  const next = load<u8>(packet.at + 3);
  packet.at += 8;
  if (next === 1) return IPV4;
  if (next === 2) return IPV6;
  return next === 3 ? ETHERNET : rest();
}

export function geneve(): u32 {
  enter(GENEVE);
  if (left() < 8) return short();
  const type = be16(packet.at + 2);
  const header: usize = 8 + (((<usize>load<u8>(packet.at)) & 0x3f) << 2);
  return skip(header, type === 0x6558 ? ETHERNET : etherType(type));
}

export function gtp(): u32 {
  enter(GTP);
  if (left() < 8) return short();
  const flags = load<u8>(packet.at);
  // Version 1, and a packet of a user; anything else is signalling.
  if (flags >>> 4 !== 3 || load<u8>(packet.at + 1) !== 255) return DONE;
  let header: usize = 8;
  if ((flags & 7) !== 0) {
    header = 12;
    if (left() < 12) return short();
    let next = (flags & 4) !== 0 ? load<u8>(packet.at + 11) : 0;
    while (next !== 0) {
      if (packet.at + header >= packet.end) return short();
      const length = (<usize>load<u8>(packet.at + header)) << 2;
      if (length === 0 || packet.at + header + length > packet.end) return short();
      header += length;
      next = load<u8>(packet.at + header - 1);
    }
  }
  packet.at += header;
  return packet.at <= packet.end ? byVersion() : short();
}

export function teredo(): u32 {
  enter(TEREDO);
  // Authentication, then the origin, each if it is there.
  if (left() >= 4 && be16(packet.at) === 1) {
    packet.at += 13 + <usize>load<u8>(packet.at + 2) + <usize>load<u8>(packet.at + 3);
    if (packet.at > packet.end) return short();
  }
  if (left() >= 8 && be16(packet.at) === 0) packet.at += 8;
  return byVersion();
}
