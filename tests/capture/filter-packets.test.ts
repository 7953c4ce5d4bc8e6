// filter_packets: simple arguments and an expression together, pages without gaps, short answers, and what an operator switched off.
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import * as z from 'zod';
import { filterPackets } from '../../src/operations/capture/filter-packets.ts';
import { answerOf, captureCall, capturePorts } from './ask.ts';
import { frame, ip, pcap, tcp, udp, type Bytes, type Crafted } from './craft.ts';
import { captureFolder, type CaptureFolder } from './read-whole.ts';

const answerSchema = z.looseObject({
  summary: z.string(),
  matched: z.number(),
  total: z.number(),
  truncated: z.boolean(),
  cursor: z.string().nullable(),
  packets: z.array(
    z.looseObject({
      number: z.number(),
      time_offset_s: z.number(),
      src: z.string(),
      dst: z.string(),
      protocol: z.string(),
      length: z.number(),
      info: z.string(),
    }),
  ),
  coverage: z.looseObject({ packets_read: z.number(), complete: z.boolean(), ended: z.string() }),
  untrusted: z.array(z.string()),
});
type Answer = z.infer<typeof answerSchema>;

const ask = async (input: Record<string, unknown>, allowCustomFilters = true): Promise<Answer> =>
  answerSchema.parse(await answerOf(filterPackets, input, { allowCustomFilters }));

const text = (value: string): Bytes => new Uint8Array(Buffer.from(value));
const question = Uint8Array.from([
  ...[0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0],
  ...text('\x03ev\u0007\x07example\x03com\x00'),
  ...[0, 1, 0, 1],
]);

/** Of ten packets one is a DNS question, one IPv6, eight TCP from ports 1000 on. */
const packets: Crafted[] = Array.from({ length: 1000 }, (_, at) => {
  const segment = tcp({ sourcePort: 1000 + (at % 10), destinationPort: 443, seq: at * 10, flags: 'S' });
  const bytes =
    at % 10 === 0
      ? frame(ip('10.0.0.1', '10.9.0.53', 17, udp(4000, 53, question)))
      : frame(at % 10 === 1 ? ip('2001:db8::1', '2001:db8::2', 6, segment) : ip('10.0.0.1', '10.0.0.2', 6, segment));
  return { time: 1_700_000_000_000_000_000n + BigInt(at) * 1_000_000n, bytes };
});

let folder: CaptureFolder;
let path = '';

beforeAll(async () => {
  folder = await captureFolder();
  path = await folder.write('mixed.pcap', pcap(packets));
});
afterAll(() => folder.remove());

test.each<[string, Record<string, unknown>, number]>([
  ['nothing', {}, 1000],
  ['src_ip', { src_ip: '10.0.0.1' }, 900],
  ['a network of IPv6', { src_ip: '2001:db8::/32' }, 100],
  ['dst_ip', { dst_ip: '10.9.0.0/16' }, 100],
  ['protocol', { protocol: 'TCP' }, 900],
  ['another name of a protocol', { protocol: 'IPv4' }, 900],
  ['port of either side', { port: 53 }, 100],
  ['several', { src_ip: '10.0.0.0/8', protocol: 'tcp', port: 1005 }, 100],
  ['with an expression', { protocol: 'tcp', filter: 'ipv6 or tcp.srcport == 1009' }, 200],
  ['with an expression whose or stays inside', { port: 1005, filter: 'udp or ip.dst == 10.0.0.2' }, 100],
  ['max_packets', { max_packets: 50, protocol: 'dns' }, 5],
  ['a verdict', { filter: 'tcp.analysis.retransmission' }, 0],
])('%s', async (_, input, matched) => {
  const answer = await ask({ file_path: path, ...input });
  expect(answer).toMatchObject({ matched, total: matched });
  expect(answer.truncated).toBe(answer.packets.length < matched);
  expect(JSON.stringify(answer).length).toBeLessThan(6000);
});

