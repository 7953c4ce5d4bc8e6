// A connection in detail as tshark has it, each direction by itself: stream, first packet, handshake, window scale, bytes in flight, round trips.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectionAt } from '../../src/capture/reports/tcp-connection.ts';
import { getConversations } from '../../src/operations/capture/get-conversations.ts';
import { findTcpIssues } from '../../src/operations/capture/find-tcp-issues.ts';
import { answerOf } from './ask.ts';
import { wildCapture } from './conversations.ts';
import { frame, ip, pcap, tcp, windowScale, type Crafted } from './craft.ts';
import { connectionExceptions, exceptionOf } from './reference-exceptions.ts';
import { captureFolder, readableCaptures, readWhole, type CaptureFolder } from './read-whole.ts';
import { tsharkFields } from './tshark.ts';

interface Detail {
  stream: number;
  first: number;
  handshake: number | null;
  flight: (number | null)[];
  scale: (number | null | undefined)[];
}

const last = (text = ''): string => text.split(',').at(-1) ?? '';

const theirs = async (path: string): Promise<Map<number, Detail>> => {
  const fields = ['tcp.stream', 'ip.src', 'ipv6.src', 'tcp.srcport', 'frame.number', 'tcp.analysis.bytes_in_flight'];
  const more = ['tcp.analysis.initial_rtt', 'tcp.options.wscale.shift', 'tcp.flags'];
  const found = new Map<number, Detail & { source: string }>();
  for (const row of await tsharkFields(path, [...fields, ...more], 'tcp && !icmp && !icmpv6')) {
    const [stream = '', ip4, ip6, port, number, flight, handshake = '', scale = '', flags] = row;
    if (stream === '') continue;
    const source = `${last(ip6) || last(ip4)} ${last(port)}`;
    const key = Number(last(stream));
    const detail = found.get(key) ?? {
      ...{ stream: key, first: Number(number), handshake: null, flight: [null, null], scale: [undefined, undefined] },
      source,
    };
    found.set(key, detail);
    const direction = detail.source === source ? 0 : 1;
    if (Number(flight) > 0) detail.flight[direction] = Math.max(detail.flight[direction] ?? 0, Number(flight));
    if (handshake !== '') detail.handshake = Number((Number(handshake) * 1000).toFixed(3));
    if ((Number(last(flags)) & 2) !== 0 && detail.scale[direction] === undefined)
      detail.scale[direction] = scale === '' ? null : Number(scale);
  }
  return found;
};

const ours = async (path: string): Promise<Detail[]> => {
  const { exports } = (await readWhole(path)).engine;
  const flows = Array.from({ length: exports.flowCount() }, (_, index) => index + 1);
  return flows
    .filter((flow) => exports.flowUsed(flow) !== 0 && exports.flowProtocol(flow) === 6)
    .map((flow) => {
      const { handshake_rtt_ms: handshake, forward, reverse } = connectionAt(exports, flow);
      return {
        stream: exports.flowStream(flow),
        first: exports.flowFirstNumber(flow),
        handshake,
        flight: [forward.max_bytes_in_flight, reverse.max_bytes_in_flight],
        scale: [forward.window_scale, reverse.window_scale],
      };
    });
};

/** Where the other side acknowledged nothing before, tshark counts from the first byte seen, and here nothing is said. */
const compared = ({ flight, ...detail }: Detail, told: Detail | undefined) => ({
  ...detail,
  flight: flight.map((bytes, direction) => bytes ?? told?.flight[direction] ?? null),
});

let folder: CaptureFolder;
beforeAll(async () => {
  folder = await captureFolder();
});
afterAll(() => folder.remove());

describe('public captures', () => {
  test.each(readableCaptures())('$name', async ({ name, path }) => {
    const told = await theirs(path);
    const found = (await ours(path)).map((detail) => compared(detail, told.get(detail.stream)));
    const expected = found
      .map(({ stream }) => told.get(stream))
      .map((detail) => detail && { ...detail, source: undefined });
    if (exceptionOf(connectionExceptions, name) === undefined) expect(found).toEqual(expected);
    else expect(found).not.toEqual(expected);
  });
});

const start = 1_700_000_000_000_000_000n;

