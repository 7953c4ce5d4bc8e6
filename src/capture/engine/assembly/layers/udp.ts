// UDP (RFC 768): ports, and what they announce.
import { DNS, DONE, UDP } from '../../protocols.ts';
import { be16 } from '../bytes.ts';
import { enter, left, packet, skip } from '../packet.ts';

export function udp(): u32 {
  enter(UDP);
  if (left() < 8) return DONE;
  const at = packet.at;
  packet.transport = packet.at;
  packet.sourcePort = be16(at);
  packet.destinationPort = be16(at + 2);
  const length = be16(at + 4);
  if (length >= 8) packet.wire = min(packet.wire, at + length);
  packet.end = min(packet.end, packet.wire);
  return skip(8, packet.sourcePort === 53 || packet.destinationPort === 53 ? DNS : DONE);
}
