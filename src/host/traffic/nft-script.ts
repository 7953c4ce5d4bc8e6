// The commands that make our counting tables, a line each. The chain with the hook comes last: nothing counts before all of it stands.
import { sizeClasses, type TalkersBy, type TrafficDirection } from '../../model/traffic.ts';

/** Addresses of one family, and pairs of ports, that a table of talkers holds. */
export const maxAddresses = 4096;
export const maxPortPairs = 16_384;
/** As early as can be on the way in, as late as can be on the way out: what others drop there has or has not come through. */
const earliest = -2_000_000_000;
const latest = 2_000_000_000;

/** Name of the chain that hangs on the interface. */
export const hookChain = 'hook_chain';

export interface NftPlace {
  /** A name that nft can hold between double quotes. */
  iface: string;
  direction: TrafficDirection;
  /** Whether the table goes with the process that made it (Linux 5.12, nft 1.0). */
  owned: boolean;
  /** Bytes of a frame's header that the hook does not see. */
  hiddenHeader: number;
  /** Whether frames have Ethernet addresses. */
  ethernet: boolean;
  /** Whether it is a tun or tap device, whose user says how much of a packet lies in its linear part. */
  tun: boolean;
}

const hookOf = ({ iface, direction }: NftPlace): string => {
  const [hook, priority] = direction === 'incoming' ? (['ingress', earliest] as const) : (['egress', latest] as const);
  return `{ type filter hook ${hook} device "${iface}" priority ${priority}; policy accept; }`;
};

const sizeRules = (hidden: number): string[] =>
  sizeClasses.map((_, index) => {
    const next = sizeClasses[index + 1];
    return next === undefined
      ? `counter name size_${index}`
      : `meta length < ${next - hidden} counter name size_${index} return`;
  });

const multicastRules = [
  'ether daddr ff:ff:ff:ff:ff:ff counter name broadcast_frames',
  'ether daddr != ff:ff:ff:ff:ff:ff ether daddr & 01:00:00:00:00:00 == 01:00:00:00:00:00 counter name multicast_frames',
];

/**
 * Where no extension header stands between (ipv6_ext_hdr), IPv6's protocol is in its own header. `meta l4proto` would look for it in the linear part of
 * the packet (ipv6_find_hdr), where a tap may have put no header at all.
 */
const plainIpv6 = '@nh,0,4 6 ip6 nexthdr != { 0, 43, 44, 51, 60 }';

const kindRules = [
  'meta protocol ip update @protocols4 { meta l4proto counter } return',
  `meta protocol ip6 ${plainIpv6} update @protocols6 { ip6 nexthdr counter } return`,
  'meta protocol ip6 update @protocols6 { meta l4proto counter } return',
  'meta protocol ip counter name broken4 return',
  'meta protocol ip6 counter name broken6 return',
  'meta protocol arp counter name arp_frames return',
  'counter name other_frames',
];

const table = (name: string, { owned }: NftPlace): string =>
  `add table netdev ${name}${owned ? ' { flags owner; }' : ''}`;

const set = (name: string, type: string, size: number): string =>
  `${name} { type ${type}; size ${size}; flags dynamic; }`;

/** Counts by family, protocol, size and kind of receiver; every packet is in `total_frames` once. */
export const countingTable = (name: string, place: NftPlace): string[] => {
  const counters = [
    ...['total_frames', 'broadcast_frames', 'multicast_frames', 'arp_frames', 'other_frames', 'broken4', 'broken6'],
    ...sizeClasses.map((_, index) => `size_${index}`),
  ];
  const rules = (chain: string, texts: readonly string[]): string[] =>
    texts.map((text) => `add rule netdev ${name} ${chain} ${text}`);
  return [
    table(name, place),
    ...counters.map((counter) => `add counter netdev ${name} ${counter}`),
    ...['protocols4', 'protocols6'].map((each) => `add set netdev ${name} ${set(each, 'inet_proto', 256)}`),
    ...['sizes', 'kinds', 'counting'].map((chain) => `add chain netdev ${name} ${chain}`),
    ...rules('sizes', sizeRules(place.hiddenHeader)),
    ...rules('kinds', kindRules),
    ...rules('counting', [
      'counter name total_frames',
      ...(place.ethernet ? multicastRules : []),
      'jump sizes',
      'jump kinds',
    ]),
    `add chain netdev ${name} ${hookChain} ${hookOf(place)}`,
    `add rule netdev ${name} ${hookChain} jump counting`,
  ];
};

/** Counts by address, or by protocol and both ports; what a full set cannot take, and what has no address or port, is in `rest`. */
export const talkersTable = (name: string, place: NftPlace, by: Exclude<TalkersBy, 'none'>): string[] => {
  const side = place.direction === 'incoming' ? 'saddr' : 'daddr';
  const key = 'meta l4proto . th sport . th dport';
  const ports = 'meta l4proto { tcp, udp, dccp, sctp, udplite }';
  const sets =
    by === 'address'
      ? [set('talkers4', 'ipv4_addr', maxAddresses), set('talkers6', 'ipv6_addr', maxAddresses)]
      : ['talkers4', 'talkers6'].map((each) => set(each, 'inet_proto . inet_service . inet_service', maxPortPairs));
  const rules =
    by === 'address'
      ? [`update @talkers4 { ip ${side} counter } return`, `update @talkers6 { ip6 ${side} counter } return`]
      : [
          `meta protocol ip ${ports} update @talkers4 { ${key} counter } return`,
          `meta protocol ip6 ${ports} update @talkers6 { ${key} counter } return`,
        ];
  return [
    table(name, place),
    `add counter netdev ${name} rest`,
    ...sets.map((each) => `add set netdev ${name} ${each}`),
    `add chain netdev ${name} counting`,
    ...[...rules, 'counter name rest'].map((rule) => `add rule netdev ${name} counting ${rule}`),
    `add chain netdev ${name} ${hookChain} ${hookOf(place)}`,
    `add rule netdev ${name} ${hookChain} jump counting`,
  ];
};
