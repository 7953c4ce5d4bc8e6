// find_tcp_issues as a caller has it: the fields, what is an issue and what is only said, flows and packets named, and files that are none.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { findTcpIssues } from '../../src/operations/capture/find-tcp-issues.ts';
import { answerOf } from './ask.ts';
import { randomNumbers } from './conversations.ts';
import { frame, ip, join, pcap, tcp, timestamps, udp, type Crafted, type FileOptions } from './craft.ts';
import { captureFolder, type CaptureFolder } from './read-whole.ts';

const answerSchema = z.looseObject({
  success: z.literal(true),
  summary: z.string(),
  file_path: z.string(),
  total_tcp_packets: z.number(),
  has_issues: z.boolean(),
  issues: z.array(
    z.looseObject({
      issue_type: z.string(),
      count: z.number(),
      severity: z.enum(['low', 'medium', 'high']),
      recommendation: z.string().min(20),
      worst_flows: z.array(z.looseObject({ flow: z.string(), count: z.number(), rtt_ms: z.number().nullable() })),
      first_packets: z.array(z.number()),
    }),
  ),
  informational: z.array(z.looseObject({ issue_type: z.string(), count: z.number() })),
  connections: z.record(z.string(), z.number()),
  resets: z.looseObject({}),
  notes: z.array(z.string()),
  coverage: z.looseObject({ packets_read: z.number(), complete: z.boolean(), ended: z.string() }),
});
type Answer = z.infer<typeof answerSchema>;

let folder: CaptureFolder;
beforeAll(async () => {
  folder = await captureFolder();
});
afterAll(() => folder.remove());

const askFile = async (name: string, bytes: Uint8Array, input: Record<string, unknown> = {}): Promise<Answer> => {
  const file_path = await folder.write(name, bytes);
  const answer = await answerOf(findTcpIssues, { file_path, ...input });
  expect(JSON.stringify(answer, null, 2).length).toBeLessThan(6000);
  return answerSchema.parse(answer);
};

/** A segment of a connection by its client's port: `>` from the client. Sequence numbers are relative to 0. */
type Row = readonly [
  port: number,
  way: '>' | '<',
  flags: string,
  seq: number,
  ack: number,
  length?: number,
  window?: number,
];

/** Every packet is 10 ms after the one before. `padded` makes the frame 60 bytes at least, as a card does. */
const fileOf = (rows: readonly Row[], options: FileOptions = {}, padded = false, tcpOptions: readonly number[] = []) =>
  pcap(
    rows.map(([port, way, flags, seq, ack, length = 0, window = 64_240], at): Crafted => {
      const ports = way === '>' ? { sourcePort: port, destinationPort: 80 } : { sourcePort: 80, destinationPort: port };
      const [from, to] = way === '>' ? ['10.0.0.1', '10.0.0.2'] : ['10.0.0.2', '10.0.0.1'];
      const payload = new Uint8Array(length).fill(65);
      const bytes = frame(ip(from, to, 6, tcp({ ...ports, seq, ack, flags, window, payload, options: tcpOptions })));
      const whole = new Uint8Array(padded ? Math.max(60, bytes.length) : bytes.length);
      whole.set(bytes);
      return { time: 1_700_000_000_000_000_000n + BigInt(at) * 10_000_000n, bytes: whole };
    }),
    options,
  );

const ask = (name: string, rows: readonly Row[], input: Record<string, unknown> = {}): Promise<Answer> =>
  askFile(name, fileOf(rows), input);

const opened = (port: number): Row[] => [
  [port, '>', 'S', 0, 0],
  [port, '<', 'SA', 0, 1],
  [port, '>', 'A', 1, 1],
];
const exchanged = (port: number, count: number): Row[] =>
  Array.from({ length: count }, (_, at): Row[] => [
    [port, '>', 'PA', 1 + at * 10, 1, 10],
    [port, '<', 'A', 1, 11 + at * 10],
  ]).flat();
/** The segment before the next one, sent again `times` times. */
const again = (port: number, count: number, times: number): Row[] =>
  Array.from({ length: times }, (): Row => [port, '>', 'PA', 1 + (count - 1) * 10, 1, 10]);
const typesOf = (answer: Answer): string[] => answer.issues.map(({ issue_type }) => issue_type);