/** Data of both sides, each segment acknowledged by itself after so many milliseconds. */
const exchange = (forward: readonly number[], reverse: readonly number[]): Crafted[] => {
  const packets: Crafted[] = [];
  let time = start;
  const send = (
    way: '>' | '<',
    flags: string,
    seq: number,
    ack: number,
    more: { length?: number; options?: number[] } = {},
  ) => {
    const [from, to, sourcePort, destinationPort] =
      way === '>' ? ['10.0.0.1', '10.0.0.2', 4000, 80] : ['10.0.0.2', '10.0.0.1', 80, 4000];
    const { length = 0, options = [] } = more;
    const payload = new Uint8Array(length);
    const header = { sourcePort, destinationPort, seq, ack, flags, options, payload };
    packets.push({ time, bytes: frame(ip(from, to, 6, tcp(header))) });
  };
  const wait = (ms: number): void => {
    time += BigInt(Math.round(ms * 1e6));
  };
  send('>', 'S', 0, 0, { options: windowScale(7) });
  wait(20);
  send('<', 'SA', 0, 1);
  wait(5);
  send('>', 'A', 1, 1);
  let [mine, yours] = [1, 1];
  for (const ms of forward) {
    wait(1);
    send('>', 'PA', mine, yours, { length: 100 });
    mine += 100;
    wait(ms);
    send('<', 'A', yours, mine);
  }
  for (const ms of reverse) {
    wait(1);
    send('<', 'PA', yours, mine, { length: 1400 });
    yours += 1400;
    wait(ms);
    send('>', 'A', mine, yours);
  }
  return packets;
};

/** Samples of each direction's data by `tcp.analysis.ack_rtt`, the SYNs' left out: least, mean, most in milliseconds. */
const roundTripsByTshark = async (path: string, port: string) => {
  const rows = await tsharkFields(
    path,
    ['tcp.analysis.ack_rtt'],
    `tcp.analysis.ack_rtt && tcp.dstport == ${port} && tcp.ack > 1`,
  );
  const times = rows.map(([time]) => Number(time) * 1000);
  const round = (value: number): number => Number(value.toFixed(3));
  return {
    samples: times.length,
    min: round(Math.min(...times)),
    average: round(times.reduce((sum, time) => sum + time, 0) / times.length),
    max: round(Math.max(...times)),
  };
};

test('round trips of each direction are those of tshark, in both tools', async () => {
  const packets = exchange([30, 50, 40], [5, 8]);
  const again = packets.at(-2);
  if (again === undefined) throw new Error('no data');
  const file_path = await folder.write('rtt.pcap', pcap([...packets, { ...again, time: start + 10_000_000_000n }]));
  const forward = await roundTripsByTshark(file_path, '4000');
  const reverse = await roundTripsByTshark(file_path, '80');
  expect(forward).toEqual({ samples: 3, min: 30, average: 40, max: 50 });
  const tcpDetail = {
    handshake_rtt_ms: 25,
    forward: { rtt_ms: forward, max_bytes_in_flight: 100, window_scale: 7 },
    reverse: {
      ...{ rtt_ms: reverse, max_bytes_in_flight: 1400, window_scale: null },
      tcp_issues: { retransmission: 1, spurious_retransmission: 1 },
    },
  };
  const { conversations } = await answerOf(getConversations, { file_path, detail: 'full' });
  expect(conversations).toMatchObject([{ detail: { stream: 0, first_packet: 1 } }]);
  expect(conversations).toHaveProperty('0.detail.tcp', tcpDetail);
  expect(await answerOf(getConversations, { file_path })).not.toHaveProperty('conversations.0.detail');
  const { flow_details: details } = await answerOf(findTcpIssues, { file_path });
  expect(details).toEqual([{ flow: '10.0.0.1:4000 -> 10.0.0.2:80', stream: 0, first_packet: 1, ...tcpDetail }]);
});

test('a side whose SYN is not in the file has no window scale, offered or not', async () => {
  const file_path = await folder.write('midstream.pcap', pcap(exchange([30], [5]).slice(1)));
  const { conversations } = await answerOf(getConversations, { file_path, detail: 'full' });
  // The SYN+ACK is there: its sender offers none.
  expect(conversations).toHaveProperty('0.detail.tcp.forward.window_scale', null);
  expect(conversations).not.toHaveProperty('0.detail.tcp.reverse.window_scale');
  const alone = await folder.write('syn.pcap', pcap(exchange([], []).slice(0, 1)));
  const { conversations: syn } = await answerOf(getConversations, { file_path: alone, detail: 'full' });
  expect(syn).toHaveProperty('0.detail.tcp.forward.window_scale', 7);
  expect(syn).not.toHaveProperty('0.detail.tcp.reverse.window_scale');
});

test('details of flows do not make the answer on a capture with every issue long', async () => {
  const file_path = await folder.write('wild.pcap', pcap(wildCapture(3, 300)));
  const answer = await answerOf(findTcpIssues, { file_path });
  expect(JSON.stringify(answer).length).toBeLessThan(6000);
  const { flow_details: some } = await answerOf(findTcpIssues, { file_path, top_n: 3 });
  expect(some).toHaveLength(3);
  expect(await answerOf(findTcpIssues, { file_path, top_n: 0 })).toMatchObject({ flow_details: [] });
  const full = await answerOf(getConversations, { file_path, detail: 'full' });
  expect(JSON.stringify(full).length).toBeLessThan(6000);
});