describe('pages', () => {
  it('follow each other without gap or repetition', async () => {
    const numbers: number[] = [];
    let cursor: string | undefined;
    do {
      const answer = await ask({ file_path: path, protocol: 'dns', ...(cursor === undefined ? {} : { cursor }) });
      expect(answer.matched).toBe(100);
      numbers.push(...answer.packets.map(({ number }) => number));
      cursor = answer.cursor ?? undefined;
    } while (cursor !== undefined);
    expect(numbers).toEqual(Array.from({ length: 100 }, (_, at) => at * 10 + 1));
  });

  it('are as long as asked for', async () => {
    expect((await ask({ file_path: path, max_results: 3 })).packets.map(({ number }) => number)).toEqual([1, 2, 3]);
    const more = await ask({ file_path: path, max_results: 1000 });
    expect(JSON.stringify(more).length).toBeLessThan(16_000);
    expect(more.packets.length).toBeGreaterThan(60);
  });

  it('are complete and disjoint whatever their length, and end behind the last match', async () => {
    const numbers: number[] = [];
    let cursor: string | null = null;
    do {
      const page: Answer = await ask({
        file_path: path,
        filter: 'tcp',
        max_results: 7,
        ...(cursor === null ? {} : { cursor }),
      });
      expect(page.total).toBe(900);
      expect(page.packets.length).toBeGreaterThan(0);
      numbers.push(...page.packets.map(({ number }) => number));
      ({ cursor } = page);
    } while (cursor !== null);
    expect(numbers).toEqual(Array.from({ length: 1000 }, (_, at) => at + 1).filter((number) => number % 10 !== 1));
    const first = await ask({ file_path: path, max_results: 1 });
    const beyond = await ask({ file_path: path, cursor: `5000${first.cursor?.slice(1) ?? ''}` });
    expect(beyond).toMatchObject({ packets: [], cursor: null, total: 1000 });
    expect(beyond.summary).not.toContain('changed');
  });

  it('say that the file has changed', async () => {
    const growing = await folder.write('growing.pcap', pcap(packets.slice(0, 50)));
    const { cursor } = await ask({ file_path: growing, max_results: 5 });
    await folder.write('growing.pcap', pcap(packets.slice(0, 60)));
    const next = await ask({ file_path: growing, max_results: 5, cursor });
    expect(next.summary).toContain('The file has changed since the page before');
    expect(next.packets[0]?.number).toBe(6);
  });

  it('begin with a cursor that was given', async () => {
    await expect(ask({ file_path: path, cursor: 'x' })).rejects.toMatchObject({ code: 'invalid_argument' });
  });
});

it('tells a packet in a line, its text made safe', async () => {
  const { packets: rows, untrusted } = await ask({ file_path: path, max_results: 3 });
  expect(rows).toEqual([
    {
      number: 1,
      time_offset_s: 0,
      src: '10.0.0.1',
      dst: '10.9.0.53',
      protocol: 'dns',
      length: 75,
      info: '4000 > 53 len=41; query A ev.example.com',
    },
    expect.objectContaining({ src: '2001:db8::1', dst: '2001:db8::2', protocol: 'tcp', time_offset_s: 0.001 }),
    expect.objectContaining({ info: '1002 > 443 [SYN] seq=20 len=0 win=64240' }),
  ]);
  expect(untrusted).toEqual(['packets[].info']);
});

describe('refused', () => {
  it('expressions, when they are switched off; simple arguments are not', async () => {
    await expect(ask({ file_path: path, filter: 'tcp' }, false)).rejects.toMatchObject({ code: 'not_permitted' });
    expect((await ask({ file_path: path, protocol: 'tcp' }, false)).matched).toBe(900);
  });

  test.each([
    [{ src_ip: 'example.org' }, 'src_ip'],
    [{ dst_ip: '10.0.0.0/40' }, 'dst_ip'],
    [{ protocol: 'smtp or tcp' }, 'protocol'],
    [{ filter: 'tcp.prot == 1' }, 'tcp.prot'],
  ])('%j', async (input, named) => {
    await expect(ask({ file_path: path, ...input })).rejects.toMatchObject({ code: 'invalid_argument' });
    await expect(ask({ file_path: path, ...input })).rejects.toThrow(named);
  });
});

it('ends when the caller does', async () => {
  const stopped = { ...captureCall, signal: AbortSignal.abort(new Error('no longer wanted')) };
  await expect(filterPackets.run({ file_path: path }, capturePorts(), stopped)).rejects.toThrow('no longer wanted');
});
