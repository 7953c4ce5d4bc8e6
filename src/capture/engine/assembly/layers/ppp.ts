// PPP (RFC 1661) with or without its HDLC-like framing (RFC 1662), and PPPoE (RFC 2516), which carries it in Ethernet.
import { DONE, IPV4, IPV6, MPLS, PPP, PPPOE_DISCOVERY } from '../../protocols.ts';
import { be16 } from '../bytes.ts';
import { enter, left, limit, packet, short, skip } from '../packet.ts';

export function ppp(): u32 {
  enter(PPP);
  if (left() >= 2 && be16(packet.at) === 0xff03) packet.at += 2;
  if (left() < 2) return short();
  const first = load<u8>(packet.at);
  // Protocol numbers are odd in their last byte; a compressed one is that byte only.
  const header: usize = (first & 1) !== 0 ? 1 : 2;
  const protocol = header === 1 ? <u32>first : be16(packet.at);
  if (protocol === 0x21) return skip(header, IPV4);
  if (protocol === 0x57) return skip(header, IPV6);
  if (protocol === 0x281) return skip(header, MPLS);
  // Link and network control, authentication: PPP's own.
  return DONE;
}

export function pppoe(protocol: u32): u32 {
  enter(protocol);
  if (left() < 6) return short();
  if (protocol === PPPOE_DISCOVERY) return DONE;
  const length = be16(packet.at + 4);
  packet.at += 6;
  limit(length);
  return PPP;
}
