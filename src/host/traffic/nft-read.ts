// What `nft -n list table` prints of our tables, as counts. Pure. Its text, because nft 1.0.6 prints broken JSON for a table with an owner.
import {
  sizeClasses,
  type DirectionCounts,
  type ProtocolCount,
  type TalkerCount,
  type TalkerCounts,
} from '../../model/traffic.ts';
import { hookChain, maxAddresses, maxPortPairs } from './nft-script.ts';

export interface Count {
  packets: bigint;
  bytes: bigint;
}

export interface Listing {
  counters: ReadonlyMap<string, Count>;
  /** By the name of the set: its keys as words, with what they count. */
  sets: ReadonlyMap<string, readonly (Count & { key: readonly string[] })[]>;
  /** The interface's chain stands with its rule, so everything before it does too. */
  complete: boolean;
}

const counted = (packets = '0', bytes = '0'): Count => ({ packets: BigInt(packets), bytes: BigInt(bytes) });

/** `6 . 80 . 50000 counter packets 3 bytes 252`, with whatever else a version adds between. */
const elementsOf = (text: string): (Count & { key: readonly string[] })[] =>
  [...text.matchAll(/(\S+(?: \. \S+)*) counter packets (\d+) bytes (\d+)/g)].map(([, key = '', packets, bytes]) => ({
    key: key.split(' . '),
    ...counted(packets, bytes),
  }));

/** Objects of a table stand indented by one tab and end with a brace so indented. */
export const parseListing = (text: string): Listing => {
  const objects = [...text.matchAll(/^\t(counter|set|chain) (\w+) \{[^\n]*\n(.*?)^\t\}/gms)].map(
    ([, kind = '', name = '', body = '']) => ({ kind, name, body }),
  );
  const those = (wanted: string) => objects.filter(({ kind }) => kind === wanted);
  return {
    counters: new Map(
      those('counter').map(({ name, body }) => {
        const [, packets, bytes] = /packets (\d+) bytes (\d+)/.exec(body) ?? [];
        return [name, counted(packets, bytes)];
      }),
    ),
    sets: new Map(
      those('set').map(({ name, body }) => [name, elementsOf(/elements = \{(.*)\}/s.exec(body)?.[1] ?? '')]),
    ),
    complete: those('chain').some(({ name, body }) => name === hookChain && body.includes('jump counting')),
  };
};

const none: Count = { packets: 0n, bytes: 0n };

/** nft names some protocols even when told to print numbers. */
const protocolNumbers: Readonly<Record<string, number>> = {
  icmp: 1,
  igmp: 2,
  tcp: 6,
  udp: 17,
  dccp: 33,
  gre: 47,
  esp: 50,
  ah: 51,
  icmpv6: 58,
  'ipv6-icmp': 58,
  comp: 108,
  sctp: 132,
  udplite: 136,
};

const protocolOf = (word = ''): number | undefined => (/^\d+$/.test(word) ? Number(word) : protocolNumbers[word]);

/** `header`: bytes of each frame that the hook did not see. */
export const countsOf = ({ counters, sets }: Listing, header: number, ethernet: boolean): DirectionCounts => {
  const whole = ({ packets, bytes }: Count): Count => ({ packets, bytes: bytes + packets * BigInt(header) });
  const counter = (name: string): Count => whole(counters.get(name) ?? none);
  const plain = (family: ProtocolCount['family'], name: string): ProtocolCount => ({
    family,
    protocol: undefined,
    ...counter(name),
  });
  const byProtocol = (family: 'ipv4' | 'ipv6', name: string): ProtocolCount[] =>
    (sets.get(name) ?? []).map((entry) => ({ family, protocol: protocolOf(entry.key[0]), ...whole(entry) }));
  const protocols = [
    ...byProtocol('ipv4', 'protocols4'),
    ...byProtocol('ipv6', 'protocols6'),
    plain('ipv4', 'broken4'),
    plain('ipv6', 'broken6'),
    plain('arp', 'arp_frames'),
    plain('other', 'other_frames'),
  ];
  return {
    ...counter('total_frames'),
    wirePackets: undefined,
    wireBytes: undefined,
    protocols: protocols.filter(({ packets }) => packets > 0n),
    multicast: ethernet ? counter('multicast_frames').packets : undefined,
    broadcast: ethernet ? counter('broadcast_frames').packets : undefined,
    sizes: sizeClasses.map((_, index) => counter(`size_${index}`).packets),
  };
};

/** Two sets of ports between the same programs are one talker: what tells them apart is the client's port. */
const joined = (talkers: readonly TalkerCount[]): TalkerCount[] => {
  const byKey = new Map<string, TalkerCount>();
  for (const talker of talkers) {
    const key = [talker.family, talker.address, talker.protocol, talker.port].join(' ');
    const known = byKey.get(key);
    byKey.set(key, {
      ...talker,
      packets: talker.packets + (known?.packets ?? 0n),
      bytes: talker.bytes + (known?.bytes ?? 0n),
    });
  }
  return [...byKey.values()];
};

export const talkersOf = ({ counters, sets }: Listing, header: number, limit: number): TalkerCounts => {
  const each = (family: 'ipv4' | 'ipv6', name: string): TalkerCount[] =>
    (sets.get(name) ?? []).map(({ key, packets, bytes }) => {
      const [first, ...ports] = key;
      const isAddress = ports.length === 0;
      return {
        family,
        address: isAddress ? first : undefined,
        protocol: isAddress ? undefined : protocolOf(first),
        port: isAddress ? undefined : Math.min(...ports.map(Number)),
        packets,
        bytes: bytes + packets * BigInt(header),
      };
    });
  const isByPort = [...sets.values()].some(([first]) => (first?.key.length ?? 1) > 1);
  const all = joined([...each('ipv4', 'talkers4'), ...each('ipv6', 'talkers6')]);
  const rest = counters.get('rest') ?? none;
  // What is in `rest` while a set is full may be a talker that found no place there; before that it is what has no address or port.
  const room = isByPort ? maxPortPairs : maxAddresses;
  const full = ['talkers4', 'talkers6'].some((name) => (sets.get(name)?.length ?? 0) >= room);
  return {
    talkers: all.sort((one, other) => Number(other.bytes - one.bytes)).slice(0, limit),
    total: all.length,
    otherPackets: rest.packets,
    otherBytes: rest.bytes + rest.packets * BigInt(header),
    exceeded: full && rest.packets > 0n ? room : undefined,
  };
};
