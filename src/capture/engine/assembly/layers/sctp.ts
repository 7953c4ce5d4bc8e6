// SCTP (RFC 9260): the common header; its chunks are not looked into.
import { DONE, SCTP } from '../../protocols.ts';
import { be16 } from '../bytes.ts';
import { enter, left, packet, short } from '../packet.ts';

export function sctp(): u32 {
  enter(SCTP);
  if (left() < 12) return short();
  packet.transport = packet.at;
  packet.sourcePort = be16(packet.at);
  packet.destinationPort = be16(packet.at + 2);
  return DONE;
}
