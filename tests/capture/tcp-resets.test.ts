// RSTs: client and server are named only where a SYN or SYN+ACK tells them apart, else the endpoint that sent them is; all are tshark's.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { resetsOf, type Resets } from '../../src/capture/reports/tcp-resets.ts';
import { frame, ip, pcap, tcp } from './craft.ts';
import { captureFolder, readableCaptures, readWhole, type CaptureFolder } from './read-whole.ts';
import { tsharkFields } from './tshark.ts';

let folder: CaptureFolder;
beforeAll(async () => {
  folder = await captureFolder();
});
afterAll(() => folder.remove());

/** `>`: from 10.0.0.1. */
type Row = readonly [port: number, way: '>' | '<', flags: string, seq: number, ack: number];

const resetsIn = async (rows: readonly Row[]): Promise<Resets> => {
  const packets = rows.map(([port, way, flags, seq, ack], index) => {
    const [from, to] = way === '>' ? ['10.0.0.1', '10.0.0.2'] : ['10.0.0.2', '10.0.0.1'];
    const [sourcePort, destinationPort] = way === '>' ? [port, 80] : [80, port];
    return {
      time: 1_700_000_000_000_000_000n + BigInt(index) * 10_000_000n,
      bytes: frame(ip(from, to, 6, tcp({ sourcePort, destinationPort, seq, ack, flags }))),
    };
  });
  return resetsOf((await readWhole(await folder.write('resets.pcap', pcap(packets)))).engine);
};

const none = { by_client: 0, by_server: 0, by_unknown: 0 };
const opened = (port: number): Row[] => [
  [port, '>', 'S', 0, 0],
  [port, '<', 'SA', 0, 1],
  [port, '>', 'A', 1, 1],
];
const nothing = { refusing: none, handshake: none, established: none, after_fin: none, unknown: none };

describe('without the SYN in the file', () => {
  test.each(['>', '<'] as const)('nobody is called client or server (%s)', async (way) => {
    const found = await resetsIn([
      [4000, '>', 'PA', 1, 1],
      [4000, way, 'R', 1, 0],
    ]);
    const ends = ['10.0.0.1:4000', '10.0.0.2:80'];
    const [sender, receiver] = way === '>' ? ends : ends.toReversed();
    expect(found).toEqual({
      ...nothing,
      unknown: { ...none, by_unknown: 1 },
      unknown_senders: [{ sender, receiver, count: 1 }],
    });
  });

  test.each(['>', '<'] as const)('nor after a FIN (%s)', async (way) => {
    const found = await resetsIn([
      [4000, '>', 'FA', 1, 1],
      [4000, way, 'R', 2, 0],
    ]);
    expect(found).toMatchObject({ ...nothing, after_fin: { ...none, by_unknown: 1 } });
    expect(found.unknown_senders).toMatchObject([{ sender: way === '>' ? '10.0.0.1:4000' : '10.0.0.2:80' }]);
  });

  test.each([
    ['>', 'by_client'],
    ['<', 'by_server'],
  ] as const)('a SYN+ACK tells who is who (%s %s)', async (way, side) => {
    const answered: Row[] = [
      [4000, '<', 'SA', 0, 1],
      [4000, '>', 'A', 1, 1],
    ];
    const cut = await resetsIn([...answered, [4000, way, 'R', 1, 0]]);
    expect(cut).toEqual({ ...nothing, unknown: { ...none, [side]: 1 }, unknown_senders: [] });
    const closed = await resetsIn([...answered, [4000, '>', 'FA', 1, 1], [4000, way, 'R', 1, 0]]);
    expect(closed).toEqual({ ...nothing, after_fin: { ...none, [side]: 1 }, unknown_senders: [] });
  });

  test('others keep their sides', async () => {
    const found = await resetsIn([
      ...opened(4001),
      [4001, '>', 'FA', 1, 1],
      [4001, '<', 'R', 1, 0],
      [4002, '<', 'FA', 1, 1],
      [4002, '>', 'R', 1, 0],
      [4002, '>', 'R', 1, 0],
      ...opened(4003),
      [4003, '>', 'RA', 1, 1],
      [4003, '>', 'RA', 1, 1],
      [4004, '<', 'A', 1, 1],
      [4004, '>', 'R', 1, 0],
    ]);
    expect(found).toEqual({
      ...nothing,
      established: { ...none, by_client: 2 },
      after_fin: { ...none, by_server: 1, by_unknown: 2 },
      unknown: { ...none, by_unknown: 1 },
      unknown_senders: [
        { sender: '10.0.0.1:4002', receiver: '10.0.0.2:80', count: 2 },
        { sender: '10.0.0.1:4004', receiver: '10.0.0.2:80', count: 1 },
      ],
    });
  });
});

describe('a RST before the FIN of the same connection', () => {
  test('gives its side to no other connection', async () => {
    const found = await resetsIn([
      ...opened(4001),
      [4001, '>', 'RA', 1, 1],
      [4001, '>', 'FA', 1, 1],
      [4002, '<', 'FA', 1, 1],
      [4002, '<', 'R', 2, 0],
    ]);
    expect(found).toMatchObject({
      ...nothing,
      established: { ...none, by_client: 1 },
      after_fin: { ...none, by_unknown: 1 },
      unknown_senders: [{ sender: '10.0.0.2:80' }],
    });
  });
});

/** RSTs of connections with a SYN or SYN+ACK in the file, and of the others. */
const countsByTshark = async (path: string): Promise<[known: number, unknown: number]> => {
  const rows = await tsharkFields(path, ['tcp.stream', 'tcp.flags'], 'tcp && !icmp && !icmpv6');
  const flags = rows.map(([stream = '', bits = '']) => [stream, Number(bits.split(',').at(-1))] as const);
  const opening = new Set(flags.filter(([, bits]) => (bits & 2) !== 0).map(([stream]) => stream));
  const resets = flags.filter(([stream, bits]) => stream !== '' && (bits & 4) !== 0);
  const known = resets.filter(([stream]) => opening.has(stream)).length;
  return [known, resets.length - known];
};

describe('in the public captures, as many as tshark finds, and as many of connections without a SYN', () => {
  test.each(readableCaptures())('$name', async ({ path }) => {
    const { unknown_senders: senders, ...stages } = resetsOf((await readWhole(path)).engine);
    const sum = (side: keyof typeof none): number =>
      Object.values(stages).reduce((total, sides) => total + sides[side], 0);
    expect([sum('by_client') + sum('by_server'), sum('by_unknown')]).toEqual(await countsByTshark(path));
    expect(senders.length > 0).toBe(sum('by_unknown') > 0);
  });
});
