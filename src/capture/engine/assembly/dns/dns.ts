// DNS (RFC 1035) over UDP and TCP, mDNS (RFC 6762) and LLMNR (RFC 4795): questions, answers and what they waited for.
import { CUT, LINK_LOCAL, MULTICAST, OVER_TCP, OVER_UDP, PACKETS } from '../../dns-layout.ts';
import { DNS, DONE, LLMNR, MDNS } from '../../protocols.ts';
import { enter, packet, short } from '../packet.ts';
import { add } from './counters.ts';
import { message } from './message.ts';
import { segment } from './streams.ts';

function portOf(port: u32): u32 {
  if (port === 53) return DNS;
  if (port === 5353) return MDNS;
  return port === 5355 ? LLMNR : DONE;
}

/** What UDP ports announce; the lower one goes first. */
function overUdp(source: u32, destination: u32): u32 {
  const first = portOf(min(source, destination));
  return first === DONE ? portOf(max(source, destination)) : first;
}

/** The packet at hand, by its ports. What an ICMP error quotes was not asked again. */
export function dns(): u32 {
  if (packet.wire <= packet.at || packet.quoted !== 0) return DONE;
  if (packet.protocol === 6) {
    // A segment counts as DNS when a message ends in it.
    if (segment() === 0) return DONE;
    enter(DNS);
    add(PACKETS + OVER_TCP, 1);
    return DONE;
  }
  const protocol = overUdp(packet.sourcePort, packet.destinationPort);
  const kind: u32 = protocol === MDNS ? MULTICAST : protocol === LLMNR ? LINK_LOCAL : OVER_UDP;
  if (packet.end < packet.wire) add(CUT, 1);
  if (!message(packet.at, packet.end, packet.wire, kind)) return short();
  enter(protocol);
  add(PACKETS + kind, 1);
  return DONE;
}
