// TCP (RFC 9293): the header; its analysis is in tcp/.
import { DONE, TCP } from '../../protocols.ts';
import { be16 } from '../bytes.ts';
import { enter, left, packet, skip } from '../packet.ts';
import { readSegment, segment, WHOLE } from '../tcp/segment.ts';

export function tcp(): u32 {
  enter(TCP);
  packet.transport = 0;
  segment.state = 1;
  segment.flags = 0;
  if (left() < 4) return DONE;
  packet.transport = packet.at;
  packet.sourcePort = be16(packet.at);
  packet.destinationPort = be16(packet.at + 2);
  readSegment(packet.at);
  return segment.state === WHOLE ? skip(segment.optionsEnd - packet.at, DONE) : DONE;
}
