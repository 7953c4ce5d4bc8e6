// The example answers of network-mcp's README: the same fields with the same types, from the product itself. More fields may follow.
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { frame, ip, pcap, tcp, type Crafted } from '../capture/craft.ts';
import type { ConnectedClient } from '../helpers/mcp-client.ts';
import { openRoom, type Room } from '../probe/services-room.ts';

interface Example {
  tool: string;
  input: Record<string, unknown>;
  /** As the README shows it; of the values only the type counts, of a list every entry. */
  answer: Record<string, unknown>;
  /** What the one-line summary must look like. */
  summary: RegExp;
}

const success = true;
const capture = join(tmpdir(), `netmcp-examples-${process.pid}.pcap`);

/** An upload of 20 segments in 2 s, of which one is sent again. */
const upload = (): Crafted[] => {
  const client = { sourcePort: 51_544, destinationPort: 443 };
  const server = { sourcePort: 443, destinationPort: 51_544 };
  const at = (seconds: number, bytes: Uint8Array): Crafted => ({
    time: 1_734_567_890_000_000_000n + BigInt(Math.round(seconds * 1e9)),
    bytes,
  });
  const to = (seconds: number, packet: Uint8Array): Crafted =>
    at(seconds, frame(ip('10.0.0.10', '93.184.216.34', 6, packet)));
  const from = (seconds: number, packet: Uint8Array): Crafted =>
    at(seconds, frame(ip('93.184.216.34', '10.0.0.10', 6, packet)));
  const payload = new Uint8Array(1000);
  const steps = Array.from({ length: 20 }, (_, index) => index);
  return [
    to(0, tcp({ ...client, seq: 0, flags: 'S' })),
    from(0.01, tcp({ ...server, seq: 0, ack: 1, flags: 'SA' })),
    to(0.02, tcp({ ...client, seq: 1, ack: 1, flags: 'A' })),
    ...steps.flatMap((step) => {
      const data = tcp({ ...client, seq: 1 + 1000 * step, ack: 1, flags: 'PA', payload });
      const answer = tcp({ ...server, seq: 1, ack: 1001 + 1000 * step, flags: 'A' });
      const time = 0.1 + step / 10;
      const again = step === 7 ? [to(time + 0.03, data)] : [];
      return [to(time, data), ...again, from(time + 0.04, answer)];
    }),
  ];
};

const examples: readonly Example[] = [
  {
    tool: 'ping',
    input: { target: '192.0.2.80' },
    answer: {
      ...{ success, target: 'google.com', resolved_ip: '142.250.80.46', packets_sent: 4, packets_received: 4 },
      ...{ packet_loss_percent: 0, min_latency_ms: 11.2, avg_latency_ms: 12.8, max_latency_ms: 15.1 },
    },
    summary: /^192\.0\.2\.80 is reachable\. 4\/4 packets received, avg latency [\d.]+ms$/,
  },
  {
    tool: 'batch_ping',
    input: { targets: ['192.0.2.80', '192.0.2.53', '2001:db8::53'] },
    answer: {
      ...{ success, total_targets: 3, successful: 3, failed: 0 },
      results: [{ target: '8.8.8.8', success: true, avg_latency_ms: 12.5 }],
    },
    summary: /^Batch ping: 3\/3 targets reachable$/,
  },
  {
    tool: 'find_tcp_issues',
    input: { file_path: capture },
    answer: {
      ...{ success, file_path: '/tmp/capture.pcap', total_tcp_packets: 15_234, has_issues: true },
      issues: [
        { issue_type: 'retransmission', count: 47, severity: 'medium', recommendation: 'Check for congestion.' },
      ],
    },
    summary: /^TCP issues detected in 44 packets: 1 retransmission\b/,
  },
  {
    tool: 'analyze_throughput',
    input: { file_path: capture, top_n: 3 },
    answer: {
      ...{ success, file_path: '/tmp/capture.pcap', total_packets_scanned: 100_000, conversations_analyzed: 87 },
      ...{ top_n: 3, sort_by: 'mbps_total' },
      conversations: [
        {
          ...{ src_ip: '10.0.0.10', src_port: 51_544, dst_ip: '93.184.216.34', dst_port: 443, protocol: 'TCP' },
          ...{ packets_total: 1240, bytes_total: 18_423_333, duration_seconds: 9.84 },
          ...{ start_time: 1_734_567_890.01, end_time: 1_734_567_899.85 },
          ...{ packets_forward: 820, bytes_forward: 17_600_000, packets_reverse: 420, bytes_reverse: 823_333 },
          ...{ mbps_forward: 14.308, mbps_reverse: 0.669, mbps_total: 14.977 },
          direction: '10.0.0.10:51544 -> 93.184.216.34:443',
        },
      ],
    },
    summary:
      /^Throughput analysis: 1 conversation from 44 packets\. Top flow 10\.0\.0\.10:51544 -> 93\.184\.216\.34:443 at ~[\d.]+ Mbps over 2\.04s\.$/,
  },
  {
    tool: 'get_interfaces',
    input: { interface: 'eth9' },
    answer: {
      success,
      interfaces: [
        {
          ...{ name: 'en0', status: 'up', mac_address: '00:11:22:33:44:55', ipv4_addresses: ['192.168.1.100'] },
          ...{ ipv6_addresses: ['fe80::1'], netmask: '255.255.255.0', mtu: 1500 },
        },
      ],
      default_interface: 'en0',
    },
    summary: /^Found 1 interface \(1 up\)\. Primary: eth9$/,
  },
  {
    tool: 'get_public_ip',
    input: {},
    answer: { success, public_ip: '203.0.113.42', service_used: 'ipify.org' },
    summary: /^Public IP: 203\.0\.113\.42 \(via 192\.0\.2\.80:8080\)$/,
  },
  {
    tool: 'rdap_lookup',
    input: { query: '1.1.1.1' },
    answer: {
      ...{ success, query: '1.1.1.1', query_type: 'ip', rdap_url: 'https://rdap.org/ip/1.1.1.1' },
      ...{ handle: 'NET-1-1-1-0-1', country: 'AU', start_address: '1.1.1.0', end_address: '1.1.1.255' },
    },
    summary: /^RDAP 1\.1\.1\.1: 1\.1\.1\.0–1\.1\.1\.255 \(AU\), handle NET-1-1-1-0-1$/,
  },
  {
    tool: 'asn_lookup',
    input: { ip: '1.1.1.1' },
    answer: {
      ...{ success, ip: '1.1.1.1', asn: '13335', prefix: '1.1.1.0/24', country: 'AU', registry: 'apnic' },
      ...{ allocated: '2011-08-11', as_name: 'CLOUDFLARENET' },
    },
    summary: /^1\.1\.1\.1 originates from AS13335 \(CLOUDFLARENET\), prefix 1\.1\.1\.0\/24$/,
  },
];

