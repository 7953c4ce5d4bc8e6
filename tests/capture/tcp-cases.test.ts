// Each TCP verdict by a conversation made for it, and one that misses it narrowly; tshark says the same of every one.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as craft from './craft.ts';
import { differences, judgedByEngine, judgedByTshark } from './tcp-reference.ts';

interface More {
  window?: number;
  options?: readonly number[];
}

/** Microseconds after the packet before, `>` client to server or `<`, flags, sequence and acknowledgment relative to the initial ones, payload bytes. */
type Row = readonly [
  after: number,
  way: '>' | '<',
  flags: string,
  seq: number,
  ack: number,
  length: number,
  more?: More,
];

/** Initial numbers just below the wrap, so that every case crosses it. */
const initial = { '>': 0xffff_ffc0, '<': 0xffff_fff0 } as const;

type Wrapper = (segment: Uint8Array, way: '>' | '<') => Uint8Array;

const overIpv4: Wrapper = (segment, way) =>
  craft.frame(
    way === '>' ? craft.ip('10.0.0.1', '10.0.0.2', 6, segment) : craft.ip('10.0.0.2', '10.0.0.1', 6, segment),
  );
const overIpv6: Wrapper = (segment, way) =>
  craft.frame(way === '>' ? craft.ip('fd00::1', 'fd00::2', 6, segment) : craft.ip('fd00::2', 'fd00::1', 6, segment));
const overVlan: Wrapper = (segment, way) =>
  craft.ethernet(0x8100, craft.vlan(7, 0x0800, overIpv4(segment, way).subarray(14)));

const packetsOf = (rows: readonly Row[], wrap: Wrapper, port = 40000): craft.Crafted[] => {
  let time = 1_700_000_000_000_000_000n;
  return rows.map(([after, way, flags, seq, ack, length, more = {}]) => {
    time += BigInt(after) * 1000n;
    const ports = way === '>' ? { sourcePort: port, destinationPort: 80 } : { sourcePort: 80, destinationPort: port };
    const other = way === '>' ? initial['<'] : initial['>'];
    const header = {
      ...ports,
      seq: (initial[way] + seq) >>> 0,
      ack: flags.includes('A') ? (other + ack) >>> 0 : 0,
      flags,
      window: 1000,
      payload: new Uint8Array(length).fill(65),
      ...more,
    };
    return { time, bytes: wrap(craft.tcp(header), way) };
  });
};

/** A handshake that takes 2 ms. */
const opened = (options: readonly number[] = []): Row[] => [
  [0, '>', 'S', 0, 0, 0, { options }],
  [1000, '<', 'SA', 0, 1, 0, { options }],
  [1000, '>', 'A', 1, 1, 0],
];
const data = (after: number, seq: number, length = 100): Row => [after, '>', 'PA', seq, 1, length];
const ack = (after: number, number: number, more: More = {}): Row => [after, '<', 'A', 1, number, 0, more];

const sent = (length: number): Row => [9, '<', 'PA', 1, 1, length];
const three = [data(9, 1), data(9, 101), data(9, 201)];
const sackable = [...craft.sackPermitted];
const sacked = (number: number, ...blocks: [left: number, right: number][]): Row => {
  const edge = (seq: number): number => (initial['>'] + seq) >>> 0;
  const edges = blocks.map(([left, right]): [number, number] => [edge(left), edge(right)]);
  return ack(9, number, { options: craft.sack(...edges) });
};
const twice = (row: Row): Row[] => [row, row];