describe('find_tcp_issues', () => {
  it('answers in the words of the published example', async () => {
    const answer = await ask('again.pcap', [...opened(4000), ...exchanged(4000, 20), ...again(4000, 20, 47)]);
    expect(answer).toMatchObject({ success: true, total_tcp_packets: 90, has_issues: true });
    expect(answer.summary).toBe('TCP issues detected in 90 packets: 47 retransmissions');
    expect(answer.file_path).toMatch(/again\.pcap$/);
    expect(answer.issues[0]).toMatchObject({ issue_type: 'retransmission', count: 47, severity: 'high' });
    const one = await ask('one.pcap', [...opened(4000), ...exchanged(4000, 20), ...again(4000, 20, 1)]);
    expect(one.summary).toBe('TCP issues detected in 44 packets: 1 retransmission');
  });

  it('D-20: takes six padded pure ACKs for nothing at all', async () => {
    const rows = exchanged(4000, 6).filter(([, way]) => way === '<');
    const answer = await askFile('padded.pcap', fileOf([...opened(4000), ...rows], {}, true));
    expect(typesOf(answer).filter((type) => type !== 'acked_unseen')).toEqual([]);
    const alone = await askFile('padded-alone.pcap', fileOf([...opened(4000), ...exchanged(4000, 6)], {}, true));
    expect(alone).toMatchObject({ has_issues: false, issues: [], informational: [] });
    expect(alone.summary).toBe('No TCP issues in 15 packets');
  });

  it.each([
    [10, 'medium'],
    [25, 'high'],
    [100, 'medium'],
    [300, 'low'],
  ])('judges one retransmission among %i segments %s', async (count, severity) => {
    const rows = [...opened(4000), ...exchanged(4000, count), ...again(4000, count, 1)];
    expect((await ask(`rate-${count}.pcap`, rows)).issues[0]?.severity).toBe(severity);
  });

  it('has one flow that suffers weigh, however many others do not', async () => {
    const others = Array.from({ length: 40 }, (_, at) => [...opened(5000 + at), ...exchanged(5000 + at, 100)]).flat();
    const suffering = [...opened(4000), ...exchanged(4000, 10), ...again(4000, 10, 12)];
    const answer = await ask('one-flow.pcap', [...others, ...suffering]);
    expect(answer.issues[0]).toMatchObject({ issue_type: 'retransmission', count: 12, severity: 'medium' });
  });

  it('names the worst flows first, and the first packets', async () => {
    const rows = [4001, 4002, 4003].flatMap((port, at) => [
      ...opened(port),
      ...exchanged(port, 5),
      ...again(port, 5, [2, 5, 1][at] ?? 0),
    ]);
    const [issue] = (await ask('worst.pcap', rows)).issues;
    expect(issue?.worst_flows.map(({ flow, count }) => [flow, count])).toEqual([
      ['10.0.0.1:4002 -> 10.0.0.2:80', 5],
      ['10.0.0.1:4001 -> 10.0.0.2:80', 2],
      ['10.0.0.1:4003 -> 10.0.0.2:80', 1],
    ]);
    // Each packet is acknowledged by the next, 10 ms later.
    expect(issue?.worst_flows.map(({ rtt_ms }) => rtt_ms)).toEqual([10, 10, 10]);
    // Three packets to open and ten exchanged; then two sent again; then 13 of the next connection.
    expect(issue?.first_packets).toEqual([14, 15, 29]);
    expect((await ask('worst.pcap', rows, { top_n: 1 })).issues[0]?.worst_flows).toHaveLength(1);
    expect((await ask('worst.pcap', rows, { top_n: 0 })).issues[0]).toMatchObject({
      worst_flows: [],
      severity: 'high',
    });
  });

  it('tells ordinary things without calling them issues', async () => {
    const count = 150;
    // Of 151 segments one fills the window; then a keep-alive, an update of the window, and a hurried close.
    const answer = await ask('ordinary.pcap', [
      ...opened(4000),
      ...exchanged(4000, count),
      [4000, '<', 'A', 1, 1 + count * 10, 0, 100],
      [4000, '>', 'PA', 1 + count * 10, 1, 100],
      [4000, '<', 'A', 1, 101 + count * 10, 0, 100],
      [4000, '>', 'A', 100 + count * 10, 1],
      [4000, '<', 'A', 1, 101 + count * 10, 0, 5000],
      [4000, '>', 'FA', 101 + count * 10, 1],
      [4000, '<', 'RA', 1, 102 + count * 10],
    ]);
    expect(answer).toMatchObject({ has_issues: false, issues: [] });
    expect(answer.summary).toMatch(/^No TCP issues in \d+ packets$/);
    expect(answer.informational.map(({ issue_type, count: found }) => [issue_type, found])).toEqual([
      ['window_full', 1],
      ['keep_alive', 1],
      ['window_update', 2],
      ['reset', 1],
    ]);
  });

  it('calls a window that is full all the time an issue', async () => {
    const rows = Array.from({ length: 20 }, (_, at): Row[] => [
      [4000, '>', 'PA', 1 + at * 1000, 1, 1000],
      [4000, '<', 'A', 1, 1001 + at * 1000, 0, 1000],
    ]).flat();
    const answer = await ask('full.pcap', [...opened(4000), ...rows]);
    expect(answer.issues).toMatchObject([{ issue_type: 'window_full', count: 19, severity: 'high' }]);
    expect(answer.summary).toMatch(/: 19 windows? full$/);
  });

  it('tells refused, unanswered and cut connections apart, and who cut them', async () => {
    const rows: Row[] = [
      [4001, '>', 'S', 0, 0],
      [4001, '<', 'RA', 0, 1],
      [4002, '>', 'S', 0, 0],
      ...opened(4003),
      [4003, '<', 'RA', 1, 1],
      [4004, '>', 'S', 0, 0],
      [4004, '<', 'SA', 0, 1],
      [4004, '>', 'R', 1, 0],
      ...opened(4005),
      [4006, '>', 'PA', 1, 1, 10],
      [4006, '>', 'R', 11, 0],
    ];
    // A SYN that is older than 3 s when the capture ends.
    const last = frame(ip('10.0.0.3', '10.0.0.4', 17, udp(9, 9, new Uint8Array(4))));
    const end = pcap([{ time: 1_700_000_004_000_000_000n, bytes: last }]).subarray(24);
    const answer = await askFile('stages.pcap', join(fileOf(rows), end));
    expect(answer.connections).toEqual({
      ...{ total: 6, opened: 5, established: 2, refused: 1, unanswered: 1, pending: 0, reset: 3, closed: 0 },
    });
    expect(answer.resets).toEqual({
      refusing: { by_client: 0, by_server: 1, by_unknown: 0 },
      handshake: { by_client: 1, by_server: 0, by_unknown: 0 },
      established: { by_client: 0, by_server: 1, by_unknown: 0 },
      after_fin: { by_client: 0, by_server: 0, by_unknown: 0 },
      // Neither SYN nor SYN+ACK is in the file, so who opened the connection is not known.
      unknown: { by_client: 0, by_server: 0, by_unknown: 1 },
      unknown_senders: [{ sender: '10.0.0.1:4006', receiver: '10.0.0.2:80', count: 1 }],
    });
    expect(typesOf(answer).sort()).toEqual(['connection_refused', 'connection_unanswered', 'reset']);
    expect(answer.issues.find(({ issue_type }) => issue_type === 'connection_unanswered')).toMatchObject({
      ...{ count: 1, affected_flows: 1, first_packets: [3], severity: 'medium' },
    });
  });

  it('says how many headers the capture cut', async () => {
    const rows = [...opened(4000), ...exchanged(4000, 3)];
    const options = timestamps(1, 0);
    const cut = await askFile('cut.pcap', fileOf(rows, { snaplen: 14 + 20 + 24 }, false, options));
    expect(cut.has_issues).toBe(false);
    expect(cut.notes).toEqual(['9 TCP headers were cut by the capture (snaplen) and not analysed.']);
    expect(cut.summary).toBe('None of 9 TCP packets could be analysed: the capture cut their headers');
    // Every header of 32 bytes is cut, none of 20.
    const some = join(fileOf(rows, { snaplen: 14 + 20 + 24 }, false, options), fileOf(opened(4001)).subarray(24));
    expect((await askFile('some-cut.pcap', some)).summary).toBe(
      'No TCP issues in 3 packets (9 more could not be analysed)',
    );
    const kept = await askFile('kept.pcap', fileOf(rows, { snaplen: 14 + 20 + 32 }, false, options));
    expect(kept).toMatchObject({ has_issues: false, notes: [], data_rtt: { samples: 3 } });
  });

  it('reads no further than max_packets and says so', async () => {
    const rows = [...opened(4000), ...exchanged(4000, 20), ...again(4000, 20, 5)];
    const answer = await ask('bound.pcap', rows, { max_packets: 43 });
    expect(answer).toMatchObject({ has_issues: false, total_tcp_packets: 43 });
    expect(answer.coverage).toMatchObject({ packets_read: 43, complete: false, ended: 'max_packets' });
    expect((await ask('bound.pcap', rows, { max_packets: 44 })).summary).toMatch(/: 1 retransmission\b/);
  });

  it('answers on bytes that are no TCP', async () => {
    const random = randomNumbers(11);
    const garbage = Array.from({ length: 3000 }, (_, at): Crafted => {
      const body = Uint8Array.from({ length: 4 + Math.floor(random() * 60) }, () => random() * 256);
      return { time: BigInt(at) * 1000n, bytes: frame(ip('10.0.0.1', '10.0.0.2', 6, body)) };
    });
    const answer = await askFile('garbage.pcap', pcap(garbage));
    expect(answer.coverage).toMatchObject({ packets_read: 3000, complete: true });
    expect(answer.notes.join(' ')).toContain('TCP headers contradict themselves');
    const none = await askFile('none.pcap', pcap([]));
    expect(none).toMatchObject({ summary: 'No TCP packets', has_issues: false, total_tcp_packets: 0 });
  });
});
