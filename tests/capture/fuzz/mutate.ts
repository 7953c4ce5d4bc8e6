// Captures made from others by chance: mostly where lengths, counts and types stand, so that most of a file is still understood.
import { randomNumbers } from '../conversations.ts';
import type { Seed } from './seeds.ts';

export interface Chance {
  /** A whole number from 0 to below `limit`. */
  below: (limit: number) => number;
  pick: <Item>(items: readonly Item[]) => Item;
}

export const chance = (seed: number): Chance => {
  const random = randomNumbers(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  return {
    below,
    pick: (items) => {
      const item = items[below(items.length)];
      if (item === undefined) throw new Error('nothing to pick from');
      return item;
    },
  };
};

/** Where the records of a capture stand: `headers` is what goes before the first. A cut record is the last. */
interface Parts {
  headers: Uint8Array;
  records: Uint8Array[];
}

/** Blocks of pcapng that hold a packet; whatever stands before the first of them says how they are to be read. */
const packetBlocks: readonly number[] = [2, 3, 6];

interface Split extends Parts {
  /** Number of the first record that is a packet. */
  first: number;
}

const split = (bytes: Uint8Array): Split => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const ng = bytes.length > 12 && view.getUint32(0) === 0x0a0d0d0a;
  const magic = bytes.length > 24 ? view.getUint32(0, true) : 0;
  const little = ng ? view.getUint32(8, true) === 0x1a2b3c4d : magic === 0xa1b2c3d4 || magic === 0xa1b23c4d;
  const records: Uint8Array[] = [];
  const types: number[] = [];
  const headers = ng ? 0 : 24;
  for (let at = headers; at + 16 <= bytes.length;) {
    const length = ng ? view.getUint32(at + 4, little) : 16 + view.getUint32(at + 8, little);
    if (length < 12) break;
    types.push(view.getUint32(at, little));
    records.push(bytes.subarray(at, at + length));
    at += length;
  }
  const first = ng ? types.findIndex((type) => packetBlocks.includes(type)) : 0;
  return { headers: bytes.subarray(0, headers), records, first: Math.max(0, first) };
};

const known = new WeakMap<Seed, Split>();

/** Bytes of an input before it is changed; what stands before the first packet is always whole. */
const mostBytes = 16 * 1024;

/** A copy of some packets that follow each other: of all places in a long capture, and seldom all that fit. */
const partsOf = (seed: Seed, { below, pick }: Chance): Parts => {
  const whole = known.get(seed) ?? split(seed.bytes);
  known.set(seed, whole);
  const { headers, records, first } = whole;
  const length = pick([1, 2, 4, 8, 16, 16, 32, Infinity]);
  const from = first + below(Math.max(1, records.length - first - Math.min(length, 8) + 1));
  const taken = records.slice(0, first);
  let left = mostBytes;
  for (const record of records.slice(from, from + length)) {
    left -= record.length;
    if (left < 0 && taken.length > first) break;
    taken.push(record);
  }
  return { headers: headers.slice(), records: taken.map((record) => record.slice()) };
};

const edges = [0, 1, 2, 3, 4, 5, 7, 8, 15, 16, 19, 20, 27, 28, 0x3f, 0x40, 0x7f, 0x80, 0xc0, 0xf0, 0xfe, 0xff];

/** Overwrites one, two or four bytes with a number at an edge, or flips a bit. */
const disturb = (bytes: Uint8Array, at: number, { below, pick }: Chance): void => {
  if (at >= bytes.length) return;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const width = pick([0, 1, 1, 2, 2, 4]);
  if (width === 0 || at + width > bytes.length) bytes[at] = (bytes[at] ?? 0) ^ (1 << below(8));
  else if (width === 1) bytes[at] = below(3) === 0 ? below(256) : pick(edges);
  else if (width === 2) view.setUint16(at, pick([...edges, 0xffff, 0x8000, 0x7fff, bytes.length]), below(2) === 0);
  else view.setUint32(at, pick([...edges, 0xffff_ffff, 0x8000_0000, 0x7fff_ffff, 262_145, 65_536]), below(2) === 0);
};

type Change = (parts: Parts, other: Parts, random: Chance) => void;

const somewhere = ({ records }: Parts, { below }: Chance): number => below(records.length);

/** Bytes of a record: of its own header, of the packet's headers, anywhere. */
const within =
  (from: number, length: number): Change =>
  (parts, _other, random) => {
    const record = parts.records[somewhere(parts, random)];
    if (record !== undefined)
      disturb(record, from + random.below(Math.min(length, Math.max(1, record.length - from))), random);
  };

const changes: readonly Change[] = [
  within(0, 28),
  within(16, 20),
  within(28, 40),
  within(28, 120),
  within(30, 20),
  within(50, 30),
  within(58, 60),
  within(0, Infinity),
  ({ headers }, _other, random) => {
    if (headers.length > 0) disturb(headers, random.below(headers.length), random);
  },
  ({ headers }, _other, { pick }) => {
    headers.set(
      [pick([0, 1, 9, 12, 50, 51, 101, 105, 113, 127, 228, 229]), 0, 0, 0].slice(0, headers.length),
      headers.length > 0 ? 20 : 0,
    );
  },
  // A record is cut, doubled, left out, moved, or comes from another file.
  (parts, _other, random) => {
    const at = somewhere(parts, random);
    const record = parts.records[at];
    if (record !== undefined) parts.records[at] = record.slice(0, random.below(record.length + 1));
  },
  (parts, _other, random) => {
    const record = parts.records[somewhere(parts, random)];
    const copies = Array.from({ length: 1 + random.below(8) }, () => record?.slice() ?? new Uint8Array(0));
    parts.records.splice(somewhere(parts, random), 0, ...copies);
  },
  (parts, _other, random) => {
    parts.records.splice(somewhere(parts, random), 1 + random.below(3));
  },
  (parts, _other, random) => {
    const taken = parts.records.splice(somewhere(parts, random), 1);
    parts.records.splice(somewhere(parts, random), 0, ...taken);
  },
  (parts, other, random) => {
    const from = somewhere(other, random);
    parts.records.splice(somewhere(parts, random), 0, ...other.records.slice(from, from + 1 + random.below(20)));
  },
  // A packet within a packet.
  (parts, other, random) => {
    const at = somewhere(parts, random);
    const [record, inner] = [parts.records[at], other.records[somewhere(other, random)]];
    if (record === undefined || inner === undefined) return;
    const place = random.below(record.length + 1);
    record.set(inner.subarray(0, Math.max(0, record.length - place)), place);
  },
  (parts, _other, random) => {
    const noise = Uint8Array.from({ length: random.below(64) }, () => random.below(256));
    parts.records.splice(somewhere(parts, random), 0, noise);
  },
];

/** Number `index` of the inputs that a seed gives: the same for the same numbers. */
export const mutated = (from: readonly Seed[], seed: number, index: number): Uint8Array => {
  const random = chance(Math.imul(seed, 0x9e37_79b1) ^ Math.imul(index + 1, 0x85eb_ca6b));
  const parts = partsOf(random.pick(from), random);
  const other = partsOf(random.pick(from), random);
  for (let left = 1 + random.below(6); left > 0; left -= 1) random.pick(changes)(parts, other, random);
  const bytes = new Uint8Array(Buffer.concat([parts.headers, ...parts.records]));
  return random.below(8) === 0 ? bytes.subarray(0, random.below(bytes.length + 1)) : bytes;
};
