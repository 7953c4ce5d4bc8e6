// Who sends and receives most: what was taken out of the kernel's table, bounded here too, and the largest of both together.
import { addressOf } from '../model/address.ts';
import type { TalkerCount, TalkerCounts } from '../model/traffic.ts';
import { amountBytes, talkerKeyBytes } from './layout.ts';

/** As numbers: exact below 2^53, which is 9 petabytes. */
interface Amount {
  packets: number;
  bytes: number;
}

/** What found no place in the kernel's table. */
export interface Unplaced extends Amount {
  /** Whether a talker is among it, and not only packets that have none. */
  talkers: boolean;
}

export interface TalkerTable {
  /** Takes over entries of the kernel's table, which are deleted there. */
  keep(entries: TalkerEntries): void;
  /** Leaves at most half of `maxKept` where there are more than that, the largest; what goes is counted as other. */
  prune(): void;
  /** The largest of those kept and those given, which are still in the kernel's table. */
  largest(live: readonly TalkerEntries[], limit: number, other: Unplaced): TalkerCounts;
}

/** Keys (24 bytes) and amounts (16 bytes) as one batch of the kernel has them; `count` are valid. 8-byte aligned. */
export interface TalkerEntries {
  keys: Uint8Array;
  amounts: Uint8Array;
  count: number;
}

export const generationOf = (keys: Uint8Array, index: number): number | undefined => keys[index * talkerKeyBytes];

/** A character for each byte, without the generation, which is the first one. */
const keyAt = (keys: Uint8Array, index: number): string =>
  String.fromCharCode(...keys.subarray(index * talkerKeyBytes + 1, (index + 1) * talkerKeyBytes));

const addAll = (sums: Map<string, Amount>, { keys, amounts, count }: TalkerEntries): void => {
  const words = new Uint32Array(amounts.buffer, amounts.byteOffset, (count * amountBytes) / 4);
  const number = (at: number): number => (words[at] ?? 0) + (words[at + 1] ?? 0) * 2 ** 32;
  for (let index = 0; index < count; index += 1) {
    const key = keyAt(keys, index);
    const packets = number(index * 4);
    const bytes = number(index * 4 + 2);
    const sum = sums.get(key);
    if (sum === undefined) {
      sums.set(key, { packets, bytes });
    } else {
      sum.packets += packets;
      sum.bytes += bytes;
    }
  }
};

const addressText = (family: number, bytes: readonly number[]): string => {
  const { family: shown, text } = addressOf(bytes.slice(0, family === 4 ? 4 : 16));
  return family === 6 && shown === 4 ? `::ffff:${text}` : text;
};

const asTalker = (key: string, { packets, bytes }: Amount, by: 'address' | 'port'): TalkerCount => {
  const octets = Array.from(key, (character) => character.charCodeAt(0));
  const [family = 0, protocol = 0, hasPort = 0, portLow = 0, portHigh = 0] = octets;
  return {
    family: family === 4 ? 'ipv4' : 'ipv6',
    address: by === 'address' ? addressText(family, octets.slice(7)) : undefined,
    protocol: by === 'port' ? protocol : undefined,
    port: by === 'port' && hasPort === 1 ? portLow + portHigh * 256 : undefined,
    packets: BigInt(packets),
    bytes: BigInt(bytes),
  };
};

const larger = ([, a]: [string, Amount], [, b]: [string, Amount]): number => b.bytes - a.bytes || b.packets - a.packets;

/** Up to this limit the few largest are kept in order while looking; for more it is cheaper to sort them all. */
const fewAt = 64;

/** The `limit` largest by bytes, then by packets, in order. */
const select = (sums: Iterable<[string, Amount]>, limit: number): [string, Amount][] => {
  if (limit > fewAt) return [...sums].sort(larger).slice(0, limit);
  const found: [string, Amount][] = [];
  for (const entry of sums) {
    const last = found.at(-1);
    if (limit === 0 || (found.length >= limit && last !== undefined && larger(entry, last) >= 0)) continue;
    if (found.length >= limit) found.pop();
    const place = found.findIndex((each) => larger(entry, each) < 0);
    found.splice(place < 0 ? found.length : place, 0, entry);
  }
  return found;
};

/** Classes an eighth of a power of two wide: fine enough to prune by, and no sorting. */
const sizeClass = (bytes: number): number => Math.floor(8 * Math.log2(Math.max(1, bytes)));

export const createTalkerTable = (by: 'address' | 'port', maxKept: number): TalkerTable => {
  const kept = new Map<string, Amount>();
  const dropped: Amount = { packets: 0, bytes: 0 };
  return {
    keep(entries) {
      addAll(kept, entries);
    },
    prune() {
      if (kept.size <= maxKept) return;
      const classes = new Uint32Array(8 * 64);
      for (const { bytes } of kept.values()) {
        const at = sizeClass(bytes);
        classes[at] = (classes[at] ?? 0) + 1;
      }
      let least = classes.length;
      for (let left = 0; least > 0; least -= 1) {
        left += classes[least - 1] ?? 0;
        if (left > maxKept / 2) break;
      }
      // Of the class at the boundary as many stay as there is room for.
      let room = Math.floor(maxKept / 2);
      for (let at = least; at < classes.length; at += 1) room -= classes[at] ?? 0;
      for (const [key, { packets, bytes }] of kept) {
        const at = sizeClass(bytes);
        if (at >= least || (at === least - 1 && room > 0)) {
          if (at === least - 1) room -= 1;
          continue;
        }
        dropped.packets += packets;
        dropped.bytes += bytes;
        kept.delete(key);
      }
    },
    largest(live, limit, other) {
      // The kept ones stay as they are: what is live comes again with the next reading.
      const sums = new Map([...kept].map(([key, amount]) => [key, { ...amount }]));
      for (const entries of live) addAll(sums, entries);
      return {
        talkers: select(sums, limit).map(([key, amount]) => asTalker(key, amount, by)),
        total: sums.size,
        otherPackets: BigInt(other.packets + dropped.packets),
        otherBytes: BigInt(other.bytes + dropped.bytes),
        exceeded: other.talkers || dropped.packets > 0 ? maxKept : undefined,
      };
    },
  };
};
