// Ethernet II (IEEE 802.3) and its EtherTypes; a length instead of a type is LLC (802.2). VLAN tags (802.1Q) and those around them (802.1ad).
import {
  ARP,
  DATA,
  ETHERNET,
  IPV4,
  IPV6,
  LLC,
  MPLS,
  PPPOE_DISCOVERY,
  PPPOE_SESSION,
  QINQ,
  VLAN,
} from '../../protocols.ts';
import { be16 } from '../bytes.ts';
import { enter, left, limit, packet, short, skip } from '../packet.ts';

/** What an EtherType announces. */
export function etherType(type: u32): u32 {
  if (type === 0x0800) return IPV4;
  if (type === 0x86dd) return IPV6;
  if (type === 0x0806) return ARP;
  if (type === 0x8100 || type === 0x9100) return VLAN;
  if (type === 0x88a8) return QINQ;
  if (type === 0x8847 || type === 0x8848) return MPLS;
  if (type === 0x8863) return PPPOE_DISCOVERY;
  if (type === 0x8864) return PPPOE_SESSION;
  return type <= 1500 ? LLC : DATA;
}

/** A header of so many bytes ends with a type, or with the length of the LLC packet behind it. */
function announced(header: usize): u32 {
  const type = be16(packet.at + header - 2);
  packet.at += header;
  if (type <= 1500) limit(type);
  return etherType(type);
}

export function ethernet(): u32 {
  if (left() < 14) return short();
  enter(ETHERNET);
  const type = be16(packet.at + 12);
  if (type > 1500) return skip(14, etherType(type));
  return announced(14);
}

/** VLAN and 802.1ad tags are alike. */
export function vlan(protocol: u32): u32 {
  enter(protocol);
  if (left() < 4) return short();
  return announced(4);
}
