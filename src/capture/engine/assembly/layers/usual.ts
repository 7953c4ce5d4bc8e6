// The usual frame in one go: Ethernet with at most one VLAN tag, IP without options, extension headers or fragments, at most one GRE header without
// options and IP in it, then TCP or UDP. It leaves everything as the layers' own functions do; whatever is unusual in any way is left to them
// untouched.
import { ETHERNET, GRE, IPV4, IPV6, TCP, UDP, VLAN } from '../../protocols.ts';
import { be16 } from '../bytes.ts';
import { packet } from '../packet.ts';
import { child, nodeProtocol } from '../tree.ts';

// EtherTypes, and a GRE header with nothing but one, as they stand there.
const TYPE_IPV4: u32 = 0x0008;
const TYPE_IPV6: u32 = 0xdd86;
const TYPE_VLAN: u32 = 0x0081;

/** Most layers that are passed at once. */
export const USUAL_LAYERS: u32 = 5;

/** TCP or UDP when the frame from `start` is a usual one and its transport header stands next; else ETHERNET. `node` is what it is in. */
export function usual(start: usize, end: usize, wire: usize, node: u32): u32 {
  let at = start + 14;
  let type: u32 = load<u16>(start, 12);
  const tagged = type === TYPE_VLAN;
  if (tagged) {
    at += 4;
    // Of a frame that is too short the next one's bytes, or ours: never outside the memory.
    type = load<u16>(at - 2);
  }
  let layers: u32 = tagged ? 3 : 2;
  let outer: u32 = 0;
  let protocol: u32 = 0;
  for (;;) {
    // Of IPv4 these are its header and 20 bytes behind.
    if (at + 40 > end) return ETHERNET;
    let transport = at + 40;
    if (type === TYPE_IPV4) {
      const total = be16(at + 2);
      if (load<u8>(at) !== 0x45 || (load<u16>(at, 6) & 0xff3f) !== 0 || total < 40) return ETHERNET;
      wire = min(wire, at + total);
      protocol = load<u8>(at, 9);
      transport = at + 20;
    } else {
      if (type !== TYPE_IPV6) return ETHERNET;
      const length = be16(at + 4);
      if (length === 0) return ETHERNET;
      wire = min(wire, transport + length);
      protocol = load<u8>(at, 6);
    }
    end = min(end, wire);
    if (protocol === 6 || protocol === 17) {
      packet.at = transport;
      break;
    }
    if (protocol !== 47 || outer !== 0 || transport + 4 > end || load<u16>(transport) !== 0) return ETHERNET;
    outer = type;
    type = load<u16>(transport, 2);
    at = transport + 4;
    layers += 2;
  }
  const isIpv4 = type === TYPE_IPV4;
  packet.source = isIpv4 ? at + 12 : at + 8;
  packet.destination = isIpv4 ? at + 16 : at + 24;
  packet.family = isIpv4 ? 4 : 6;
  packet.protocol = protocol;
  packet.wire = wire;
  packet.end = end;
  packet.depth += layers;
  node = child(node, ETHERNET);
  if (tagged) node = child(node, VLAN);
  if (outer !== 0) node = child(child(node, outer === TYPE_IPV4 ? IPV4 : IPV6), GRE);
  packet.node = child(node, isIpv4 ? IPV4 : IPV6);
  return protocol === 6 ? TCP : UDP;
}

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

/** As `usual`, of a packet that is neither tagged nor in a tunnel, as most are: without it the engine has 3 % more to do for an average packet. */
export function plain(start: usize, end: usize, wire: usize): u32 {
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
