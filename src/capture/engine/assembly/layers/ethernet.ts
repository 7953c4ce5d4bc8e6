// Ethernet II (IEEE 802.3) and its EtherTypes; a length instead of a type is LLC (802.2).
import {
  ARP,
  DONE,
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
import { enter, left, packet, skip } from '../packet.ts';

/** What an EtherType announces. */
export function etherType(type: u32): u32 {
  if (type === 0x0800) return IPV4;
  if (type === 0x86dd) return IPV6;
  if (type === 0x0806) return ARP;
  if (type === 0x8100) return VLAN;
  if (type === 0x88a8 || type === 0x9100) return QINQ;
  if (type === 0x8847 || type === 0x8848) return MPLS;
  if (type === 0x8863) return PPPOE_DISCOVERY;
  if (type === 0x8864) return PPPOE_SESSION;
  return type <= 1500 ? LLC : DONE;
}

export function ethernet(): u32 {
  enter(ETHERNET);
  if (left() < 14) return DONE;
  return skip(14, etherType(be16(packet.at + 12)));
}
