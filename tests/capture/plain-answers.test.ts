// What answers must not say: rates over no time, times that packets do not have, credentials nobody asked for, a whole file where part was read.
import * as promises from 'node:fs/promises';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createCaptures } from '../../src/host/captures.ts';
import { analyzeDnsTraffic } from '../../src/operations/capture/analyze-dns-traffic.ts';
import { analyzeThroughput } from '../../src/operations/capture/analyze-throughput.ts';
import { filterPackets } from '../../src/operations/capture/filter-packets.ts';
import { findTcpIssues } from '../../src/operations/capture/find-tcp-issues.ts';
import { getConversations } from '../../src/operations/capture/get-conversations.ts';
import { getPacket } from '../../src/operations/capture/get-packet.ts';
import { getProtocolHierarchy } from '../../src/operations/capture/get-protocol-hierarchy.ts';
import { pcapSummary } from '../../src/operations/capture/pcap-summary.ts';
import { plainSettings, refusingPorts } from '../helpers/refusing-ports.ts';
import { frame, ip, join, pcap, pcapng, tcp, udp, type Bytes, type Crafted } from './craft.ts';
import { captureFolder, type CaptureFolder } from './read-whole.ts';

vi.mock('node:fs/promises', async (original) => {
  const actual = await original<typeof promises>();
  return { ...actual, realpath: vi.fn(actual.realpath) };
});

const captures = { maxPackets: undefined, allowCustomFilters: true, allowedPaths: ['/'] };
const call = {
  signal: new AbortController().signal,
  progress: () => undefined,
  client: { kind: 'mcp', name: 'test', version: '1' },
} as const;

const ask = (operation: typeof pcapSummary, input: Record<string, unknown>) =>
  operation.run(
    input,
    refusingPorts({ captures: createCaptures(captures), settings: { ...plainSettings, captures } }),
    call,
  );

const start = 1_700_000_000n * 1_000_000_000n;
const text = (value: string): Bytes => new Uint8Array(Buffer.from(value));
const at = (milliseconds: number, bytes: Bytes): Crafted => ({
  time: start + BigInt(Math.round(milliseconds * 1e6)),
  bytes,
});
const datagram = (bytes: number): Bytes => frame(ip('10.0.0.1', '10.0.0.2', 17, udp(7, 9, new Uint8Array(bytes))));

let folder: CaptureFolder;
beforeAll(async () => {
  folder = await captureFolder();
});
afterAll(() => folder.remove());

test('credentials of HTTP stand in an answer on request only', async () => {
  const head = ['Authorization: Basic c2VjcmV0', 'Proxy-Authorization: Basic c2VjcmV0', 'Cookie: id=c2VjcmV0'];
  const payload = text(`GET / HTTP/1.1\r\nHost: a.example\r\n${head.join('\r\n')}\r\n\r\n`);
  const segment = tcp({ sourcePort: 40_000, destinationPort: 80, seq: 1, ack: 1, flags: 'PA', payload });
  const file = await folder.write('http.pcap', pcap([at(0, frame(ip('10.0.0.1', '10.0.0.2', 6, segment)))]));
  const shown = JSON.stringify(await ask(getPacket, { file_path: file, packet_number: 1 }));
  expect(shown).not.toContain('c2VjcmV0');
  for (const field of ['http.authorization', 'http.proxy_authorization', 'http.cookie']) expect(shown).toContain(field);
  expect(shown).toContain('(14 characters, shown with payload: true)');
  const asked = await ask(getPacket, { file_path: file, packet_number: 1, payload: true });
  expect(JSON.stringify(asked)).toContain('Basic c2VjcmV0');
  expect(asked).toMatchObject({ coverage: { packets_read: 1 } });
});

test('two packets within a microsecond have no rate, and it is said why', async () => {
  const file = await folder.write('short.pcap', pcap([at(0, datagram(1400)), at(0.001, datagram(1400))]));
  expect(await ask(analyzeThroughput, { file_path: file })).toMatchObject({
    whole: { mbps: null, peak: { mbps: null, packets: 2 } },
  });
  const summary = await ask(pcapSummary, { file_path: file });
  expect(summary).toMatchObject({ packets_per_second: null, bits_per_second: null });
  expect(JSON.stringify(summary)).toContain('below 0.1 s there are no rates');
});

test('the peak of a capture of a fifth of a second is over that time', async () => {
  const packets = Array.from({ length: 101 }, (_, index) => at(2 * index, datagram(958)));
  const file = await folder.write('burst.pcap', pcap(packets));
  expect(await ask(analyzeThroughput, { file_path: file })).toMatchObject({
    whole: { mbps: 4.04, peak: { mbps: 4.04, interval_s: 0.2 } },
  });
});

test('packets without a time have none, nor do their bytes count for rates', async () => {
  const bytes = datagram(58);
  const words = (...values: number[]): Bytes => new Uint8Array(new Uint32Array(values).buffer);
  const simple = join(words(3, 16 + bytes.length, bytes.length), bytes, words(16 + bytes.length));
  const timed = pcapng([at(0, bytes), at(1000, bytes)]);
  const file = await folder.write('simple.pcapng', join(timed, simple, simple));
  const input = { file_path: file };
  expect(await ask(getPacket, { ...input, packet_number: 3 })).toMatchObject({ time: null, time_epoch: null });
  const rows = { packets: [{ time_offset_s: 0 }, { time_offset_s: 1 }, { time_offset_s: null }, {}] };
  expect(await ask(filterPackets, input)).toMatchObject(rows);
  expect(await ask(filterPackets, { ...input, filter: 'frame.time_relative >= 0' })).toMatchObject({ matched: 2 });
  expect(await ask(pcapSummary, input)).toMatchObject({ packet_count: 4, bits_per_second: 1600 });
  expect(await ask(analyzeThroughput, { ...input, sort_by: 'bytes_total' })).toMatchObject({
    whole: { bytes: 400, mbps: 0.002 },
    conversations: [{ duration_seconds: 1, mbps_total: null }],
  });
  const only = await folder.write('only.pcapng', join(pcapng([]), simple, simple));
  expect(await ask(getConversations, { file_path: only })).toMatchObject({
    conversations: [{ start_time: null, start_offset_s: null, duration_seconds: 0 }],
  });
});