const kindOf = (value: unknown): string => {
  if (Array.isArray(value)) return 'list';
  return value === null ? 'null' : typeof value;
};

const isObject = (value: unknown): value is Record<string, unknown> => kindOf(value) === 'object';

/** Paths at which the answer lacks the example's field or has another type there. */
const lacking = (example: unknown, answer: unknown, path = ''): string[] => {
  if (kindOf(example) !== kindOf(answer)) return [`${path}: ${kindOf(answer)} for ${kindOf(example)}`];
  if (Array.isArray(example) && Array.isArray(answer)) {
    if (answer.length === 0) return [`${path}: empty`];
    return answer.flatMap((entry, index) => lacking(example[0], entry, `${path}[${index}]`));
  }
  if (!isObject(example) || !isObject(answer)) return [];
  return Object.entries(example).flatMap(([name, value]) => lacking(value, answer[name], `${path}.${name}`));
};

let room: Room;
let product: ConnectedClient;

beforeAll(async () => {
  await writeFile(capture, pcap(upload()));
  room = await openRoom({ 'resolv.conf': 'nameserver 192.0.2.53\n' });
  const inside = (...words: string[]): Promise<string> => room.namespace.exec('ip', ...words);
  for (const address of ['192.0.2.80/32', '203.0.113.42/32']) await inside('address', 'add', address, 'dev', 'lo');
  await inside('link', 'add', 'eth9', 'type', 'veth', 'peer', 'name', 'eth8');
  await inside('address', 'add', '198.51.100.2/24', 'dev', 'eth9');
  await inside('address', 'add', '2001:db8:9::2/64', 'dev', 'eth9');
  for (const name of ['eth8', 'eth9']) await inside('link', 'set', name, 'up');
  await inside('route', 'add', 'default', 'via', '198.51.100.1', 'dev', 'eth9');
  await room.start('dns-server.ts', '192.0.2.53:53');
  await room.start('http-services.ts', 'no-key', 'no-certificate', 'http:192.0.2.80:8080');
  product = await room.product(
    [
      'endpoints:',
      '  public_ip: ["http://192.0.2.80:8080/text"]',
      '  rdap: "http://192.0.2.80:8080/rdap/"',
      '  asn_zones: { ipv4: origin.test, ipv6: origin6.test, name: asn.test }',
    ].join('\n'),
  );
});
afterAll(async () => {
  await rm(capture, { force: true });
  await room.close();
});

test.each(examples)('$tool', async ({ tool, input, answer, summary }) => {
  const given = await product.call(tool, input);
  expect(lacking(answer, given)).toEqual([]);
  expect(given['summary']).toMatch(summary);
});

test('a missing field and another type are noticed', () => {
  expect(lacking({ a: 1, b: [{ c: 'x' }] }, { a: '1', b: [{ c: 'y' }, {}] })).toEqual([
    '.a: string for number',
    '.b[1].c: undefined for string',
  ]);
});
