// What the BPF programs of monitor.bpf.c write into their maps, in numbers that both sides share, and its decoding.
import type { DirectionCounts, ProtocolCount, TrafficFamily } from '../model/traffic.ts';

/** `CONSTANT(talkers_by)`. */
export const talkersByValue = { none: 0, address: 1, port: 2 } as const;

/**
 * `CONSTANT(link_layer)`: where a packet's headers begin. `loopback` has Ethernet headers that say nothing; `other` is read by the kernel's own
 * knowledge of where the network header is, which XDP does not have.
 */
export const linkLayerValue = { ethernet: 0, loopback: 1, raw_ip: 2, other: 3 } as const;
export type LinkLayer = keyof typeof linkLayerValue;

/** `struct talker`: u8 generation, family, protocol, has_port; u16 port; u16 0; u8[16] address in network order. */
export const talkerKeyBytes = 24;
/** `struct amount`: u64 packets, bytes. */
export const amountBytes = 16;

// `struct counts`, in words of 64 bits.
const word = {
  packets: 0,
  bytes: 1,
  wirePackets: 2,
  wireBytes: 3,
  multicast: 4,
  broadcast: 5,
  talkersAdded: 6,
} as const;
const otherPacketsWord = 7;
const otherBytesWord = 8;
const sizesWord = 9;
const sizeCount = 7;
const protocolsWord = 16;
const protocolCount = 516;
/** With the last word, which is always 0. */
const countsWords = protocolsWord + 2 * protocolCount + 1;
export const countsBytes = countsWords * 8;

export interface Counts extends DirectionCounts {
  /** Entries ever made in the table of talkers. */
  talkersAdded: bigint;
  otherPackets: bigint;
  otherBytes: bigint;
}

/** Sum over the CPUs. Most words are 0, so they are looked at as numbers and only the others become bigints. */
const sumOverCpus = (value: Uint8Array, cpus: number): bigint[] => {
  const sums = Array.from({ length: countsWords }, () => 0n);
  const halves = new Uint32Array(value.buffer, value.byteOffset, (countsBytes / 4) * cpus);
  const words = new BigUint64Array(value.buffer, value.byteOffset, countsWords * cpus);
  for (let index = 0; index < words.length; index += 1) {
    if (halves[2 * index] === 0 && halves[2 * index + 1] === 0) continue;
    const at = index % countsWords;
    sums[at] = (sums[at] ?? 0n) + (words[index] ?? 0n);
  }
  return sums;
};

const protocolAt = (index: number): { family: TrafficFamily; protocol: number | undefined } => {
  if (index < 256) return { family: 'ipv4', protocol: index };
  if (index < 512) return { family: 'ipv6', protocol: index - 256 };
  const family = (['ipv4', 'ipv6', 'arp', 'other'] as const)[index - 512] ?? 'other';
  return { family, protocol: undefined };
};

/** `value`: the entry of every possible CPU, one after the other, 8-byte aligned. `wire`: whether the hook knows of GSO. */
export const decodeCounts = (value: Uint8Array, cpus: number, wire: boolean): Counts => {
  const sums = sumOverCpus(value, cpus);
  const at = (index: number): bigint => sums[index] ?? 0n;
  const protocols = Array.from({ length: protocolCount }, (_, index): ProtocolCount => {
    const first = protocolsWord + 2 * index;
    return { ...protocolAt(index), packets: at(first), bytes: at(first + 1) };
  });
  return {
    packets: at(word.packets),
    bytes: at(word.bytes),
    wirePackets: wire ? at(word.wirePackets) : undefined,
    wireBytes: wire ? at(word.wireBytes) : undefined,
    protocols: protocols.filter(({ packets }) => packets > 0n),
    multicast: at(word.multicast),
    broadcast: at(word.broadcast),
    sizes: Array.from({ length: sizeCount }, (_, index) => at(sizesWord + index)),
    talkersAdded: at(word.talkersAdded),
    otherPackets: at(otherPacketsWord),
    otherBytes: at(otherBytesWord),
  };
};

/** At most so many of the packets have no talker: ARP and the like, and broken ones. Of IPv6 an address may be seen where the protocol is not. */
export const withoutTalker = ({ protocols }: DirectionCounts): bigint =>
  (protocols ?? []).reduce((sum, { protocol, packets }) => (protocol === undefined ? sum + packets : sum), 0n);
