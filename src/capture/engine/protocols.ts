// The numbers of the protocols the engine tells apart: nodes of the protocol tree carry them. Compiled into the engine and
// imported by everybody who reads its tables; the names stand in protocol-names.ts.

/** The root of the tree: every packet. */
export const FRAME = 0;

// Link layer.
export const ETHERNET = 1;
export const SLL = 2;
export const NULL_LOOPBACK = 3;
export const RAW_IP = 4;
export const PPP = 5;
export const RADIOTAP = 6;
export const WLAN = 7;
export const LLC = 8;
export const VLAN = 9;
export const QINQ = 10;
export const MPLS = 11;
export const PPPOE_DISCOVERY = 12;
export const PPPOE_SESSION = 13;
export const ARP = 14;
/** Pseudo-wire Ethernet in MPLS (RFC 4448) with a control word; Wireshark shows two layers for it. */
export const PW_HEURISTIC = 15;
export const PW_CONTROL_WORD = 16;
/** Wireshark's layer of radio measurements between radiotap and 802.11. */
export const WLAN_RADIO = 17;
export const PRISM = 18;
export const WLAN_MANAGEMENT = 19;

// Network layer and tunnels.
export const IPV4 = 20;
export const IPV6 = 21;
export const GRE = 22;
export const VXLAN = 23;
export const GENEVE = 24;
export const GTP = 25;
export const WIREGUARD = 26;
export const ERSPAN = 27;
export const TEREDO = 28;
export const ESP = 29;
export const AH = 30;
export const IGMP = 31;
export const OSPF = 32;
export const VRRP = 33;
export const PW_PLAIN = 34;
/** Counted as SLL: only the header differs. */
export const SLL2 = 35;

// Transport.
export const ICMP = 40;
export const ICMPV6 = 41;
export const TCP = 42;
export const UDP = 43;
export const SCTP = 44;

// Applications.
export const DNS = 60;
export const MDNS = 61;
export const LLMNR = 62;
export const DHCP = 63;
export const DHCPV6 = 64;
export const NTP = 65;
export const QUIC = 66;
export const TLS = 67;
export const HTTP = 68;
export const NBNS = 69;
export const NBDGM = 70;
export const RIP = 71;
export const SSH = 72;
export const SNMP = 73;
export const SSDP = 74;
export const SYSLOG = 75;
export const DROPBOX = 76;

/** Bytes that no layer of ours explains. */
export const DATA = 100;
/** A packet whose headers contradict themselves or end too early. */
export const MALFORMED = 101;
/** A packet that the capture cut before a header ended. */
export const SHORT = 102;

/** Protocol numbers are below this. */
export const PROTOCOL_LIMIT = 128;

/** A layer's answer when nothing follows that the engine knows. */
export const DONE = 255;