/** Name, packets, and the verdicts of the last. */
const cases: readonly (readonly [name: string, rows: readonly Row[], last: string | undefined])[] = [
  ['nothing', [...opened(), data(100, 1), ack(100, 101), data(100, 101)], undefined],
  ['retransmission of the latest segment', [...opened(), data(100, 1), data(300_000, 1)], 'retransmission'],
  [
    'out of order within the handshake time',
    [...opened(), data(100, 1), data(100, 201), data(1900, 101)],
    'out_of_order',
  ],
  [
    'a hole filled after the handshake time',
    [...opened(), data(100, 1), data(100, 201), data(2100, 101)],
    'retransmission',
  ],
  ['out of order within 3 ms without a handshake', [data(0, 1), data(100, 201), data(2900, 101)], 'out_of_order'],
  ['later than 3 ms without a handshake', [data(0, 1), data(100, 201), data(3100, 101)], 'retransmission'],
  ['a hole', [...opened(), data(100, 1), data(100, 201)], 'lost_segment'],
  [
    'fast after two duplicate ACKs',
    [...opened(), data(9, 1), data(9, 101), data(9, 201), ack(9, 101), ack(9, 101), ack(9, 101), data(3000, 101)],
    'retransmission fast_retransmission',
  ],
  [
    'one duplicate ACK is not enough',
    [...opened(), data(9, 1), data(9, 101), data(9, 201), ack(9, 101), ack(9, 101), data(3000, 101)],
    'retransmission',
  ],
  [
    'fast for less than 20 ms',
    [...opened(), data(9, 1), data(9, 101), data(9, 201), ack(9, 101), ack(9, 101), ack(9, 101), data(20_001, 101)],
    'retransmission',
  ],
  ['duplicate ACK', [...opened(), data(9, 1), ack(9, 101), ack(9, 101)], 'duplicate_ack'],
  ['an ACK with data is no duplicate', [...opened(), data(9, 1), ack(9, 101), [9, '<', 'A', 1, 101, 5]], undefined],
  ['spurious', [...opened(), data(9, 1), ack(9, 101), data(9, 1)], 'retransmission spurious_retransmission'],
  ['acknowledged in part only', [...opened(), data(9, 1), ack(9, 51), data(9000, 1)], 'retransmission'],
  ['acknowledged unseen', [...opened(), data(9, 1), ack(9, 102)], 'ack_lost_segment'],
  ['zero window', [...opened(), data(9, 1), ack(9, 101, { window: 0 })], 'zero_window'],
  ['a RST has no zero window', [...opened(), [9, '<', 'RA', 1, 1, 0, { window: 0 }]], 'rst'],
  ['zero window probe', [...opened(), data(9, 1), ack(9, 101, { window: 0 }), data(9, 101, 1)], 'zero_window_probe'],
  [
    'answer to a zero window probe',
    [...opened(), data(9, 1), ack(9, 101, { window: 0 }), data(9, 101, 1), ack(9, 101, { window: 0 })],
    'zero_window zero_window_probe_ack',
  ],
  ['window update', [...opened(), data(9, 1), ack(9, 101), ack(9, 101, { window: 2000 })], 'window_update'],
  ['a window that moves with the ACK', [...opened(), data(9, 1), ack(9, 101, { window: 2000 })], undefined],
  ['window full', [...opened(), data(9, 1, 400), data(9, 401, 600)], 'window_full'],
  ['one byte less than full', [...opened(), data(9, 1, 400), data(9, 401, 599)], undefined],
  [
    'window full with a scale',
    [...opened(craft.windowScale(2)), ack(9, 1, { window: 250 }), data(9, 1, 1000)],
    'window_full',
  ],
  [
    'the window times its factor is not full',
    [...opened(craft.windowScale(3)), ack(9, 1, { window: 250 }), data(9, 1, 1000)],
    undefined,
  ],
  [
    'the factor of a SYN holds when the SYN+ACK is not in the capture',
    [opened(craft.windowScale(2))[0] ?? data(0, 1), ack(9, 1), [9, '>', 'A', 1, 1, 0, { window: 250 }], sent(1000)],
    'window_full',
  ],
  [
    'a factor that the SYN+ACK does not offer does not hold',
    [
      ...opened(craft.windowScale(2)).with(1, [9, '<', 'SA', 0, 1, 0]),
      [9, '>', 'A', 1, 1, 0, { window: 250 }],
      sent(250),
    ],
    'window_full',
  ],
  [
    'SACKs for a hole are duplicate ACKs, and what fills it is fast',
    [...opened(sackable), ...three, sacked(101, [201, 301]), ...twice(sacked(101, [201, 301])), data(3000, 101)],
    'retransmission fast_retransmission',
  ],
  [
    'growing SACKs',
    [...opened(sackable), ...three, data(9, 301), ack(9, 101), sacked(101, [201, 301]), sacked(101, [201, 401])],
    'duplicate_ack',
  ],
  [
    'a DSACK of what came twice is a duplicate ACK',
    [...opened(sackable), ...three, ack(9, 301), data(300_000, 201), sacked(301, [201, 301])],
    'duplicate_ack',
  ],
  [
    'a DSACK with a SACK behind it',
    [...opened(sackable), ...three, data(9, 401), ack(9, 301), sacked(301, [1, 101], [401, 501])],
    'duplicate_ack',
  ],
  [
    'after a DSACK, new data is new',
    [...opened(sackable), ...three, ack(9, 301), data(300_000, 1), sacked(301, [1, 101]), data(9, 301)],
    undefined,
  ],
  [
    'a SACK option longer than the header',
    [...opened(sackable), ...three, ack(9, 101), ack(9, 101, { options: [5, 90, 1, 2, 3, 4, 5, 6] })],
    'duplicate_ack',
  ],
  ['keep-alive', [...opened(), data(9, 1), ack(9, 101), data(9_000_000, 100, 0)], 'keep_alive'],
  ['keep-alive with a byte', [...opened(), data(9, 1), ack(9, 101), data(9_000_000, 100, 1)], 'keep_alive'],
  [
    'answer to a keep-alive',
    [...opened(), data(9, 1), ack(9, 101), data(9_000_000, 100, 0), ack(9, 101)],
    'keep_alive_ack',
  ],
  ['port reuse', [...opened(), [9, '>', 'S', 5000, 0, 0]], 'reused_ports'],
  [
    'the same SYN again',
    [
      [0, '>', 'S', 0, 0, 0],
      [1_000_000, '>', 'S', 0, 0, 0],
    ],
    'retransmission',
  ],
  ['the same SYN+ACK again', [...opened(), [1_000_000, '<', 'SA', 0, 1, 0]], 'retransmission'],
  ['the same FIN again', [...opened(), [9, '>', 'FA', 1, 1, 0], [300_000, '>', 'FA', 1, 1, 0]], 'retransmission'],
];

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'netmcp-cases-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe.each([
  ['IPv4', overIpv4],
  ['IPv6', overIpv6],
  ['VLAN', overVlan],
] as const)('over %s', (_, wrap) => {
  test.each(cases)('%s', async (_name, rows, last) => {
    const { verdicts } = await judgedByEngine(craft.pcap(packetsOf(rows, wrap)));
    expect(verdicts.get(rows.length)).toBe(last);
  });
});

