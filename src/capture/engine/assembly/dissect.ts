// From a packet's first byte to its innermost layer: each layer answers with the next. The only place that knows all layers.
import {
  AH,
  DATA,
  DHCP,
  DNS,
  DONE,
  ERSPAN,
  ETHERNET,
  FRAME,
  GENEVE,
  GRE,
  GTP,
  ICMP,
  ICMPV6,
  IPV4,
  IPV6,
  LLC,
  LLMNR,
  MDNS,
  MPLS,
  NULL_LOOPBACK,
  PPP,
  PPPOE_DISCOVERY,
  PPPOE_SESSION,
  PRISM,
  QINQ,
  RADIOTAP,
  RAW_IP,
  SCTP,
  SLL,
  SLL2,
  TCP,
  TEREDO,
  UDP,
  VLAN,
  VXLAN,
  WLAN,
  WLAN_RADIO,
} from '../protocols.ts';
import { countAddresses } from './addresses.ts';
import { dns } from './dns/dns.ts';
import { countFlow } from './flows.ts';
import { cooked, loopback, rawIp } from './layers/cooked.ts';
import { dhcp } from './layers/dhcp.ts';
import { ethernet, vlan } from './layers/ethernet.ts';
import { erspan, gre } from './layers/gre.ts';
import { icmp, icmpv6, unquote } from './layers/icmp.ts';
import { ipv4 } from './layers/ipv4.ts';
import { ah, ipv6 } from './layers/ipv6.ts';
import { llc } from './layers/llc.ts';
import { mpls } from './layers/mpls.ts';
import { ppp, pppoe } from './layers/ppp.ts';
import { sctp } from './layers/sctp.ts';
import { tcp } from './layers/tcp.ts';
import { tcpPayload } from './layers/tcp-payload.ts';
import { geneve, gtp, teredo, vxlan } from './layers/udp-tunnels.ts';
import { isTunnel, udp, udpPayload } from './layers/udp.ts';
import { plain, usual, USUAL_LAYERS } from './layers/usual.ts';
import { prism, radiotap, wlan, wlanRadio } from './layers/wlan.ts';
import { enter, left, packet, rest } from './packet.ts';
import { analyse } from './tcp/analyse.ts';
import { FIN, segment, WHOLE } from './tcp/segment.ts';
import { countTime } from './time-series.ts';
import { countAt } from './tree.ts';

/** Layers of one packet: what is nested deeper is not looked into. */
const DEPTH: u32 = 40;

/** packet.quoted when the tree's node is settled. */
const NOTED: u32 = 0xffffffff;

/** What a link type (LINKTYPE_ of tcpdump.org/linktypes.html) begins with. */
function firstLayer(link: u32): u32 {
  switch (link) {
    case 1:
      return ETHERNET;
    case 0:
    case 108:
      return NULL_LOOPBACK;
    case 9:
    case 50:
      return PPP;
    case 12:
    case 14:
    case 101:
      return RAW_IP;
    case 51:
      return PPPOE_SESSION;
    case 105:
      return WLAN;
    case 113:
      return SLL;
    case 119:
      return PRISM;
    case 127:
      return RADIOTAP;
    case 228:
      return IPV4;
    case 229:
      return IPV6;
    case 276:
      return SLL2;
    default:
      return DATA;
  }
}

function overTcp(): u32 {
  // A router may quote 8 bytes only: that tells no flow, in Wireshark neither.
  if (packet.quoted !== 0 && left() < 20) return DONE;
  tcp();
  if (packet.transport === 0) return DONE;
  countFlow();
  analyse();
  // Nothing in it, and nothing ends with it.
  if (segment.state === WHOLE && segment.length === 0 && (segment.flags & FIN) === 0) return DONE;
  return tcpPayload();
}

function overUdp(): u32 {
  const next = udp();
  if (packet.transport === 0 || isTunnel(next)) return next;
  countFlow();
  // What UDP carries in a quoted packet counts below ICMP itself, as in Wireshark.
  if (packet.quoted !== 0 && next !== DONE) {
    packet.node = packet.quoted;
    packet.quoted = NOTED;
  }
  return udpPayload(next);
}

