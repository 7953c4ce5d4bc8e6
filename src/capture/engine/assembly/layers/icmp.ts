// ICMP (RFC 792) and ICMPv6 (RFC 4443): errors quote the packet they complain of, which is dissected for the analysis of its flow, but
// counts as ICMP in the protocol tree, as in Wireshark.
import { DONE, ICMP, ICMPV6, IPV4, IPV6 } from '../../protocols.ts';
import { enter, left, packet, short } from '../packet.ts';

// Addresses of the packet that quotes.
let source: usize = 0;
let destination: usize = 0;
let family: u32 = 0;
let protocol: u32 = 0;

/** Puts the addresses of the error itself back, when what it quotes tells no flow. */
export function unquote(): void {
  packet.source = source;
  packet.destination = destination;
  packet.family = family;
  packet.protocol = protocol;
  packet.sourcePort = 0;
  packet.destinationPort = 0;
  packet.transport = 0;
}

function quotes(next: u32): u32 {
  packet.at += 8;
  if (left() < 1) return DONE;
  source = packet.source;
  destination = packet.destination;
  family = packet.family;
  protocol = packet.protocol;
  packet.quoted = packet.node;
  return next;
}

export function icmp(): u32 {
  enter(ICMP);
  if (left() < 4) return short();
  if (packet.quoted !== 0) return DONE;
  const type = load<u8>(packet.at);
  // Unreachable, source quench, redirect, time exceeded, parameter problem.
  return type === 3 || type === 4 || type === 5 || type === 11 || type === 12 ? quotes(IPV4) : DONE;
}

export function icmpv6(): u32 {
  enter(ICMPV6);
  if (left() < 4) return short();
  if (packet.quoted !== 0) return DONE;
  const type = load<u8>(packet.at);
  // Unreachable, too big, time exceeded, parameter problem.
  return type >= 1 && type <= 4 ? quotes(IPV6) : DONE;
}
