// IPv6 (RFC 8200) with its extension headers; jumbograms (RFC 2675) and lengths that segmentation offload left out.
import { AH, DONE, IPV6 } from '../../protocols.ts';
import { be16, be32 } from '../bytes.ts';
import { reassemble } from '../fragments.ts';
import { enter, left, packet, rest, short } from '../packet.ts';
import { ipProtocol } from './ip-protocol.ts';

/** Extension headers of one packet; more are not looked into. */
const EXTENSIONS: u32 = 32;

/** Passes extension headers, the first of which packet.protocol announces. */
export function extensions(): u32 {
  for (let index: u32 = 0; index < EXTENSIONS; index++) {
    const protocol = packet.protocol;
    const isFragment = protocol === 44;
    // Hop-by-hop, routing, destination, mobility, host identity, shim6.
    const isOther =
      protocol === 0 || protocol === 43 || protocol === 60 || protocol === 135 || protocol === 139 || protocol === 140;
    if (!isFragment && !isOther) return ipProtocol(protocol);
    if (left() < 8) return short();
    const at = packet.at;
    const next = <u32>load<u8>(at);
    if (isFragment) {
      const field = be16(at + 2);
      packet.at += 8;
      packet.protocol = next;
      if ((field & 0xfff9) !== 0 && !reassemble(be32(at + 4), field & 0xfff8, (field & 1) !== 0)) return rest();
    } else {
      packet.at += (<usize>load<u8>(at + 1) + 1) << 3;
      if (packet.at > packet.end) return short();
      packet.protocol = next;
    }
  }
  return DONE;
}

export function ipv6(): u32 {
  enter(IPV6);
  if (left() < 40) return short();
  const at = packet.at;
  const length = be16(at + 4);
  packet.source = at + 8;
  packet.destination = at + 24;
  packet.family = 6;
  packet.protocol = load<u8>(at + 6);
  packet.sourcePort = 0;
  packet.destinationPort = 0;
  packet.transport = 0;
  // 0: a jumbogram, or offloaded: up to the packet's end.
  if (length > 0) packet.wire = min(packet.wire, at + 40 + length);
  packet.end = min(packet.end, packet.wire);
  packet.at = at + 40;
  return extensions();
}

/** IPsec's authentication header (RFC 4302) shows what follows it. */
export function ah(): u32 {
  // In IPv6 it is one more extension header, as in Wireshark's tree.
  if (packet.family !== 6) enter(AH);
  if (left() < 12) return short();
  packet.protocol = load<u8>(packet.at);
  packet.at += (<usize>load<u8>(packet.at + 1) + 2) << 2;
  if (packet.at > packet.end) return short();
  return extensions();
}
