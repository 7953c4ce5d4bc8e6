// IPv4 (RFC 791): header with options, total length against padding, fragments.
import { DONE, IPV4 } from '../../protocols.ts';
import { be16 } from '../bytes.ts';
import { reassemble } from '../fragments.ts';
import { enter, left, packet, rest, short } from '../packet.ts';
import { ipProtocol } from './ip-protocol.ts';

export function ipv4(): u32 {
  enter(IPV4);
  if (left() < 20) return short();
  const at = packet.at;
  const header = <usize>((load<u8>(at) & 15) << 2);
  const total = be16(at + 2);
  if (header < 20 || (total !== 0 && total < <u32>header)) return DONE;
  packet.source = at + 12;
  packet.destination = at + 16;
  packet.family = 4;
  packet.protocol = load<u8>(at + 9);
  packet.sourcePort = 0;
  packet.destinationPort = 0;
  packet.transport = 0;
  // 0: segmentation offload left the length to the card.
  if (total !== 0) packet.wire = min(packet.wire, at + total);
  packet.end = min(packet.end, packet.wire);
  packet.at = at + header;
  if (packet.at > packet.end) return short();
  const fragment = be16(at + 6);
  if ((fragment & 0x3fff) !== 0) {
    if (!reassemble(be16(at + 4), (fragment & 0x1fff) << 3, (fragment & 0x2000) !== 0)) return rest();
  }
  return ipProtocol(packet.protocol);
}
