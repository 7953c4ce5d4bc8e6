// analyze_dns_traffic: its answer on captures made for it. A clean one has no finding, an empty one no failure, and names stay data.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { analyzeDnsTraffic } from '../../src/operations/capture/analyze-dns-traffic.ts';
import { answerOf } from './ask.ts';
import { captureFile, client, query, resolver, response, udp, type CraftedPacket } from './dns-craft.ts';
import { captureFolder, type CaptureFolder } from './read-whole.ts';

let folder: CaptureFolder;
beforeAll(async () => {
  folder = await captureFolder();
});
afterAll(() => folder.remove());

let files = 0;
const analyse = async (packets: readonly CraftedPacket[], more: object = {}) => {
  files += 1;
  const file_path = await folder.write(`${files}.pcap`, captureFile(packets));
  return answerOf(analyzeDnsTraffic, { file_path, ...more });
};

const second = { address: '192.0.2.54', port: 53 };
const exchange = (at: number, id: number, ms: number, name = 'www.example.com', code = 0, server = resolver) => [
  udp(at, client, server, query(id, name)),
  udp(at + ms / 1000, server, client, response(id, name, code)),
];

describe('analyze_dns_traffic', () => {
  it('finds nothing in a clean capture', async () => {
    const answer = await analyse(Array.from({ length: 20 }, (_, id) => exchange(id, id, 4)).flat());
    expect(answer).toMatchObject({
      ...{ success: true, total_queries: 20, total_responses: 20, answered: 20, unanswered: 0, pending: 0, retried: 0 },
      ...{ failed: {}, slow_queries: [], slow_count: 0, failed_names: [], findings: [], not_analysed: {} },
      response_time_ms: { count: 20, p50: 4, p95: 4, p99: 4, max: 4, mean: 4 },
      top_names: [{ name: 'www.example.com', count: 20 }],
      servers: [{ server: '192.0.2.53', queries: 20, answered: 20, p50_ms: 4, p95_ms: 4, max_ms: 4 }],
      query_types: { A: 20 },
      transports: { udp: { queries: 20, responses: 20 } },
      coverage: { packets_read: 40, complete: true },
    });
    expect(answer['summary']).toBe(
      '20 DNS queries, 20 answers: 0 unanswered, none failed. Half took at most 4 ms, 95 % at most 4 ms.',
    );
  });

  it('says what is wrong, gravest first', async () => {
    const silent = { address: '198.51.100.1', port: 53 };
    const answer = await analyse([
      ...Array.from({ length: 10 }, (_, id) => exchange(id, id, 5)).flat(),
      ...Array.from({ length: 10 }, (_, id) =>
        exchange(id + 0.5, id, 150, `s${id}.test`, id < 3 ? 2 : 3, second),
      ).flat(),
      ...[1, 2, 3].flatMap((id) => [
        udp(20 + id * 6, client, silent, query(id, 'lost.test')),
        udp(21 + id * 6, client, silent, query(id, 'lost.test')),
      ]),
      ...exchange(60, 99, 5),
    ]);
    const findings = Array.isArray(answer['findings']) ? answer['findings'] : [];
    expect(findings.map(({ code, severity }: { code: string; severity: string }) => `${severity} ${code}`)).toEqual([
      ...['high server_silent', 'high unanswered', 'high server_failure', 'medium slow_server', 'medium retries'],
      ...['low slow_answers'],
    ]);
    expect(answer).toMatchObject({
      ...{ unanswered: 3, retried: 3, failed: { NXDOMAIN: 7, SERVFAIL: 3 }, slow_count: 10 },
      ...{ total_servers: 3, servers: [{}, {}, { server: '198.51.100.1', answered: 0, unanswered: 3, p50_ms: null }] },
    });
    expect(answer['summary']).toContain('198.51.100.1 answered none of 3 queries');
    expect(JSON.stringify(answer).length).toBeLessThan(6000);
  });

  it('calls a server silent that answered nothing, and says what the capture ended too early for', async () => {
    const five = Array.from({ length: 5 }, (_, id) => udp(1 + id / 2, client, resolver, query(id, `n${id}.test`)));
    const answer = await analyse(five);
    expect(answer).toMatchObject({
      ...{ unanswered: 1, pending: 4, servers: [{ queries: 5, unanswered: 1, pending: 4 }] },
      findings: [{ code: 'server_silent', severity: 'high' }, { code: 'unanswered' }],
    });
    expect(answer['summary']).toMatch(
      /^5 DNS queries, 0 answers: 1 unanswered, 4 not answered before the capture ended\. 192\.0\.2\.53 answered none of 5 /,
    );
    const pair = await analyse([1, 1.001].map((at, id) => udp(at, client, resolver, query(id, `n${id}.test`))));
    expect(pair).toMatchObject({ unanswered: 0, pending: 2, findings: [] });
    const one = await analyse(exchange(1, 1, 4));
    expect(one['summary']).toMatch(/^1 DNS query, 1 answer: 0 unanswered, none failed\. /);
  });

  it('counts the same failures for the capture, its names and its servers', async () => {
    const answer = await analyse([...exchange(1, 1, 4, 'a.test', 3), ...exchange(2, 2, 4, 'a.test', 2)]);
    expect(answer).toMatchObject({
      ...{
        failed: { NXDOMAIN: 1, SERVFAIL: 1 },
        failed_names: [{ name: 'a.test', failed: 2 }],
        servers: [{ failed: 2 }],
      },
    });
  });

  it('honours top_n, slow_ms and max_packets', async () => {
    const packets = Array.from({ length: 30 }, (_, id) => exchange(id, id, id, `n${id}.test`)).flat();
    const answer = await analyse(packets, { top_n: 2, slow_ms: 10, max_packets: 50 });
    expect(answer).toMatchObject({
      slow_count: 15,
      slow_queries: [
        { name: 'n24.test', type: 'A', server: '192.0.2.53', response_time_ms: 24, packet: 50 },
        { name: 'n23.test', response_time_ms: 23, packet: 48 },
      ],
      slow_names: [{ name: 'n24.test', answered: 1, mean_ms: 24, max_ms: 24 }, { name: 'n23.test' }],
      coverage: { packets_read: 50, complete: false, ended: 'max_packets' },
    });
    expect(answer['top_names']).toHaveLength(2);
  });

  it('escapes odd bytes of names and cuts long ones', async () => {
    const packet = udp(1, client, resolver, query(1, 'xxxx.test'));
    packet.bytes.set([0x1b, 0x2e, 0xff, 0x41], 42 + 13);
    const long = udp(2, client, resolver, query(2, Array.from({ length: 25 }, () => 'label9999').join('.')));
    const answer = await analyse([packet, long]);
    const names = Array.isArray(answer['top_names']) ? answer['top_names'] : [];
    expect(names).toHaveLength(2);
    expect(names[0]).toEqual({ name: '\\027\\.\\255a.test', count: 1 });
    expect(JSON.stringify(names[1])).toMatch(/"label9999\.label.{105}…"/);
    expect(answer['untrusted']).toEqual(['slow_queries', 'top_names', 'slow_names', 'failed_names']);
  });

  it('reports a capture without DNS, and one without packets', async () => {
    const none = { success: true, total_queries: 0, response_time_ms: null, servers: [], findings: [] };
    const summary = 'No DNS messages in this capture.';
    expect(await analyse([])).toMatchObject({ ...none, summary });
    expect(await analyse([udp(1, client, { ...client, port: 9 }, Buffer.from('x'))])).toMatchObject({
      ...none,
      summary,
    });
  });
});