test('a link type that is not decoded is named; Prism is decoded', async () => {
  const usb = await folder.write('usb.pcap', pcap([at(0, new Uint8Array(50))], { link: 189 }));
  const sentence = 'Link type 189 (USB) is not decoded: 1 packet only counted.';
  const summary = await ask(pcapSummary, { file_path: usb });
  expect(summary).toMatchObject({ summary: `1 packet, 50 bytes in 0 s. ${sentence}` });
  expect(summary['notes']).toContain(sentence);
  const header = Uint8Array.from([0x44, 0, 0, 0, 16, 0, 0, 0, ...new Uint8Array(8)]);
  const bytes = join(header, Uint8Array.from([0x80, 0, ...new Uint8Array(22)]));
  const prism = await folder.write('prism.pcap', pcap([at(0, bytes)], { link: 119 }));
  expect(await ask(getPacket, { file_path: prism, packet_number: 1 })).toMatchObject({
    layers: [{ protocol: 'prism', fields: { 'prism.msglen': 16 } }, { protocol: 'wlan' }],
  });
});

test('every summary says that only part of the file was read', async () => {
  const whole = pcap(Array.from({ length: 5 }, (_, index) => at(index * 100, datagram(100))));
  const file = await folder.write('five.pcap', whole);
  const cut = await folder.write('cut.pcap', whole.subarray(0, whole.length - 10));
  for (const operation of [
    ...[pcapSummary, filterPackets, getConversations, analyzeThroughput],
    ...[getProtocolHierarchy, findTcpIssues, analyzeDnsTraffic],
  ]) {
    const name = operation.name;
    const few = await ask(operation, { file_path: file, max_packets: 2 });
    expect([name, few['summary']]).toEqual([name, expect.stringContaining('Only the first 2 packets of the file.')]);
    const part = await ask(operation, { file_path: cut });
    expect([name, part['summary']]).toEqual([
      name,
      expect.stringContaining('Not the whole file: The file ends within'),
    ]);
  }
});

test('protocols are found by the names that the summary gives them', async () => {
  const segment = tcp({
    sourcePort: 40_000,
    destinationPort: 22,
    seq: 1,
    ack: 1,
    flags: 'PA',
    payload: text('SSH-2.0-a\r\n'),
  });
  const file = await folder.write(
    'names.pcap',
    pcap([at(0, frame(ip('10.0.0.1', '10.0.0.2', 6, segment))), at(500, datagram(10))]),
  );
  const { protocols } = await ask(pcapSummary, { file_path: file });
  expect(protocols).toMatchObject({ SSH: 1, Ethernet: 2, IPv4: 2 });
  for (const [protocol, matched] of Object.entries({ SSH: 1, ssh: 1, Ethernet: 2, ipv4: 2, 'GTP-U': 0, QinQ: 0 }))
    expect([protocol, await ask(filterPackets, { file_path: file, protocol })]).toMatchObject([protocol, { matched }]);
  await expect(ask(filterPackets, { file_path: file, protocol: 'snpm' })).rejects.toHaveProperty(
    'hint',
    expect.stringContaining('snmp'),
  );
});

test('an ICMP error is a packet of ICMP, whatever it quotes', async () => {
  const quoted = ip('10.0.0.1', '10.0.0.2', 17, udp(7, 9, new Uint8Array(8)));
  const error = join(Uint8Array.from([3, 3, 0, 0, 0, 0, 0, 0]), quoted);
  const file = await folder.write('error.pcap', pcap([at(0, frame(ip('10.0.0.2', '10.0.0.1', 1, error)))]));
  expect(await ask(filterPackets, { file_path: file })).toMatchObject({
    packets: [{ protocol: 'icmp', src: '10.0.0.2' }],
  });
});

test('a small share is not 0 percent', async () => {
  const other = frame(ip('10.0.0.3', '10.0.0.2', 17, udp(7, 9, new Uint8Array(18))));
  const packets = [...Array.from({ length: 300 }, (_, index) => at(index, datagram(958))), at(400, other)];
  const file = await folder.write('share.pcap', pcap(packets));
  expect(await ask(pcapSummary, { file_path: file })).toMatchObject({
    top_talkers: [{ percent: 100 }, { ip: '10.0.0.3', percent: 0.02 }],
  });
});

test('a disk that does not answer is no file that does not exist', async () => {
  const failure = Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });
  const { realpath } = await vi.importActual<typeof promises>('node:fs/promises');
  vi.mocked(promises.realpath).mockImplementation((path) =>
    String(path) === '/tmp/a.pcap' ? Promise.reject(failure) : realpath(path),
  );
  const guarded = createCaptures({ ...captures, allowedPaths: ['/tmp'] });
  await expect(guarded.open('/tmp/a.pcap')).rejects.toBe(failure);
});
