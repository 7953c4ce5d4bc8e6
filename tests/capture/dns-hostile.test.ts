// DNS over TCP in pieces, and what hostile bytes cannot do: loops, long names, counts without records, floods, garbage.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NAME_LIMIT, OVER_TCP, OVER_UDP, QUERY_LIMIT } from '../../src/capture/engine/dns-layout.ts';
import { client, cutTo, framed, query, resolver, response, tcp, udp, type CraftedPacket } from './dns-craft.ts';
import { readDns, textOf } from './dns-report.ts';

const overTcp = { ...resolver };
const ethernetIpTcp = 14 + 20 + 20;

describe('DNS over TCP', () => {
  const stream = Buffer.concat([framed(query(1, 'first.test')), framed(query(2, 'second.test', 'AAAA'))]);
  const answers = Buffer.concat([framed(response(2, 'second.test', 0, 'AAAA')), framed(response(1, 'first.test'))]);

  it.each(Array.from({ length: stream.length - 1 }, (_, index) => index + 1))(
    'reads messages split at byte %i',
    async (at) => {
      const report = await readDns([
        tcp(1, client, overTcp, 1000, stream.subarray(0, at)),
        tcp(1.1, client, overTcp, 1000 + at, stream.subarray(at)),
        tcp(2, overTcp, client, 0xffff_fff0, answers.subarray(0, Math.min(at, answers.length))),
        tcp(2.5, overTcp, client, 0xffff_fff0 + at, answers.subarray(at)),
      ]);
      expect(report.kinds[OVER_TCP]).toMatchObject({ queries: 2, responses: 2, answered: 2, unasked: 0 });
      expect(report).toMatchObject({ malformed: 0, tcpLost: 0, cut: 0 });
      expect(report.topNames.map(({ labels }) => textOf(labels))).toEqual(['first.test', 'second.test']);
    },
  );

  it('reads it byte by byte, and a byte that came before not twice', async () => {
    const packets = [...stream].flatMap((byte, index) => {
      const segment = tcp(1 + index / 1000, client, overTcp, 1000 + index, Buffer.from([byte]));
      return [segment, segment];
    });
    const again = tcp(3, client, overTcp, 1000, stream);
    const report = await readDns([...packets, again]);
    expect(report.kinds[OVER_TCP]).toMatchObject({ packets: 2, queries: 2, retried: 0 });
    expect(report).toMatchObject({ malformed: 0, tcpLost: 0 });
  });

  it('goes on with the next segment after a gap and after a cut one', async () => {
    const message = framed(query(1, 'whole.test'));
    const report = await readDns([
      tcp(1, client, overTcp, 0, message.subarray(0, 10)),
      tcp(2, client, overTcp, message.length, framed(query(2, 'after-gap.test'))),
      cutTo(tcp(3, { ...client, port: 2 }, overTcp, 0, message), ethernetIpTcp + 20),
      tcp(4, { ...client, port: 2 }, overTcp, message.length, framed(query(3, 'after-cut.test'))),
    ]);
    expect(report.kinds[OVER_TCP]).toMatchObject({ packets: 3, queries: 3 });
    expect(report).toMatchObject({ tcpLost: 1, cut: 1, malformed: 0 });
    expect(report.topNames.map(({ labels }) => textOf(labels))).toEqual(['after-gap.test', 'after-cut.test']);
  });

  it('holds a bounded part of a long message in many segments', async () => {
    const long = Buffer.alloc(60_000);
    response(1, 'zone.test').copy(long);
    const bytes = framed(long);
    const packets = Array.from({ length: Math.ceil(bytes.length / 1400) }, (_, index) =>
      tcp(1 + index / 1000, overTcp, client, index * 1400, bytes.subarray(index * 1400, (index + 1) * 1400)),
    );
    const report = await readDns([...packets, tcp(2, overTcp, client, bytes.length, framed(response(2, 'next.test')))]);
    expect(report.kinds[OVER_TCP]).toMatchObject({ packets: 2, responses: 2 });
  });
});

const header = (id: number, counts: readonly number[], flags = 0x0100): Buffer => {
  const bytes = Buffer.alloc(12);
  [id, flags, ...counts].forEach((value, index) => bytes.writeUInt16BE(value, index * 2));
  return bytes;
};
const asked = (name: readonly number[], counts = [1, 0, 0, 0]): CraftedPacket =>
  udp(1, client, resolver, Buffer.concat([header(1, counts), Buffer.from([...name, 0, 1, 0, 1])]));
const label = (length: number): number[] => [length, ...Array.from({ length }, () => 0x61)];

