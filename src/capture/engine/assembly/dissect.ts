// From a packet's first byte to its innermost layer: each layer answers with the next. The only place that knows all layers.
import { DNS, DONE, ETHERNET, FRAME, IPV4, IPV6, TCP, UDP } from '../protocols.ts';
import { dns } from './dns/dns.ts';
import { countFlow } from './flows.ts';
import { ethernet } from './layers/ethernet.ts';
import { ipv4 } from './layers/ipv4.ts';
import { ipv6 } from './layers/ipv6.ts';
import { tcp } from './layers/tcp.ts';
import { udp } from './layers/udp.ts';
import { packet } from './packet.ts';
import { analyse } from './tcp/analyse.ts';
import { countAt } from './tree.ts';

/** Layers of one packet: what is nested deeper is not looked into. */
const DEPTH: u32 = 40;

/** What a link type (LINKTYPE_ of tcpdump.org/linktypes.html) begins with. */
function firstLayer(link: u32): u32 {
  return link === 1 ? ETHERNET : DONE;
}

function step(layer: u32): u32 {
  switch (layer) {
    case ETHERNET:
      return ethernet();
    case IPV4:
      return ipv4();
    case IPV6:
      return ipv6();
    case TCP: {
      const next = tcp();
      countFlow();
      analyse();
      return next;
    }
    case UDP: {
      const next = udp();
      countFlow();
      return next;
    }
    case DNS:
      return dns();
    default:
      return DONE;
  }
}

/** Dissects and counts the packet whose number, time, lengths, link and start are set. */
export function dissect(): void {
  packet.at = packet.start;
  packet.end = packet.start + packet.captured;
  packet.wire = packet.start + packet.original;
  packet.node = FRAME;
  packet.family = 0;
  packet.transport = 0;
  packet.sourcePort = 0;
  packet.destinationPort = 0;
  packet.direction = 0;
  packet.depth = 0;
  packet.quoted = 0;
  packet.flow = 0;
  packet.verdicts = 0;
  let layer = firstLayer(packet.link);
  while (layer !== DONE && packet.depth < DEPTH) {
    packet.depth += 1;
    layer = step(layer);
  }
  countAt(packet.node, packet.original);
}
