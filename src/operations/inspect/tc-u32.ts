// The keys of a u32 filter in words: `00000016/0000ffff at 20` of an IPv4 filter is `dport 22`. What is not known keeps its raw text alone.
import { addressOf } from '../../model/address.ts';
import { dscpNames } from '../../model/names.ts';

interface Key {
  raw: string;
  value: number;
  mask: number;
  /** Bytes into the packet, `nexthdr+N` as N from the end of the IP header. */
  at: number;
  afterHeader: boolean;
}

/** Part of a 32-bit word: its bits, and what it is called with a value and a mask shifted down to them. */
type Field = readonly [bits: number, shift: number, words: (value: number, mask: number) => string | undefined];

const hex = (value: number): string => `0x${value.toString(16)}`;
const masked =
  (name: string, full: number) =>
  (value: number, mask: number): string =>
    mask === full ? `${name} ${value}` : `${name} ${value}/${hex(mask)}`;

/** IANA protocol numbers that people filter by. */
const protocolNames: Readonly<Record<number, string>> = {
  1: 'icmp',
  2: 'igmp',
  6: 'tcp',
  17: 'udp',
  47: 'gre',
  50: 'esp',
  51: 'ah',
  58: 'icmpv6',
  132: 'sctp',
};
const protocol = (value: number, mask: number): string | undefined =>
  mask === 0xff ? `protocol ${protocolNames[value] ?? value}` : undefined;

const dsfield = (value: number, mask: number): string => {
  if (mask !== 0xfc) return mask === 0xff ? `dsfield ${hex(value)}` : `dsfield ${hex(value)}/${hex(mask)}`;
  const dscp = value >>> 2;
  return `dscp ${Object.entries(dscpNames).find(([, number]) => number === dscp)?.[0] ?? dscp}`;
};

/** A mask of its high byte alone may as well be of an ICMP type. */
const sport = (value: number, mask: number): string | undefined =>
  mask === 0xff00 ? undefined : masked('sport', 0xffff)(value, mask);
const ports: readonly Field[] = [
  [0xffff0000, 16, sport],
  [0x0000ffff, 0, masked('dport', 0xffff)],
];

/** tc's own words for no fragment at all, and for what carries the ports. */
const fragment = (value: number, mask: number): string | undefined => {
  if (value !== 0) return undefined;
  return mask === 0x3fff ? 'nofrag' : mask === 0x1fff ? 'firstfrag' : undefined;
};

const fieldsOf: Readonly<Record<'ip' | 'ipv6', Readonly<Record<number, readonly Field[]>>>> = {
  ip: {
    0: [
      [0x0f000000, 24, masked('ihl', 0x0f)],
      [0x00ff0000, 16, dsfield],
    ],
    4: [[0x0000ffff, 0, fragment]],
    8: [
      [0xff000000, 24, masked('ttl', 0xff)],
      [0x00ff0000, 16, protocol],
    ],
    20: ports,
  },
  ipv6: {
    0: [
      [0x0ff00000, 20, dsfield],
      [0x000fffff, 0, masked('flowlabel', 0xfffff)],
    ],
    4: [
      [0x0000ff00, 8, protocol],
      [0x000000ff, 0, masked('hop_limit', 0xff)],
    ],
    40: ports,
  },
};

/** Where the addresses are, and how many words each has. */
const addressesAt = { ip: { src: 12, dst: 16, words: 1 }, ipv6: { src: 8, dst: 24, words: 4 } } as const;

const keyOf = (raw: string): Key | undefined => {
  const found = /^([0-9a-f]{8})\/([0-9a-f]{8}) at (nexthdr\+)?(\d{1,4})$/.exec(raw);
  if (found === null) return undefined;
  const [, value = '', mask = '', next, at] = found;
  return { raw, value: parseInt(value, 16), mask: parseInt(mask, 16), at: Number(at), afterHeader: next !== undefined };
};

const wordsOf = ({ value, mask, at, afterHeader }: Key, family: 'ip' | 'ipv6'): string | undefined => {
  const fields = afterHeader ? (at === 0 ? ports : []) : (fieldsOf[family][at] ?? []);
  const known = fields.reduce((bits, [field]) => (bits | field) >>> 0, 0);
  if ((mask & ~known) !== 0) return undefined;
  const words = fields
    .filter(([bits]) => (mask & bits) !== 0)
    .map(([bits, shift, say]) => say((value & bits) >>> shift, (mask & bits) >>> shift));
  return words.length === 0 || words.includes(undefined) ? undefined : words.join(', ');
};

/** Bits from the left; undefined for a mask with holes. */
const lengthOf = (masks: readonly number[]): number | undefined => {
  const bits = masks.map((mask) => mask.toString(2).padStart(32, '0')).join('');
  return /^1*0*$/.test(bits) ? bits.replace(/0+$/, '').length : undefined;
};

const bytesOf = (word: number): number[] => [24, 16, 8, 0].map((shift) => (word >>> shift) & 255);

/** `src 2001:db8::/32` from the one to four keys that make it; undefined where they make no prefix. */
const addressWords = (keys: readonly Key[], family: 'ip' | 'ipv6', name: 'src' | 'dst'): string | undefined => {
  const { [name]: start, words } = addressesAt[family];
  const each = Array.from({ length: words }, (_, index) => keys.filter(({ at }) => at === start + index * 4));
  const length = lengthOf(each.map(([key]) => key?.mask ?? 0));
  if (length === undefined || length === 0 || each.some((same) => same.length > 1)) return undefined;
  const bytes = each.flatMap(([key]) => bytesOf(((key?.value ?? 0) & (key?.mask ?? 0)) >>> 0));
  const { text } = addressOf(bytes);
  return length === words * 32 ? `${name} ${text}` : `${name} ${text}/${length}`;
};

interface AddressGroup {
  keys: readonly Key[];
  words: string;
}

const addressGroups = (keys: readonly Key[], family: 'ip' | 'ipv6'): AddressGroup[] =>
  (['src', 'dst'] as const).flatMap((name) => {
    const { [name]: start, words: count } = addressesAt[family];
    const own = keys.filter(
      ({ at, afterHeader, mask }) => !afterHeader && mask !== 0 && at >= start && at < start + count * 4,
    );
    const words = addressWords(own, family, name);
    return words === undefined ? [] : [{ keys: own, words }];
  });

/**
 * Each key, or the keys of one address together, in words with the raw text in brackets behind. Only in filters of the
 * protocols `ip` and `ipv6` is it known what lies where.
 */
export const u32Matches = (lines: readonly string[], protocolName: string): string[] => {
  const family = protocolName === 'ip' || protocolName === 'ipv6' ? protocolName : undefined;
  const read = lines.map((raw) => ({ raw, key: keyOf(raw) }));
  const known = read.flatMap(({ key }) => (key === undefined ? [] : [key]));
  const groups = family === undefined ? [] : addressGroups(known, family);
  return read.flatMap(({ raw, key }) => {
    if (key === undefined) return [raw];
    const group = groups.find(({ keys }) => keys.includes(key));
    if (group !== undefined) {
      return group.keys[0] === key ? [`${group.words} (${group.keys.map((each) => each.raw).join(', ')})`] : [];
    }
    const words = key.mask === 0 ? 'everything' : family === undefined ? undefined : wordsOf(key, family);
    return [words === undefined ? raw : `${words} (${raw})`];
  });
};
