// IPv4 (RFC 791): header with options, total length against padding.
import { DONE, ICMP, IPV4, IPV6, SCTP, TCP, UDP } from '../../protocols.ts';
import { be16 } from '../bytes.ts';
import { enter, left, packet, skip } from '../packet.ts';

/** What an IP protocol number announces. */
export function ipProtocol(number: u32): u32 {
  if (number === 6) return TCP;
  if (number === 17) return UDP;
  if (number === 1) return ICMP;
  if (number === 4) return IPV4;
  if (number === 41) return IPV6;
  if (number === 132) return SCTP;
  return DONE;
}

export function ipv4(): u32 {
  enter(IPV4);
  if (left() < 20) return DONE;
  const at = packet.at;
  const header = (load<u8>(at) & 15) << 2;
  const total = be16(at + 2);
  packet.source = at + 12;
  packet.destination = at + 16;
  packet.family = 4;
  packet.protocol = load<u8>(at + 9);
  packet.sourcePort = 0;
  packet.destinationPort = 0;
  if (header < 20) return DONE;
  // 0: segmentation offload left the length to the card.
  if (total >= header) packet.wire = min(packet.wire, at + total);
  packet.end = min(packet.end, packet.wire);
  if ((be16(at + 6) & 0x3fff) !== 0) return DONE;
  return skip(header, ipProtocol(packet.protocol));
}
