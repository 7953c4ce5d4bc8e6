// The usual packet in one go: Ethernet, IP without options, extension headers or fragments, then TCP or UDP. It leaves everything as the layers'
// own functions do; whatever is unusual in any way is left to them untouched.
import { ETHERNET, IPV4, IPV6, TCP, UDP } from '../../protocols.ts';
import { be16 } from '../bytes.ts';
import { packet } from '../packet.ts';
import { child, nodeProtocol } from '../tree.ts';

/** Nodes of IP in Ethernet, once they are in the tree. */
let ipv4Node: u32 = 0;
let ipv6Node: u32 = 0;

/** The node of an IP version inside Ethernet; kept only when the tree had room for it. */
function nodeOf(protocol: u32): u32 {
  const node = child(child(0, ETHERNET), protocol);
  if (nodeProtocol(node) === protocol) {
    if (protocol === IPV4) ipv4Node = node;
    else ipv6Node = node;
  }
  return node;
}

/** TCP or UDP when the packet at hand is a usual one and stands there now; else ETHERNET. */
export function usual(start: usize, end: usize, wire: usize): u32 {
  if (start + 54 > end) return ETHERNET;
  const type = load<u16>(start, 12);
  // 0x0800 and 0x45, as they stand there.
  if (type === 0x0008) {
    if (load<u8>(start, 14) !== 0x45 || (load<u16>(start, 20) & 0xff3f) !== 0) return ETHERNET;
    const total = be16(start + 16);
    const protocol: u32 = load<u8>(start, 23);
    if (total < 40 || (protocol !== 6 && protocol !== 17)) return ETHERNET;
    const stop = min(wire, start + 14 + total);
    packet.source = start + 26;
    packet.destination = start + 30;
    packet.family = 4;
    packet.protocol = protocol;
    packet.at = start + 34;
    packet.wire = stop;
    packet.end = min(end, stop);
    packet.node = ipv4Node !== 0 ? ipv4Node : nodeOf(IPV4);
    packet.depth = 2;
    return protocol === 6 ? TCP : UDP;
  }
  if (type !== 0xdd86) return ETHERNET;
  const length = be16(start + 18);
  const protocol: u32 = load<u8>(start, 20);
  if (length === 0 || (protocol !== 6 && protocol !== 17)) return ETHERNET;
  const stop = min(wire, start + 54 + length);
  packet.source = start + 22;
  packet.destination = start + 38;
  packet.family = 6;
  packet.protocol = protocol;
  packet.at = start + 54;
  packet.wire = stop;
  packet.end = min(end, stop);
  packet.node = ipv6Node !== 0 ? ipv6Node : nodeOf(IPV6);
  packet.depth = 2;
  return protocol === 6 ? TCP : UDP;
}
