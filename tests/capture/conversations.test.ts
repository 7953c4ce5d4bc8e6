// Conversations against Wireshark: as many of each protocol, with the same packets and bytes, in every capture.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { countConversations, conversationAt, rankFlows } from '../../src/capture/reports/conversations.ts';
import { frame, ip, pcap, tcp, udp, type Crafted } from './craft.ts';
import { conversationExceptions, exceptionOf } from './reference-exceptions.ts';
import { captureFolder, readableCaptures, readWhole, type CaptureFolder } from './read-whole.ts';
import { tshark, tsharkFields } from './tshark.ts';

/** `TCP 12 packets 3400 bytes`, one a conversation, in no order of its own. */
const ours = async (path: string): Promise<string[]> => {
  const analysis = await readWhole(path);
  const flows = rankFlows(analysis.engine, { sortBy: 'start', wanted: 100_000, protocol: undefined });
  return flows
    .map((flow) => conversationAt(analysis.engine, flow))
    .filter(({ protocol }) => protocol === 'TCP' || protocol === 'UDP')
    .map(({ protocol, packets, bytes }) => `${protocol} ${packets} packets ${bytes} bytes`)
    .sort();
};

/** The innermost IP packet's transport, and its number of a stream; a packet in tunnels belongs to that conversation only. */
const innermost = (protocols: string, tcpStreams: string, udpStreams: string): string | undefined => {
  const names = protocols.split(':');
  const inside = names.slice(Math.max(names.lastIndexOf('ip'), names.lastIndexOf('ipv6')) + 1);
  if (inside.includes('tcp')) return `TCP ${tcpStreams.split(',').at(-1) ?? ''}`;
  return inside.includes('udp') ? `UDP ${udpStreams.split(',').at(-1) ?? ''}` : undefined;
};

const theirs = async (path: string): Promise<string[]> => {
  const sums = new Map<string, { packets: number; bytes: number }>();
  const rows = await tsharkFields(path, ['frame.len', 'frame.protocols', 'tcp.stream', 'udp.stream']);
  for (const [length, protocols = '', tcpStreams = '', udpStreams = ''] of rows) {
    const name = innermost(protocols, tcpStreams, udpStreams);
    if (name === undefined || name.endsWith(' ')) continue;
    const { packets, bytes } = sums.get(name) ?? { packets: 0, bytes: 0 };
    sums.set(name, { packets: packets + 1, bytes: bytes + Number(length) });
  }
  return [...sums].map(([name, { packets, bytes }]) => `${name.slice(0, 3)} ${packets} packets ${bytes} bytes`).sort();
};

describe('public captures', () => {
  test.each(readableCaptures())('$name', async ({ name, path }) => {
    const compared = expect(await ours(path));
    if (exceptionOf(conversationExceptions, name) !== undefined) compared.not.toEqual(await theirs(path));
    else compared.toEqual(await theirs(path));
  });
});

const second = 1_000_000_000n;
const start = 1_700_000_000n * second;
const text = (length: number): Uint8Array => new Uint8Array(length).fill(97);

/** A TCP conversation of six packets from 10.0.0.1, a DNS question over IPv6 without an answer, and UDP of two packets. */
const mixed = (): Crafted[] => {
  const client = { sourcePort: 40_000, destinationPort: 80 };
  const server = { sourcePort: 80, destinationPort: 40_000 };
  const to = (packet: Uint8Array): Uint8Array => frame(ip('10.0.0.1', '10.0.0.2', 6, packet));
  const from = (packet: Uint8Array): Uint8Array => frame(ip('10.0.0.2', '10.0.0.1', 6, packet));
  const bytes = [
    to(tcp({ ...client, seq: 100, flags: 'S' })),
    from(tcp({ ...server, seq: 900, ack: 101, flags: 'SA' })),
    to(tcp({ ...client, seq: 101, ack: 901, flags: 'A' })),
    to(tcp({ ...client, seq: 101, ack: 901, flags: 'PA', payload: text(1000) })),
    from(tcp({ ...server, seq: 901, ack: 1101, flags: 'A' })),
    frame(ip('fd00::1', 'fd00::2', 17, udp(5353, 9999, text(40)))),
    frame(ip('10.0.0.3', '10.0.0.4', 17, udp(1000, 2000, text(500)))),
    frame(ip('10.0.0.4', '10.0.0.3', 17, udp(2000, 1000, text(700)))),
    from(tcp({ ...server, seq: 901, ack: 1101, flags: 'PA', payload: text(300) })),
  ];
  return bytes.map((one, index) => ({ time: start + (BigInt(index) * second) / 10n, bytes: one }));
};

