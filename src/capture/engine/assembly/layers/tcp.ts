// TCP (RFC 9293): the header; its analysis is in tcp/.
import { DONE, TCP } from '../../protocols.ts';
import { be16 } from '../bytes.ts';
import { enter, left, packet } from '../packet.ts';

export function tcp(): u32 {
  enter(TCP);
  if (left() < 4) return DONE;
  packet.transport = packet.at;
  packet.sourcePort = be16(packet.at);
  packet.destinationPort = be16(packet.at + 2);
  return DONE;
}