/** Ethernet, of the packet itself or in a tunnel. */
function frame(): u32 {
  if (packet.depth + USUAL_LAYERS > DEPTH) return ethernet();
  const next = usual(packet.at, packet.end, packet.wire, packet.node);
  if (next === ETHERNET) return ethernet();
  // As every IP header does: what stood around it is not the packet's.
  packet.sourcePort = 0;
  packet.destinationPort = 0;
  packet.transport = 0;
  return next;
}

function step(layer: u32): u32 {
  switch (layer) {
    case ETHERNET:
      return frame();
    case IPV4:
      return ipv4();
    case IPV6:
      return ipv6();
    case TCP:
      return overTcp();
    case UDP:
      return overUdp();
    case DNS:
    case MDNS:
    case LLMNR:
      return dns();
    case VLAN:
    case QINQ:
      return vlan(layer);
    case ICMP:
      return icmp();
    case ICMPV6:
      return icmpv6();
    case SCTP:
      return sctp();
    case MPLS:
      return mpls();
    case PPPOE_SESSION:
    case PPPOE_DISCOVERY:
      return pppoe(layer);
    case PPP:
      return ppp();
    case GRE:
      return gre();
    case ERSPAN:
      return erspan();
    case VXLAN:
      return vxlan();
    case GENEVE:
      return geneve();
    case GTP:
      return gtp();
    case TEREDO:
      return teredo();
    case AH:
      return ah();
    case LLC:
      return llc();
    case SLL:
      return cooked(1);
    case SLL2:
      return cooked(2);
    case NULL_LOOPBACK:
      return loopback();
    case RAW_IP:
      return rawIp();
    case RADIOTAP:
      return radiotap();
    case PRISM:
      return prism();
    case WLAN_RADIO:
      return wlanRadio();
    case WLAN:
      return wlan();
    case DHCP:
      return dhcp();
    case DATA:
      return rest();
    default:
      // Known by name only.
      enter(layer);
      return DONE;
  }
}

/**
 * Other protocols in IP make flows too, without ports. A packet counts for the innermost one only. What an ICMP error quotes counts for the
 * quoted flow, as the field tcp.stream of Wireshark does (its conversation windows leave it out).
 */
function countOther(): void {
  if (packet.quoted !== 0) unquote();
  const protocol = packet.protocol;
  if (packet.transport === 0 && (protocol === 6 || protocol === 17 || protocol === 132)) return;
  countFlow();
}

/** Dissects and counts the packet whose number, time, lengths, link and start are set. */
export function dissect(): void {
  const start = packet.start;
  const end = start + packet.captured;
  // No address of the memory is above 2^31: a sum with less than that does not wrap.
  const wire = start + min<u32>(packet.original, 0x7fffffff);
  packet.transport = 0;
  packet.sourcePort = 0;
  packet.destinationPort = 0;
  packet.direction = 0;
  packet.quoted = 0;
  packet.flow = 0;
  packet.verdicts = 0;
  let layer = packet.link === 1 ? plain(start, end, wire) : firstLayer(packet.link);
  if (layer === TCP) {
    packet.depth = 3;
    layer = overTcp();
  } else if (layer === UDP) {
    packet.depth = 3;
    layer = overUdp();
  } else {
    packet.at = start;
    packet.end = end;
    packet.wire = wire;
    packet.node = FRAME;
    packet.family = 0;
    packet.depth = 0;
  }
  while (layer !== DONE && packet.depth < DEPTH) {
    packet.depth += 1;
    layer = step(layer);
  }
  if (packet.flow === 0 && packet.family !== 0) countOther();
  if (packet.quoted !== 0 && packet.quoted !== NOTED) packet.node = packet.quoted;
  countAt(packet.node, packet.original);
  countTime();
  if (packet.flow === 0) countAddresses();
}