describe('a crafted capture', () => {
  let folder: CaptureFolder;
  let path: string;
  beforeAll(async () => {
    folder = await captureFolder();
    path = await folder.write('mixed.pcap', pcap(mixed()));
  });
  afterAll(() => folder.remove());

  test('has the conversations that tshark finds', async () => {
    const expected = await theirs(path);
    expect(expected).toHaveLength(3);
    expect(await ours(path)).toEqual(expected);
  });

  test('tells directions, times and both families', async () => {
    const { engine } = await readWhole(path);
    expect(countConversations(engine)).toEqual({ TCP: 1, UDP: 2 });
    const [first = 0] = rankFlows(engine, { sortBy: 'bytes', wanted: 1, protocol: 6 });
    expect(conversationAt(engine, first)).toMatchObject({
      ...{ src_ip: '10.0.0.1', src_port: 40_000, dst_ip: '10.0.0.2', dst_port: 80, protocol: 'TCP' },
      ...{ packets: 6, packets_forward: 3, packets_reverse: 3, bytes: 54 * 6 + 1300 },
      ...{ bytes_forward: 54 * 3 + 1000, bytes_reverse: 54 * 3 + 300 },
      ...{ start_time: 1_700_000_000, start_offset_s: 0, duration_seconds: 0.8 },
    });
    const [byStart = 0] = rankFlows(engine, { sortBy: 'start', wanted: 1, protocol: 17 });
    expect(conversationAt(engine, byStart)).toMatchObject({
      src_ip: 'fd00::1',
      packets_reverse: 0,
      start_offset_s: 0.5,
    });
  });

  test.each([
    ['bytes', ['TCP', 'UDP', 'UDP']],
    ['packets', ['TCP', 'UDP', 'UDP']],
    ['duration', ['TCP', 'UDP', 'UDP']],
    ['start', ['TCP', 'UDP', 'UDP']],
  ] as const)('by %s', async (sortBy, protocols) => {
    const { engine } = await readWhole(path);
    const flows = rankFlows(engine, { sortBy, wanted: 5, protocol: undefined });
    const shown = flows.map((flow) => conversationAt(engine, flow));
    expect(shown.map(({ protocol }) => protocol)).toEqual(protocols);
    if (sortBy !== 'start') expect(shown.at(-1)?.src_ip).toBe('fd00::1');
  });

  test('of the first packets only, when so many are asked for', async () => {
    const { engine } = await readWhole(path, 5);
    expect(countConversations(engine)).toEqual({ TCP: 1 });
  });

  test('tells what became of each TCP connection, and its verdicts', async () => {
    const ends = (port: number) => [
      { sourcePort: port, destinationPort: 80 },
      { sourcePort: 80, destinationPort: port },
    ];
    const flow = (
      port: number,
      ...steps: readonly (readonly [side: 0 | 1, seq: number, ack: number, flags: string, bytes?: number])[]
    ) =>
      steps.map(([side, seq, ack, flags, bytes = 0]) => {
        const [source, destination] = side === 0 ? ['10.0.0.1', '10.0.0.2'] : ['10.0.0.2', '10.0.0.1'];
        const header = ends(port)[side] ?? { sourcePort: 0, destinationPort: 0 };
        return frame(ip(source, destination, 6, tcp({ ...header, seq, ack, flags, payload: text(bytes) })));
      });
    const opened = [
      [0, 0, 0, 'S'],
      [1, 0, 1, 'SA'],
      [0, 1, 1, 'A'],
    ] as const;
    const packets = [
      ...flow(1001, [0, 0, 0, 'S'], [0, 0, 0, 'S']),
      ...flow(1002, [0, 0, 0, 'S'], [1, 0, 1, 'RA']),
      ...flow(1003, ...opened, [0, 1, 1, 'PA', 100], [0, 1, 1, 'PA', 100], [1, 1, 101, 'A']),
      ...flow(1004, ...opened, [0, 1, 1, 'FA'], [1, 1, 2, 'FA'], [0, 2, 2, 'A']),
      ...flow(1005, ...opened, [1, 1, 1, 'RA']),
      ...flow(1006, [0, 5000, 7000, 'PA', 10], [1, 7000, 5010, 'A']),
      ...flow(1007, [0, 0, 0, 'S'], [1, 0, 1, 'SA']),
    ].map((bytes, index) => ({ time: start + BigInt(index) * second, bytes }));
    const states = await folder.write('states.pcap', pcap(packets));
    const { engine } = await readWhole(states);
    const flows = rankFlows(engine, { sortBy: 'start', wanted: 10, protocol: 6 });
    const shown = flows.map((one) => conversationAt(engine, one));
    expect(shown.map(({ src_port: port, state }) => [port, state])).toEqual([
      [1001, 'unanswered'],
      [1002, 'refused'],
      [1003, 'established'],
      [1004, 'closed'],
      [1005, 'reset'],
      [1006, 'midstream'],
      [1007, 'opening'],
    ]);
    expect(shown[2]?.tcp_issues).toEqual({ retransmission: 1 });
    expect(shown[3]).not.toHaveProperty('tcp_issues');
  });

  test('begin with their earliest packet, wherever it stands in the file', async () => {
    const packet = frame(ip('10.0.0.1', '10.0.0.2', 17, udp(1, 2, text(1000))));
    const packets = [10n, 0n, 5n].map((at) => ({ time: start + at * second, bytes: packet }));
    const path = await folder.write('back.pcap', pcap(packets));
    const { engine } = await readWhole(path);
    const [flow = 0] = rankFlows(engine, { sortBy: 'start', wanted: 1, protocol: 17 });
    const { start_offset_s: offset, duration_seconds: duration, start_time: began } = conversationAt(engine, flow);
    const told = await tshark(path, ['-q', '-z', 'conv,udp']);
    const [, theirStart, theirDuration] = /<->.* bytes +(\S+) +(\S+)$/m.exec(told) ?? [];
    expect([offset, duration]).toEqual([Number(theirStart), Number(theirDuration)]);
    expect([offset, duration, began]).toEqual([-10, 10, Number(start / second)]);
  });
});
