// Which layer EtherTypes, IP protocol numbers and PPP protocols announce (IANA's registries).

const etherTypes: Readonly<Record<number, string>> = {
  0x0800: 'ip',
  0x86dd: 'ipv6',
  0x0806: 'arp',
  0x8100: 'vlan',
  0x88a8: 'ieee8021ad',
  0x9100: 'vlan',
  0x8847: 'mpls',
  0x8848: 'mpls',
  0x8863: 'pppoed',
  0x8864: 'pppoes',
  0x6558: 'eth',
};

/** EtherTypes are from 1536; what is up to 1500 is a length, and LLC follows. */
export const etherTypeLayer = (type: number): string => (type <= 1500 ? 'llc' : (etherTypes[type] ?? 'data'));

/** What GRE and the tunnels over UDP that name an EtherType carry. */
const tunnelTypes: Readonly<Record<number, string>> = { 0x88be: 'erspan', 0x22eb: 'erspan', 0x880b: 'ppp' };

export const tunnelLayer = (type: number): string =>
  tunnelTypes[type] ?? (type <= 1500 ? 'data' : etherTypeLayer(type));

const ipProtocols: Readonly<Record<number, string>> = {
  1: 'icmp',
  2: 'igmp',
  4: 'ip',
  6: 'tcp',
  17: 'udp',
  41: 'ipv6',
  47: 'gre',
  50: 'esp',
  51: 'ah',
  58: 'icmpv6',
  89: 'ospf',
  112: 'vrrp',
  132: 'sctp',
  137: 'mpls',
};

const extensionHeaders: Readonly<Record<number, string>> = {
  0: 'ipv6.hopopts',
  43: 'ipv6.routing',
  44: 'ipv6.fraghdr',
  60: 'ipv6.dstopts',
};

/** What follows an IPv4 header. */
export const ipProtocolLayer = (protocol: number): string => ipProtocols[protocol] ?? 'data';

/** What follows an IPv6 header or one of its extension headers; '' after "no next header". */
export const nextHeaderLayer = (next: number): string =>
  next === 59 ? '' : (extensionHeaders[next] ?? ipProtocolLayer(next));

const pppProtocols: Readonly<Record<number, string>> = { 0x21: 'ip', 0x57: 'ipv6', 0x281: 'mpls', 0x283: 'mpls' };

export const pppLayer = (protocol: number): string => pppProtocols[protocol] ?? 'data';
