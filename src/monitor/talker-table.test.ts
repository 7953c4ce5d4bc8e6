// Taken over, pruned and merged, no packet is lost or counted twice.
import { describe, expect, test } from 'vitest';
import { amountBytes, talkerKeyBytes } from './layout.ts';
import { createTalkerTable, type TalkerEntries } from './talker-table.ts';

interface Entry {
  family?: number;
  address?: readonly number[];
  protocol?: number;
  port?: number;
  packets: number;
  bytes: number;
  generation?: number;
}

const entries = (...list: Entry[]): TalkerEntries => {
  const keys = Buffer.alloc(talkerKeyBytes * list.length);
  const amounts = Buffer.alloc(amountBytes * list.length);
  list.forEach(({ family = 4, address = [], protocol = 0, port, packets, bytes, generation = 0 }, index) => {
    const at = index * talkerKeyBytes;
    keys.set([generation, family, protocol, port === undefined ? 0 : 1], at);
    keys.writeUInt16LE(port ?? 0, at + 4);
    keys.set(address, at + 8);
    amounts.writeBigUInt64LE(BigInt(packets), index * amountBytes);
    amounts.writeBigUInt64LE(BigInt(bytes), index * amountBytes + 8);
  });
  return { keys, amounts, count: list.length };
};

const none = { packets: 0, bytes: 0, talkers: false };
const numbered = (index: number): number[] => [10, index >> 16, (index >> 8) & 255, index & 255];

describe('a table of talkers', () => {
  test('joins what it kept with what the kernel still has, over generations', () => {
    const table = createTalkerTable('address', 100);
    const address = [192, 0, 2, 1];
    table.keep(entries({ address, packets: 3, bytes: 300 }));
    table.keep(entries({ address, packets: 1, bytes: 2 ** 33 }));
    const live = entries(
      { address, generation: 1, packets: 2, bytes: 200 },
      { address: [192, 0, 2, 2], packets: 1, bytes: 9 },
    );
    const { talkers, total } = table.largest([live], 1, none);
    expect(total).toBe(2);
    expect(talkers).toEqual([
      {
        family: 'ipv4',
        address: '192.0.2.1',
        protocol: undefined,
        port: undefined,
        packets: 6n,
        bytes: BigInt(2 ** 33 + 500),
      },
    ]);
    expect(table.largest([live], 1, none).exceeded).toBeUndefined();
    expect(table.largest([live], 1, { packets: 1, bytes: 60, talkers: false }).exceeded).toBeUndefined();
    expect(table.largest([live], 1, { packets: 1, bytes: 60, talkers: true }).exceeded).toBe(100);
    // Reading counts nothing twice.
    expect(table.largest([], 1, none).talkers[0]?.packets).toBe(4n);
  });

  test('writes addresses of both families, and mapped ones as what they were', () => {
    const table = createTalkerTable('address', 100);
    const v6 = [0x20, 1, 0x8d, 0xff, ...Array.from({ length: 11 }, () => 0), 1];
    const mapped = [...Array.from({ length: 10 }, () => 0), 255, 255, 192, 0, 2, 1];
    const live = entries(
      { family: 6, address: v6, packets: 1, bytes: 2 },
      { family: 6, address: mapped, packets: 1, bytes: 1 },
    );
    expect(table.largest([live], 5, none).talkers.map(({ address }) => address)).toEqual([
      '2001:8dff::1',
      '::ffff:192.0.2.1',
    ]);
  });

  test('tells ports from protocols without one', () => {
    const table = createTalkerTable('port', 100);
    const live = entries(
      { protocol: 6, port: 443, packets: 1, bytes: 20 },
      { family: 6, protocol: 58, packets: 1, bytes: 10 },
      { protocol: 17, port: 0, packets: 1, bytes: 5 },
    );
    expect(
      table.largest([live], 5, none).talkers.map(({ family, protocol, port }) => [family, protocol, port]),
    ).toEqual([
      ['ipv4', 6, 443],
      ['ipv6', 58, undefined],
      ['ipv4', 17, 0],
    ]);
  });

  test('prunes the smallest to others, so that the sums stay', () => {
    const table = createTalkerTable('address', 1000);
    let packets = 0;
    let bytes = 0;
    for (let index = 0; index < 5000; index += 1) {
      const heavy = index % 500 === 499;
      const entry = {
        address: numbered(index),
        packets: heavy ? 1000 : 1,
        bytes: heavy ? 1_000_000 + index : 60 + (index % 40),
      };
      packets += entry.packets;
      bytes += entry.bytes;
      table.keep(entries(entry));
      table.prune();
    }
    const all = table.largest([], 5000, { packets: 7, bytes: 700, talkers: false });
    expect(all.total).toBeLessThanOrEqual(1000);
    expect(all.exceeded).toBe(1000);
    expect(all.talkers.slice(0, 10).map(({ bytes: size }) => Number(size))).toEqual(
      Array.from({ length: 10 }, (_, index) => 1_004_999 - 500 * index),
    );
    const sum = (of: 'packets' | 'bytes'): bigint => all.talkers.reduce((total, talker) => total + talker[of], 0n);
    expect(sum('packets') + all.otherPackets).toBe(BigInt(packets + 7));
    expect(sum('bytes') + all.otherBytes).toBe(BigInt(bytes + 700));
  });

  test.each([64, 65, 300])('gives the %i largest in order', (limit) => {
    const table = createTalkerTable('address', 1000);
    for (let index = 0; index < 500; index += 1)
      table.keep(entries({ address: numbered(index), packets: index % 3, bytes: 60 + ((index * 7919) % 97) }));
    const all = table.largest([], 500, none).talkers;
    const { talkers } = table.largest([], limit, none);
    expect(talkers).toHaveLength(limit);
    const sizes = (list: typeof all): string[] => list.map(({ packets, bytes }) => `${bytes} ${packets}`);
    const inOrder = [...all].sort(
      (one, other) => Number(other.bytes - one.bytes) || Number(other.packets - one.packets),
    );
    expect(sizes(talkers)).toEqual(sizes(inOrder).slice(0, limit));
  });

  test('keeps no more than half of its room of equal ones', () => {
    const table = createTalkerTable('address', 100);
    for (let index = 0; index < 101; index += 1)
      table.keep(entries({ address: numbered(index), packets: 1, bytes: 60 }));
    table.prune();
    const { total, otherPackets } = table.largest([], 0, none);
    expect(total).toBe(50);
    expect(otherPackets).toBe(51n);
  });
});
