// DNS of crafted captures: what is answered, retried, failed and unanswered, whom an answer belongs to, and what hostile bytes cannot do.
import { describe, expect, it } from 'vitest';
import { LINK_LOCAL, MULTICAST, OVER_TCP, OVER_UDP } from '../../src/capture/engine/dns-layout.ts';
import { client, query, resolver, response, udp, type CraftedPacket, type Endpoint } from './dns-craft.ts';
import { readDns, textOf } from './dns-report.ts';

const ask = (time: number, id: number, name: string, from = client, to = resolver): CraftedPacket =>
  udp(time, from, to, query(id, name));
const reply = (time: number, id: number, name: string, code = 0, from = resolver, to = client): CraftedPacket =>
  udp(time, from, to, response(id, name, code));
/** Something else that ends the capture at that time. */
const last = (time: number): CraftedPacket => udp(time, client, { address: '192.0.2.9', port: 9 }, Buffer.from('end'));

const other: Endpoint = { address: '10.0.0.2', port: 40_000 };

describe('queries and answers', () => {
  it('measures an answer from its query', async () => {
    const report = await readDns([ask(1, 7, 'www.example.com'), reply(1.025, 7, 'WWW.example.COM')]);
    expect(report.kinds[OVER_UDP]).toMatchObject({ packets: 2, queries: 1, responses: 1, answered: 1, unanswered: 0 });
    expect(report.times).toMatchObject({ count: 1, min: 25, max: 25, sum: 25, p50: 25, p95: 25 });
    expect(report.slowest).toMatchObject([{ ms: 25, packet: 2, queryPacket: 1, server: '192.0.2.53', type: 1 }]);
    expect(report.topNames.map(({ labels, count }) => [textOf(labels), count])).toEqual([['www.example.com', 1]]);
    expect([...report.types]).toEqual([[1, 1]]);
    expect([...report.codes]).toEqual([[0, 1]]);
  });

  it('D-28: tells unanswered from pending at the end', async () => {
    const report = await readDns([ask(1, 1, 'old.test'), ask(8.5, 2, 'young.test'), last(10)]);
    expect(report.kinds[OVER_UDP]).toMatchObject({ queries: 2, unanswered: 1, pending: 1, answered: 0 });
    expect(report.failedNames.map(({ labels, unanswered }) => [textOf(labels), unanswered])).toEqual([['old.test', 1]]);
    expect(report.servers).toMatchObject([
      { address: '192.0.2.53', queries: 2, answered: 0, unanswered: 1, pending: 1 },
    ]);
  });

  it.each([
    ['after 2 s', [ask(1, 1, 'a.test'), last(3)], 1],
    [
      'not while its server takes as long for others',
      [ask(1, 1, 'b.test'), ask(1, 2, 'a.test'), reply(2, 1, 'b.test'), last(4)],
      0,
    ],
    ['at the latest after 5 s', [ask(1, 1, 'b.test'), ask(1, 2, 'a.test'), reply(3, 1, 'b.test'), last(6)], 1],
    ['when it was asked again', [ask(1, 1, 'a.test'), ask(1.5, 1, 'a.test')], 1],
    ['when it was asked again with a new id', [ask(1, 1, 'a.test'), ask(1.5, 2, 'a.test')], 1],
    [
      'when its server answered a later one',
      [ask(1, 1, 'a.test'), ask(1.1, 2, 'b.test'), reply(1.2, 2, 'b.test'), last(2.1)],
      1,
    ],
    ['not at once', [ask(1, 1, 'a.test'), ask(1.1, 2, 'b.test'), reply(1.2, 2, 'b.test'), last(1.9)], 0],
  ])('gives a query at the end up %s', async (_, packets, unanswered) => {
    const report = await readDns(packets);
    expect(report.kinds[OVER_UDP]).toMatchObject({ unanswered });
    expect(report.servers[0]?.unanswered).toBe(unanswered);
  });

  it('counts retries with the same id apart from those with a new one', async () => {
    const report = await readDns([
      ...[ask(1, 1, 'a.test'), ask(2, 1, 'a.test'), ask(3, 2, 'a.test'), reply(3.1, 2, 'a.test'), last(20)],
    ]);
    expect(report.kinds[OVER_UDP]).toMatchObject({
      ...{ queries: 3, retried: 1, askedAgain: 1, answered: 1, unanswered: 1 },
    });
    expect(report.servers).toMatchObject([{ retried: 2 }]);
  });

  it('counts a question that was answered before as a new one', async () => {
    const report = await readDns([
      ...[ask(1, 1, 'a.test'), reply(1.1, 1, 'a.test'), ask(2, 1, 'a.test'), reply(2.2, 1, 'a.test')],
    ]);
    expect(report.kinds[OVER_UDP]).toMatchObject({ queries: 2, retried: 0, askedAgain: 0, answered: 2, repeated: 0 });
  });

  it('counts a repeated answer once for the times', async () => {
    const report = await readDns([ask(1, 1, 'a.test'), reply(1.1, 1, 'a.test'), reply(1.2, 1, 'a.test')]);
    expect(report.kinds[OVER_UDP]).toMatchObject({ answered: 1, repeated: 1, unasked: 0 });
    expect(report.times?.max).toBeCloseTo(100, 6);
  });

  it('D-28: keeps two clients with the same id and port apart', async () => {
    const report = await readDns([
      ...[ask(1, 1, 'a.test'), ask(1, 1, 'a.test', other), reply(1.5, 1, 'a.test', 0, resolver, other), last(9)],
    ]);
    expect(report.kinds[OVER_UDP]).toMatchObject({ answered: 1, unanswered: 1, retried: 0, askedAgain: 0 });
  });

  it('keeps two questions with the same id apart, whichever is answered first', async () => {
    const report = await readDns([
      ...[ask(1, 1, 'a.test'), ask(1.1, 1, 'b.test'), reply(1.2, 1, 'a.test'), reply(1.4, 1, 'b.test')],
    ]);
    expect(report.kinds[OVER_UDP]).toMatchObject({ answered: 2, retried: 0, repeated: 0, mismatched: 0 });
    expect(report.times?.min).toBeCloseTo(200, 6);
    expect(report.times?.max).toBeCloseTo(300, 6);
  });

  it('takes no answer to another question, and none from another address', async () => {
    const report = await readDns([
      ...[
        ask(1, 1, 'a.test'),
        reply(1.1, 1, 'evil.test'),
        reply(1.2, 1, 'a.test', 0, { ...resolver, address: '198.51.100.66' }),
      ],
      last(20),
    ]);
    expect(report.kinds[OVER_UDP]).toMatchObject({ answered: 0, mismatched: 1, unasked: 1, unanswered: 1 });
    expect(report.fromElsewhere).toBe(1);
  });

  it('names every response code', async () => {
    const codes = Array.from({ length: 16 }, (_, code) => code);
    const report = await readDns(
      codes.flatMap((code) => [ask(code, code, `n${code}.test`), reply(code + 0.01, code, `n${code}.test`, code)]),
    );
    expect([...report.codes]).toEqual(codes.map((code) => [code, 1]));
    expect([...report.headerCodes]).toEqual(codes.map((code) => [code, 1]));
    expect(report.failedNames).toHaveLength(10);
    // As the names and the codes count: all but NOERROR.
    expect(report.servers).toMatchObject([{ answered: 16, failed: 15 }]);
  });

  it('reads the extended response code and truncation', async () => {
    const message = response(1, 'a.test', 0, 'A', {
      flags: 0x0380,
      additionals: [
        { type: 'A', name: 'x.test', data: '192.0.2.1' },
        {
          type: 'OPT',
          name: '.',
          udpPayloadSize: 1232,
          extendedRcode: 1,
          ednsVersion: 0,
          flags: 0,
          flag_do: false,
          options: [],
        },
      ],
    });
    const report = await readDns([ask(1, 1, 'a.test'), udp(1.1, resolver, client, message)]);
    expect([...report.codes]).toEqual([[16, 1]]);
    expect([...report.headerCodes]).toEqual([[0, 1]]);
    expect(report).toMatchObject({ edns: 1, truncated: 1, malformed: 0 });
  });

  it('compares servers', async () => {
    const slow: Endpoint = { address: '2001:db8::53', port: 53 };
    const six: Endpoint = { address: '2001:db8::1', port: 5000 };
    const packets = Array.from({ length: 20 }, (_, index) => [
      ...[ask(index, index, 'a.test'), reply(index + 0.005, index, 'a.test')],
      ...[ask(index + 0.1, index, 'a.test', six, slow), reply(index + 0.3, index, 'a.test', 2, slow, six)],
    ]).flat();
    const { servers, times } = await readDns(packets);
    expect(servers.map(({ address, answered, failed }) => ({ address, answered, failed }))).toEqual([
      { address: '192.0.2.53', answered: 20, failed: 0 },
      { address: '2001:db8::53', answered: 20, failed: 20 },
    ]);
    expect(servers[0]?.times?.p50).toBeCloseTo(5, 3);
    expect(servers[1]?.times?.p50).toBeCloseTo(200, 3);
    expect(times?.count).toBe(40);
  });
});

