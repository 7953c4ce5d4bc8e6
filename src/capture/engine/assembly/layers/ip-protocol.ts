// What an IP protocol number announces (IANA, "Protocol Numbers").
import {
  AH,
  DATA,
  DONE,
  ESP,
  GRE,
  ICMP,
  ICMPV6,
  IGMP,
  IPV4,
  IPV6,
  MPLS,
  OSPF,
  SCTP,
  TCP,
  UDP,
  VRRP,
} from '../../protocols.ts';

export function ipProtocol(number: u32): u32 {
  if (number === 6) return TCP;
  if (number === 17) return UDP;
  switch (number) {
    case 1:
      return ICMP;
    case 2:
      return IGMP;
    case 4:
      return IPV4;
    case 41:
      return IPV6;
    case 47:
      return GRE;
    case 50:
      return ESP;
    case 51:
      return AH;
    case 58:
      return ICMPV6;
    case 59:
      return DONE;
    case 89:
      return OSPF;
    case 112:
      return VRRP;
    case 132:
      return SCTP;
    case 137:
      return MPLS;
    default:
      return DATA;
  }
}
