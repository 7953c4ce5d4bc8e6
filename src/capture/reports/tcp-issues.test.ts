// The TCP report of conversations made for it: what is an issue, how serious, and what is only said.
import { describe, expect, test } from 'vitest';
import { readCapture } from '../read.ts';
import * as craft from '../../../tests/capture/craft.ts';
import { sourceOf } from '../../../tests/capture/tcp-reference.ts';
import { tcpIssuesOf } from './tcp-issues.ts';

interface Sent {
  port?: number;
  reverse?: boolean;
  flags: string;
  seq: number;
  ack?: number;
  length?: number;
  /** Later by so many seconds. */
  later?: number;
}

const start = 1_700_000_000_000_000_000n;

const fileOf = (rows: readonly Sent[]): Uint8Array =>
  craft.pcap(
    rows.map(({ port = 40000, reverse = false, flags, seq, ack = 0, length = 0, later = 0 }, at) => {
      const [sourcePort, destinationPort] = reverse ? [80, port] : [port, 80];
      const [from, to] = reverse ? ['10.0.0.2', '10.0.0.1'] : ['10.0.0.1', '10.0.0.2'];
      const payload = new Uint8Array(length);
      const segment = craft.tcp({ sourcePort, destinationPort, seq, ack, flags, payload });
      return {
        time: start + BigInt(at) * 10_000_000n + BigInt(later) * 1_000_000_000n,
        bytes: craft.frame(craft.ip(from, to, 6, segment)),
      };
    }),
  );

const reportOf = async (rows: readonly Sent[], flows?: number) => {
  const options = { maxPackets: undefined, signal: new AbortController().signal };
  const { engine } = await readCapture(sourceOf(fileOf(rows)), options);
  return tcpIssuesOf(engine, flows);
};

const opened = (port = 40000): Sent[] => [
  { port, flags: 'S', seq: 0 },
  { port, reverse: true, flags: 'SA', seq: 0, ack: 1 },
  { port, flags: 'A', seq: 1, ack: 1 },
];
const closed: Sent[] = [
  { flags: 'FA', seq: 1, ack: 1 },
  { reverse: true, flags: 'FA', seq: 1, ack: 2 },
  { flags: 'A', seq: 2, ack: 2 },
];
const data = (count: number, from = 0): Sent[] =>
  Array.from({ length: count }, (_, at) => [
    { flags: 'PA', seq: 1 + (from + at) * 10, ack: 1, length: 10 },
    { reverse: true, flags: 'A', seq: 1, ack: 11 + (from + at) * 10 },
  ]).flat();

describe('the TCP report', () => {
  test('a clean connection has no issue', async () => {
    const report = await reportOf([...opened(), ...closed]);
    expect(report).toMatchObject({ has_issues: false, issues: [], informational: [], notes: [], total_tcp_packets: 6 });
    expect(report.summary).toBe('No TCP issues in 6 packets');
    expect(report.connections).toMatchObject({ total: 1, opened: 1, established: 1, closed: 1, reset: 0 });
    expect(report.handshake_rtt).toMatchObject({ samples: 1, average_ms: 20 });
  });

  test('keep-alives, reused ports and a RST after the FIN are said and are no issues', async () => {
    const alive = { flags: 'A', seq: 0, ack: 1 };
    const hurried = [
      { flags: 'FA', seq: 1, ack: 1 },
      { reverse: true, flags: 'RA', seq: 1, ack: 2 },
    ];
    const report = await reportOf([
      ...opened(),
      alive,
      ...hurried,
      { flags: 'S', seq: 9000 },
      { reverse: true, flags: 'SA', seq: 7, ack: 9001 },
    ]);
    expect(report.has_issues).toBe(false);
    expect(report.informational.map(({ issue_type, count }) => [issue_type, count])).toEqual([
      ['keep_alive', 1],
      ['port_reuse', 1],
      ['reset', 1],
    ]);
    expect(report.resets.after_fin).toEqual({ by_client: 0, by_server: 1, by_unknown: 0 });
  });

  test.each([
    [10, 'medium'],
    [25, 'high'],
    [100, 'medium'],
    [300, 'low'],
  ])('one retransmission among %i segments is %s', async (segments, severity) => {
    const again = { flags: 'PA', seq: 1 + segments * 10, ack: 1, length: 10 };
    const report = await reportOf([...opened(), ...data(segments), again, again]);
    const [issue] = report.issues;
    expect(issue).toMatchObject({
      issue_type: 'retransmission',
      count: 1,
      severity,
      rate_of: 'data, SYN and FIN segments',
      affected_flows: 1,
    });
    expect(issue?.first_packets).toEqual([3 + segments * 2 + 2]);
    expect(issue?.worst_flows).toEqual([{ flow: '10.0.0.1:40000 -> 10.0.0.2:80', count: 1, rtt_ms: 10 }]);
  });

  test('refused and unanswered connections are rates of connections', async () => {
    const report = await reportOf([
      { port: 1001, flags: 'S', seq: 0 },
      { port: 1001, reverse: true, flags: 'RA', seq: 0, ack: 1 },
      { port: 1002, flags: 'S', seq: 0 },
      ...opened(),
      ...opened(1003).map((row) => ({ ...row, later: 4 })),
    ]);
    expect(report.connections).toMatchObject({
      total: 4,
      opened: 4,
      established: 2,
      refused: 1,
      unanswered: 1,
      pending: 0,
      reset: 0,
    });
    const rates = report.issues.map(({ issue_type, rate_percent, rate_of }) => [issue_type, rate_percent, rate_of]);
    expect(rates).toEqual([
      ['connection_refused', 25, 'connections'],
      ['connection_unanswered', 25, 'connections'],
    ]);
  });

  test('a SYN at the end of the capture waits for its answer, unless it was sent again', async () => {
    const young = await reportOf([...opened(), { port: 1002, flags: 'S', seq: 0 }]);
    expect(young).toMatchObject({ has_issues: false, connections: { opened: 2, unanswered: 0, pending: 1 } });
    const again = await reportOf([
      { port: 1002, flags: 'S', seq: 0 },
      { port: 1002, flags: 'S', seq: 0, later: 1 },
    ]);
    expect(again).toMatchObject({ has_issues: true, connections: { opened: 1, unanswered: 1, pending: 0 } });
  });
});