test('tshark says the same of every case', async () => {
  const path = join(folder, 'cases.pcap');
  const bytes = craft.pcap(cases.flatMap(([, rows], at) => packetsOf(rows, overIpv4, 40000 + at)));
  writeFileSync(path, bytes);
  const { verdicts } = await judgedByEngine(bytes);
  expect(differences((await judgedByTshark(path)).verdicts, verdicts)).toEqual([]);
});

const tables = async (rows: readonly Row[], options: craft.FileOptions = {}) =>
  (await judgedByEngine(craft.pcap(packetsOf(rows, overIpv4), options))).engine.exports;

test.each([
  [
    'refusing',
    [
      [0, '>', 'S', 0, 0, 0],
      [9, '<', 'RA', 0, 1, 0],
    ],
    0,
    1,
  ],
  ['during the handshake', [...opened().slice(0, 2), [9, '>', 'R', 1, 0, 0]], 1, 0],
  ['established', [...opened(), [9, '<', 'RA', 1, 1, 0]], 2, 1],
  ['after a FIN', [...opened(), [9, '>', 'FA', 1, 1, 0], [9, '<', 'RA', 1, 2, 0]], 3, 1],
  ['without the SYN', [data(0, 1), [9, '<', 'RA', 1, 101, 0]], 4, 1],
] as const satisfies readonly (readonly [string, readonly Row[], number, number])[])(
  'a RST %s',
  async (_, rows, stage, sender) => {
    const exports = await tables(rows);
    const counts = [0, 1, 2, 3, 4].flatMap((at) => [exports.resetCount(at, 0), exports.resetCount(at, 1)]);
    expect(counts.map((count, at) => (count > 0 ? at : -1)).filter((at) => at >= 0)).toEqual([stage * 2 + sender]);
    expect(exports.tcpRefused()).toBe(stage === 0 ? 1 : 0);
  },
);

test('connections: established, unanswered, closed; the handshake is timed', async () => {
  const exports = await tables([...opened(), [9, '>', 'FA', 1, 1, 0], [9, '<', 'FA', 1, 2, 0]]);
  expect([exports.tcpOpened(), exports.tcpEstablished(), exports.tcpClosed(), exports.tcpUnanswered()]).toEqual([
    1, 1, 1, 0,
  ]);
  expect(exports.tcpHandshakeSum()).toBe(2_000_000);
  const silent = await tables([
    [0, '>', 'S', 0, 0, 0],
    [1_000_000, '>', 'S', 0, 0, 0],
  ]);
  expect([silent.tcpOpened(), silent.tcpEstablished(), silent.tcpUnanswered()]).toEqual([1, 0, 1]);
});

test('an RTT sample is the time to the acknowledgment, and none of what was sent twice', async () => {
  const exports = await tables([
    ...opened(),
    data(9, 1),
    ack(5000, 101),
    data(9, 101),
    data(300_000, 101),
    ack(9, 201),
  ]);
  expect(exports.tcpRttSum()).toBe(5_000_000);
});

test('a header whose options the capture cut is counted and not analysed', async () => {
  const exports = await tables(opened(craft.timestamps(1, 0)), { snaplen: 14 + 20 + 24 });
  expect([exports.tcpCut(), exports.tcpSegments(), exports.tcpEstablished()]).toEqual([2, 3, 0]);
});
