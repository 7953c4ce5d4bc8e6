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
import { answerOf as ask } from './ask.ts';
import { frame, ip, join, pcap, pcapng, tcp, udp, type Bytes, type Crafted } from './craft.ts';
import { captureFolder, type CaptureFolder } from './read-whole.ts';

vi.mock('node:fs/promises', async (original) => {
  const actual = await original<typeof promises>();
  return { ...actual, realpath: vi.fn(actual.realpath) };
});

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

test('values in the URIs of HTTP stand in an answer on request only; filters see them', async () => {
  const head = ['Host: a.example', 'Referer: http://ann:pw7@b.example/?code=pw7', 'Cookie: pw7'];
  const request = text(`GET /login?user=pw7&token=pw7 HTTP/1.1\r\n${head.join('\r\n')}\r\n\r\n`);
  const response = text('HTTP/1.1 302 Found\r\nLocation: https://c.example/#access_token=pw7\r\n\r\n');
  const packets = [request, response].map((payload, index) =>
    at(
      index,
      frame(
        ip('10.0.0.1', '10.0.0.2', 6, tcp({ sourcePort: 40_000, destinationPort: 80, seq: 1, flags: 'A', payload })),
      ),
    ),
  );
  const input = { file_path: await folder.write('uris.pcap', pcap(packets)) };
  const [first, second] = [
    await ask(getPacket, { ...input, packet_number: 1 }),
    await ask(getPacket, { ...input, packet_number: 2 }),
  ];
  expect(first).toMatchObject({
    layers: [
      ...[{}, {}, {}],
      {
        fields: { 'http.request.uri': '/login?user=***&token=***', 'http.referer': 'http://***@b.example/?code=***' },
        notes: ['*** stands for values in a URI, shown with payload: true.'],
      },
    ],
  });
  const location = { 'http.location': 'https://c.example/#access_token=***' };
  expect(second).toMatchObject({ layers: [{}, {}, {}, { fields: location }] });
  const filter = 'http.request.uri contains "token=pw7" or http.location contains "pw7"';
  const rows = await ask(filterPackets, { ...input, filter });
  expect(rows).toMatchObject({ matched: 2, packets: [{ protocol: 'http' }, { protocol: 'http' }] });
  expect(JSON.stringify(rows)).toContain('GET a.example /login?user=***&token=***');
  expect(JSON.stringify([first, second, rows])).not.toContain('pw7');
  const asked = await ask(getPacket, { ...input, packet_number: 1, payload: true });
  const fields = { 'http.request.uri': '/login?user=pw7&token=pw7', 'http.cookie': 'pw7' };
  expect(asked).toMatchObject({ layers: [{}, {}, {}, { fields, notes: [] }] });
});

test('the bytes of DHCP options stand in an answer on request only', async () => {
  const options = [0x63, 0x82, 0x53, 0x63, 67, 19, ...Buffer.from('tftp://u:pw7@h/?k=1'), 255];
  const message = join(new Uint8Array(236), Uint8Array.from(options));
  const packet = frame(ip('10.0.0.1', '10.0.0.2', 17, udp(67, 68, message)));
  const input = { file_path: await folder.write('dhcp.pcap', pcap([at(0, packet)])), packet_number: 1 };
  const shown = JSON.stringify(await ask(getPacket, input));
  expect(shown).toContain('tftp://***@h/?k=***');
  expect(shown).not.toContain(Buffer.from('pw7').toString('hex'));
  const asked = JSON.stringify((await ask(getPacket, { ...input, payload: true }))['layers']);
  expect(asked).toContain('tftp://u:pw7@h/?k=1');
  expect(asked).toContain(Buffer.from('pw7').toString('hex'));
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
    conversations: [{ start_time: null, start_offset_s: null, duration_seconds: null }],
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

test('D-25: resets over IPv6 are seen, as its conversations are', async () => {
  const reset = (port: number): Bytes =>
    frame(ip('2001:db8::2', '2001:db8::1', 6, tcp({ sourcePort: 80, destinationPort: port, seq: 1, flags: 'R' })));
  const packets = [1, 2, 3, 4, 5].map((port) => at(port, reset(port)));
  const file = await folder.write('resets.pcap', pcap(packets));
  const found = await ask(findTcpIssues, { file_path: file });
  expect(found).toMatchObject({ total_tcp_packets: 5 });
  expect(JSON.stringify(found)).toContain('"issue_type":"reset","count":5');
  expect(await ask(getConversations, { file_path: file })).toMatchObject({ total: 5, by_protocol: { TCP: 5 } });
});

test('D-22: every summary says that only part of the file was read', async () => {
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
  const guarded = createCaptures({ maxPackets: undefined, allowCustomFilters: true, allowedPaths: ['/tmp'] });
  await expect(guarded.open('/tmp/a.pcap')).rejects.toBe(failure);
});
