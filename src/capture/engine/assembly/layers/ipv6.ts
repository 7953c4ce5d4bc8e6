// IPv6 (RFC 8200).
import { DONE, ICMPV6, IPV6 } from '../../protocols.ts';
import { be16 } from '../bytes.ts';
import { enter, left, packet, skip } from '../packet.ts';
import { ipProtocol } from './ipv4.ts';

export function ipv6(): u32 {
  enter(IPV6);
  if (left() < 40) return DONE;
  const at = packet.at;
  const length = be16(at + 4);
  packet.source = at + 8;
  packet.destination = at + 24;
  packet.family = 6;
  packet.protocol = load<u8>(at + 6);
  packet.sourcePort = 0;
  packet.destinationPort = 0;
  if (length > 0) packet.wire = min(packet.wire, at + 40 + length);
  packet.end = min(packet.end, packet.wire);
  return skip(40, packet.protocol === 58 ? ICMPV6 : ipProtocol(packet.protocol));
}