describe('hostile messages', () => {
  it.each([
    ['a pointer to itself', [0xc0, 12]],
    ['a pointer forward', [0xc0, 40]],
    ['a pointer into the header', [0xc0, 2]],
    ['a pointer behind a label back to it', [1, 0x61, 0xc0, 12]],
    ['a label of an unknown kind', [0x41, 0x61, 0]],
    ['a name without an end', [5, 0x61]],
    ['256 bytes', [...label(63), ...label(63), ...label(63), ...label(62), 0]],
    ['half a pointer at the end', [1, 0x61, 0xc0]],
  ])('counts %s as malformed', async (_, name) => {
    const report = await readDns([asked(name)]);
    expect(report.kinds[OVER_UDP]).toMatchObject({ packets: 1, queries: 1 });
    expect(report.malformed).toBe(1);
    expect(report.topNames).toEqual([]);
  });

  it('reads a name of 255 bytes, and odd bytes', async () => {
    const longest = [...label(63), ...label(63), ...label(63), ...label(61), 0];
    const report = await readDns([asked(longest), asked([3, 0x2e, 0, 0xff, 0])]);
    expect(longest).toHaveLength(255);
    expect(report.malformed).toBe(0);
    expect(report.topNames.map(({ labels }) => labels?.map((bytes) => bytes.length))).toEqual([[63, 63, 63, 61], [3]]);
  });

  it('follows a pointer of a second question', async () => {
    const bytes = Buffer.from([1, 0x61, 1, 0x62, 0, 0, 1, 0, 1, 1, 0x43, 0xc0, 12, 0, 28, 0, 1]);
    const report = await readDns([udp(1, client, resolver, Buffer.concat([header(1, [2, 0, 0, 0]), bytes]))]);
    expect(report.topNames.map(({ labels }) => textOf(labels))).toEqual(['a.b', 'c.a.b']);
    expect([...report.types]).toEqual([
      [1, 1],
      [28, 1],
    ]);
  });

  it('believes no counts without records', async () => {
    const most = [0xffff, 0xffff, 0xffff, 0xffff];
    const packets = [
      udp(1, client, resolver, header(1, most)),
      udp(2, resolver, client, header(2, most, 0x8180)),
      asked([1, 0x61, 0], most),
      udp(3, resolver, client, Buffer.concat([header(1, [1, 0, 0, 0xffff], 0x8180), Buffer.from([0, 0, 1, 0, 1])])),
    ];
    expect((await readDns(packets)).malformed).toBe(4);
  });

  it('counts what ends before the flags, and what the capture cut', async () => {
    const whole = udp(1, client, resolver, query(1, 'www.example.com'));
    const report = await readDns([
      udp(1, client, resolver, Buffer.from([0, 1, 1])),
      ...[2, 4, 12, 20].map((bytes) => cutTo(whole, 14 + 20 + 8 + bytes)),
    ]);
    expect(report.kinds[OVER_UDP]).toMatchObject({ packets: 3, queries: 3 });
    expect(report).toMatchObject({ tooShort: 2, cut: 4, malformed: 0 });
  });

  it('keeps its bounds in a flood of names', async () => {
    const names = 300_000;
    const packets = function* (): Generator<CraftedPacket> {
      const packet = udp(1, client, resolver, query(1, 'n0000000.flood.test'));
      for (let index = 0; index < names; index += 1) {
        const bytes = Buffer.from(packet.bytes);
        bytes.writeUInt16BE(index & 0xffff, 42);
        bytes.write(String(index).padStart(7, '0'), 42 + 12 + 2, 'latin1');
        yield { time: 1 + index / 1e6, bytes };
      }
    };
    const report = await readDns([...packets()]);
    expect(report.kinds[OVER_UDP]).toMatchObject({ queries: names, unsettled: names - (QUERY_LIMIT - 1) });
    expect(report.engine.exports.dnsNameCount()).toBe(NAME_LIMIT);
    expect(report.namesLeftOut).toBe(names - (NAME_LIMIT - 1));
    expect(report.engine.exports.memoryTaken()).toBeLessThan(100 * 1024 * 1024);
  });

  it('survives any bytes', async () => {
    const packet = fc.record({
      protocol: fc.constantFrom('udp', 'tcp'),
      port: fc.constantFrom(53, 5353, 5355),
      answer: fc.boolean(),
      sequence: fc.integer({ min: 0, max: 600 }),
      start: fc.constantFrom(Buffer.alloc(0), query(1, 'a.test'), response(1, 'a.test'), framed(query(1, 'a.test'))),
      bytes: fc.uint8Array({ maxLength: 300 }),
      kept: fc.option(fc.nat(300), { nil: undefined }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(packet, { maxLength: 40 }), async (parts) => {
        const packets = parts.map(({ protocol, port, answer, sequence, start, bytes, kept }, index) => {
          const server = { ...resolver, port };
          const [from, to] = answer ? [server, client] : [client, server];
          const payload = Buffer.concat([start, bytes]);
          const whole =
            protocol === 'udp' ? udp(index, from, to, payload) : tcp(index, from, to, sequence, payload, bytes[0]);
          return kept === undefined ? whole : cutTo(whole, Math.min(kept, whole.bytes.length));
        });
        const { kinds } = await readDns(packets);
        for (const kind of kinds)
          expect(kind.answered + kind.unasked + kind.mismatched + kind.repeated).toBeLessThanOrEqual(kind.responses);
      }),
      { numRuns: 300 },
    );
  });
});
