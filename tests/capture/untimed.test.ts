// Packets without a time: no round trip, handshake, response time, duration or rate is made of them, nor is any of the others lost.
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { analyzeDnsTraffic } from '../../src/operations/capture/analyze-dns-traffic.ts';
import { analyzeThroughput } from '../../src/operations/capture/analyze-throughput.ts';
import { findTcpIssues } from '../../src/operations/capture/find-tcp-issues.ts';
import { getConversations } from '../../src/operations/capture/get-conversations.ts';
import { pcapSummary } from '../../src/operations/capture/pcap-summary.ts';
import { answerOf } from './ask.ts';
import { frame, ip, tcp, udp, type Bytes } from './craft.ts';
import { captureFolder, type CaptureFolder } from './read-whole.ts';
import { pcapngOf, type Packet } from './simple-packets.ts';

let folder: CaptureFolder;
beforeAll(async () => {
  folder = await captureFolder();
});
afterAll(() => folder.remove());

/** The packets 50 ms apart; those with these numbers (from 1) have no time. */
const fileOf = (name: string, packets: readonly Bytes[], without: readonly number[]): Promise<string> =>
  folder.write(
    name,
    pcapngOf(
      packets.map((bytes, index): Packet => {
        if (without.includes(index + 1)) return bytes;
        return { time: 1_700_000_000_000_000_000n + BigInt(index) * 50_000_000n, bytes };
      }),
    ),
  );

const segment = (way: '>' | '<', flags: string, seq: number, ack: number, length = 0): Bytes => {
  const [from, to, sourcePort, destinationPort] =
    way === '>' ? ['10.0.0.1', '10.0.0.2', 4000, 80] : ['10.0.0.2', '10.0.0.1', 80, 4000];
  const payload = new Uint8Array(length);
  return frame(ip(from, to, 6, tcp({ sourcePort, destinationPort, seq, ack, flags, payload })));
};
const connection = [
  segment('>', 'S', 0, 0),
  segment('<', 'SA', 0, 1),
  segment('>', 'A', 1, 1),
  segment('>', 'PA', 1, 1, 100),
  segment('<', 'A', 1, 101),
];
const datagram = (port: number, payload: Bytes): Bytes =>
  frame(ip('10.0.0.3', '10.0.0.4', 17, udp(port, port, payload)));
const all = [1, 2, 3, 4, 5];

describe('TCP', () => {
  test.each([
    ['all of them', all],
    ['the SYN', [1]],
    ['the SYN+ACK and the last', [2, 5]],
    ['the data', [4]],
  ])('%s without a time: no round trip and no handshake time', async (_what, without) => {
    const file_path = await fileOf('tcp.pcapng', connection, without);
    const report = await answerOf(findTcpIssues, { file_path });
    // The handshake was over before the data.
    const handshake = without[0] === 4 ? { samples: 1 } : null;
    expect(report).toMatchObject({ handshake_rtt: handshake, data_rtt: null, connections: { established: 1 } });
    expect(JSON.stringify(report['notes'])).toContain(`${without.length} packets have no time`);
    expect(await answerOf(getConversations, { file_path, detail: 'full' })).toMatchObject({
      conversations: [
        {
          // Of those that have a time.
          duration_seconds: without.length === 5 ? null : without[0] === 1 ? 0.15 : without.length === 2 ? 0.15 : 0.2,
          detail: { tcp: { handshake_rtt_ms: null, forward: { rtt_ms: null }, reverse: { rtt_ms: null } } },
        },
      ],
    });
  });

  test('a retransmission among them is told without a round trip', async () => {
    const packets = [...connection, segment('>', 'PA', 1, 1, 100)];
    const file_path = await fileOf('again.pcapng', packets, [1, 2, 3, 4, 5, 6]);
    expect(await answerOf(findTcpIssues, { file_path })).toMatchObject({
      issues: [{ worst_flows: [{ rtt_ms: null }] }, {}],
      flow_details: [{ handshake_rtt_ms: null, forward: { rtt_ms: null } }],
    });
  });

  test('a connection without times takes them from no other', async () => {
    // The same from another port of 10.0.0.1.
    const other = connection.map((bytes) => bytes.with(14 + 20 + (bytes[14 + 15] === 1 ? 1 : 3), 7));
    const file_path = await fileOf('two.pcapng', [...connection, ...other], all);
    expect(await answerOf(findTcpIssues, { file_path })).toMatchObject({
      handshake_rtt: { samples: 1 },
      data_rtt: { samples: 1, average_ms: 50 },
      connections: { established: 2 },
    });
  });

  test('times stay where other packets have none', async () => {
    const file_path = await fileOf('other.pcapng', [...connection, datagram(9, new Uint8Array(10))], [6]);
    const report = await answerOf(findTcpIssues, { file_path });
    expect(report).toMatchObject({
      handshake_rtt: { samples: 1 },
      data_rtt: { samples: 1, average_ms: 50 },
      notes: [],
    });
  });
});