describe('other kinds of DNS', () => {
  it('counts mDNS with many questions without expecting answers', async () => {
    const group: Endpoint = { address: '224.0.0.251', port: 5353 };
    const questions = Array.from({ length: 40 }, (_, index) => ({
      type: 'PTR' as const,
      name: `_s${index}._tcp.local`,
    }));
    const from = { ...client, port: 5353 };
    const report = await readDns([udp(1, from, group, query(0, 'x', 'PTR', { questions })), last(60)]);
    expect(report.kinds[MULTICAST]).toMatchObject({ packets: 1, queries: 1, unanswered: 0 });
    expect([...report.types]).toEqual([[12, 40]]);
    expect(report.kinds[OVER_UDP]).toMatchObject({ packets: 0 });
  });

  it('matches LLMNR answers from whoever has the name', async () => {
    const group: Endpoint = { address: '224.0.0.252', port: 5355 };
    const report = await readDns([
      udp(1, client, group, query(5, 'printer')),
      udp(1.1, { ...other, port: 5355 }, client, response(5, 'printer')),
      udp(2, client, group, query(6, 'nobody')),
      last(60),
    ]);
    expect(report.kinds[LINK_LOCAL]).toMatchObject({ queries: 2, responses: 1, answered: 1, unanswered: 1 });
    expect(report.kinds[OVER_TCP]).toMatchObject({ packets: 0 });
    expect(report.servers).toEqual([]);
  });
});
