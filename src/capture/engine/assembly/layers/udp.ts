// UDP (RFC 768): ports, and what they announce; WireGuard and QUIC are known by their looks.
import { DATA, DONE, GENEVE, GTP, MPLS, QUIC, TEREDO, UDP, VXLAN, WIREGUARD } from '../../protocols.ts';
import { be16, be32 } from '../bytes.ts';
import { enter, left, packet, short } from '../packet.ts';
import { udpService } from './ports.ts';
import { makeStream, streamOf } from './stream.ts';

/** A WireGuard message: type, three zero bytes, and the length its type has. */
function isWireGuard(length: u32): bool {
  const type = load<u32>(packet.at);
  if (type === 4) return length >= 32 && (length & 15) === 0;
  return (type === 1 && length === 148) || (type === 2 && length === 92) || (type === 3 && length === 64);
}

/** A long header (RFC 8999) of a version in use: 1, 2, drafts, negotiation. */
function isQuic(): bool {
  if (left() < 7 || (load<u8>(packet.at) & 0xc0) !== 0xc0) return false;
  const version = be32(packet.at + 1);
  const known = version === 1 || version === 0x6b3343cf || version >>> 8 === 0xff0000;
  return known && load<u8>(packet.at + 5) <= 20;
}

/** A layer of UDP itself: nothing is inside that makes a flow of its own. */
export function isTunnel(next: u32): bool {
  return next === VXLAN || next === GENEVE || next === GTP || next === TEREDO || next === MPLS;
}

export function udp(): u32 {
  enter(UDP);
  if (left() < 8) return short();
  const at = packet.at;
  const source = be16(at);
  const destination = be16(at + 2);
  const length = be16(at + 4);
  packet.transport = at;
  packet.sourcePort = source;
  packet.destinationPort = destination;
  if (length >= 8) packet.wire = min(packet.wire, at + length);
  packet.end = min(packet.end, packet.wire);
  packet.at = at + 8;
  if (packet.wire <= packet.at) return DONE;
  const next = udpService(source, destination);
  if (next !== DATA || left() < 4) return next;
  if (isQuic()) return QUIC;
  return isWireGuard(<u32>(packet.wire - packet.at)) ? WIREGUARD : DATA;
}

/** Behind the flow: short headers of QUIC are only known from the long ones before. */
export function udpPayload(next: u32): u32 {
  if (next !== QUIC && next !== DATA) return next;
  if (next === DATA && packet.sourcePort !== 443 && packet.destinationPort !== 443) return DATA;
  const stream = streamOf();
  if (stream === null && next === QUIC) makeStream(QUIC);
  return stream === null ? next : QUIC;
}