describe('DNS', () => {
  const name = [1, 97, 0];
  const message = (id: number, answer: boolean): Bytes =>
    Uint8Array.from([0, id, answer ? 0x81 : 1, answer ? 0x80 : 0, 0, 1, 0, 0, 0, 0, 0, 0, ...name, 0, 1, 0, 1]);
  const query = (id: number): Bytes => frame(ip('10.0.0.3', '10.0.0.4', 17, udp(5000, 53, message(id, false))));
  const answer = (id: number): Bytes => frame(ip('10.0.0.4', '10.0.0.3', 17, udp(53, 5000, message(id, true))));
  const exchange = [query(1), answer(1), query(2), answer(2)];

  test.each([
    ['all of them', [1, 2, 3, 4]],
    ['a query', [1]],
    ['an answer', [4]],
  ])('%s without a time: no response times', async (_what, without) => {
    const file_path = await fileOf('dns.pcapng', exchange, without);
    expect(await answerOf(analyzeDnsTraffic, { file_path, slow_ms: 0.001 })).toMatchObject({
      ...{ answered: 2, response_time_ms: null, slow_count: 0, slow_queries: [], slow_names: [] },
      servers: [{ answered: 2, p50_ms: null, p95_ms: null, max_ms: null }],
      not_analysed: { packets_without_time: without.length },
    });
  });

  test('response times stay where other packets have none', async () => {
    const file_path = await fileOf('dns-other.pcapng', [...exchange, ...connection], [5, 6, 7, 8, 9]);
    expect(await answerOf(analyzeDnsTraffic, { file_path })).toMatchObject({
      response_time_ms: { count: 2, mean: 50 },
      not_analysed: {},
    });
  });
});

describe('throughput', () => {
  const packets = [
    ...Array.from({ length: 4 }, () => datagram(1, new Uint8Array(58))),
    ...[2, 2, 3, 3].map((port) => datagram(port, new Uint8Array(58))),
  ];

  test('conversations without times are not among those that are too short', async () => {
    // Port 1 lasts 150 ms; port 2 lasts 50 ms; port 3 has one packet without a time.
    const file_path = await fileOf('rates.pcapng', packets, [7]);
    const found = await answerOf(analyzeThroughput, { file_path });
    expect(found).toMatchObject({
      conversations: [{ src_port: 1 }],
      too_short: { min_duration_s: 0.1, conversations: 1, packets: 2, bytes: 200 },
      untimed: { conversations: 1, packets: 2, bytes: 200 },
      truncated: false,
    });
    const byBytes = await answerOf(analyzeThroughput, { file_path, sort_by: 'bytes_total' });
    expect(byBytes).toMatchObject({ conversations: [{ src_port: 1 }, { mbps_total: null }, { mbps_total: null }] });
  });

  test('a capture without any time has neither duration nor rate, and says so', async () => {
    const file_path = await fileOf('none.pcapng', packets, [1, 2, 3, 4, 5, 6, 7, 8]);
    const found = await answerOf(analyzeThroughput, { file_path });
    expect(found).toMatchObject({
      ...{ conversations: [], whole: { bytes: 800, duration_seconds: null, mbps: null, peak: null } },
      ...{ too_short: { conversations: 0 }, untimed: { conversations: 3, packets: 8, bytes: 800 } },
    });
    expect(found['summary']).toContain('no time, so there are no rates');
    expect(found['summary']).not.toContain('None lasts');
    const byBytes = await answerOf(analyzeThroughput, { file_path, sort_by: 'bytes_total' });
    expect(byBytes).toMatchObject({ conversations: [{ duration_seconds: null, end_time: null }, {}, {}] });
    expect(byBytes['summary']).toContain('without times');
  });

  test('by duration, conversations without any time come last', async () => {
    const file_path = await fileOf(
      'order.pcapng',
      [datagram(1, new Uint8Array(58)), datagram(2, new Uint8Array(58))],
      [1],
    );
    expect(await answerOf(getConversations, { file_path, sort_by: 'duration' })).toMatchObject({
      conversations: [
        { src_port: 2, duration_seconds: 0 },
        { src_port: 1, duration_seconds: null },
      ],
    });
  });
});

describe('the average length of a packet', () => {
  const [long, short] = [datagram(1, new Uint8Array(958)), datagram(1, new Uint8Array(158))];
  const timed = (bytes: Bytes): Packet => ({ time: 1_700_000_000_000_000_000n, bytes });

  test.each([
    ['whole', [timed(long), long, short], 262_144, 733.3],
    ['cut', [timed(long), long, short], 64, 733.3],
    ['cut, none with a time', [long, short], 64, 600],
  ])('is that on the wire: %s', async (_what, packets, snaplen, average) => {
    const file_path = await folder.write('average.pcapng', pcapngOf(packets, snaplen));
    expect(await answerOf(pcapSummary, { file_path })).toMatchObject({ average_packet_bytes: average });
    const told = execFileSync('capinfos', ['-M', '-z', file_path], {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C' },
    });
    expect(Number(/packet size:\s+([\d.]+)/.exec(told)?.[1])).toBeCloseTo(average, 1);
  });

  test('without any time the duration is not told as 0 s', async () => {
    const file_path = await folder.write('average.pcapng', pcapngOf([long, short]));
    const found = await answerOf(pcapSummary, { file_path });
    expect(found['summary']).toMatch(/^2 packets, 1200 bytes: /);
    expect(found['notes']).toContain('2 packets have no time: there are no duration and no rates.');
  });
});
