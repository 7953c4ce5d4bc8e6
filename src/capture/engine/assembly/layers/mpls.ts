// MPLS (RFC 3032): one label; the next one, or what the first nibble behind the last tells: IP, or Ethernet as a pseudo-wire (RFC 4448).
import { DATA, ETHERNET, IPV4, IPV6, LLC, MPLS, PW_CONTROL_WORD, PW_HEURISTIC, PW_PLAIN } from '../../protocols.ts';
import { be16, be32 } from '../bytes.ts';
import { enter, left, packet, short } from '../packet.ts';
import { etherType } from './ethernet.ts';

/** Explicit null of IPv4 and IPv6. */
const NULL_IPV4: u32 = 0;
const NULL_IPV6: u32 = 2;

export function mpls(): u32 {
  enter(MPLS);
  if (left() < 4) return short();
  const entry = be32(packet.at);
  packet.at += 4;
  if ((entry & 0x100) === 0) return MPLS;
  if (left() < 1) return DATA;
  const label = entry >>> 12;
  if (label === NULL_IPV4) return IPV4;
  if (label === NULL_IPV6) return IPV6;
  const first = load<u8>(packet.at);
  if (first >>> 4 === 4) return IPV4;
  if (first >>> 4 === 6) return IPV6;
  // 0: a control word, or a card's address; others: nobody's.
  if (first >>> 4 !== 0 || left() < 14) return DATA;
  // Without a control word the type stands where Ethernet has it.
  if (isType(be16(packet.at + 12))) {
    enter(PW_PLAIN);
    return ETHERNET;
  }
  enter(PW_HEURISTIC);
  enter(PW_CONTROL_WORD);
  packet.at += 4;
  return ETHERNET;
}

function isType(type: u32): bool {
  const next = etherType(type);
  return next !== DATA && next !== LLC;
}
