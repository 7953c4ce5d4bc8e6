// Throughput against Wireshark's I/O statistics, and what D-21 was: rates from cut packets, and tiny flows on top.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { throughputOf } from '../../src/capture/reports/throughput.ts';
import { peakOf, seriesOf } from '../../src/capture/reports/time-series.ts';
import { summaryOf } from '../../src/capture/reports/summary.ts';
import { frame, ip, pcap, udp, type Crafted } from './craft.ts';
import { captureFolder, readableCaptures, readWhole, type CaptureFolder } from './read-whole.ts';
import { tshark } from './tshark.ts';

/** `[second, frames, bytes]` of every interval, from `tshark -z io,stat,1`. */
const intervalsByTshark = async (path: string): Promise<number[][]> =>
  (await tshark(path, ['-q', '-z', 'io,stat,1'])).split('\n').flatMap((line) => {
    const match = /^\|\s*([\d.]+)\s*<>\s*(?:[\d.]+|Dur)\s*\|\s*(\d+)\s*\|\s*(\d+)\s*\|/.exec(line);
    return match === null ? [] : [match.slice(1).map(Number)];
  });

const intervals = async (path: string): Promise<number[][]> => {
  const { engine } = await readWhole(path);
  const { interval_s: seconds, intervals: found } = seriesOf(engine.exports, 1, 100_000);
  expect(seconds).toBe(1);
  return found.map(({ start_s: start, packets, bytes }) => [start, packets, bytes]);
};

/** Without empty ones at the end: whether tshark has one more depends on how it rounds the duration. */
const filled = (rows: number[][]): number[][] => rows.slice(0, rows.findLastIndex(([, packets]) => packets !== 0) + 1);

const second = 1_000_000_000n;
const at = (seconds: number, bytes: Uint8Array): Crafted => ({
  time: 1_700_000_000n * second + BigInt(Math.round(seconds * 1e9)),
  bytes,
});
const datagram = (from: number, to: number, port: number, length: number): Uint8Array =>
  frame(ip(`10.0.0.${from}`, `10.0.0.${to}`, 17, udp(port, port, new Uint8Array(length))));

let folder: CaptureFolder;
beforeAll(async () => {
  folder = await captureFolder();
});
afterAll(() => folder.remove());

describe('packets and bytes of every second as tshark has them', () => {
  test.each(readableCaptures())('$name', async ({ path }) => {
    const { duration_seconds: seconds, packet_count: packets, file } = summaryOf(await readWhole(path));
    // Nothing to compare: less than an interval, years between packets, or ones before the first.
    if (packets === 0 || seconds < 1 || seconds > 2000 || file.out_of_order_packets > 0) return;
    expect(filled(await intervals(path))).toEqual(filled(await intervalsByTshark(path)));
  });

  test.each([
    ['20 s, in buckets of 1 ms', 20, 97],
    ['10 min, in buckets of 100 ms', 600, 331],
    ['5 h, in buckets of 1 s', 18_000, 400],
  ])('over %s', async (_what, seconds, count) => {
    // Neither evenly spread nor on whole seconds.
    const packets = Array.from({ length: count }, (_, index) =>
      at((seconds * index * index) / (count * count) + 0.0003 * (index % 7), datagram(1, 2, 9, index % 900)),
    ).sort((one, other) => Number(one.time - other.time));
    const path = await folder.write(`series-${seconds}.pcap`, pcap(packets));
    expect(filled(await intervals(path))).toEqual(filled(await intervalsByTshark(path)));
  });
});

test('there are never more intervals than wanted, and none is lost by that', async () => {
  const packets = Array.from({ length: 300 }, (_, index) => at(index, datagram(1, 2, 9, 58)));
  const { engine } = await readWhole(await folder.write('long.pcap', pcap(packets)));
  const { interval_s: seconds, intervals: found } = seriesOf(engine.exports, 1, 100);
  expect(seconds).toBe(3);
  expect(found).toHaveLength(100);
  expect(found[7]).toEqual({ start_s: 21, packets: 3, bytes: 300, mbps: 0.001 });
});

test('the peak is the second with most bytes', async () => {
  const packets = [
    ...Array.from({ length: 50 }, (_, index) => at(index, datagram(1, 2, 9, 100))),
    at(17.2, datagram(1, 2, 9, 958)),
  ];
  const { engine } = await readWhole(await folder.write('peak.pcap', pcap(packets)));
  expect(peakOf(engine.exports, 1)).toEqual({ start_s: 17, packets: 2, bytes: 1142, mbps: 0.009, interval_s: 1 });
});

describe('D-21', () => {
  /** 10 s at 1,000 bytes every 10 ms one way and 100 back, and two packets within a millisecond. */
  const packets = (): Crafted[] =>
    [
      ...Array.from({ length: 1001 }, (_, index) => at(index / 100, datagram(1, 2, 9, 958))),
      ...Array.from({ length: 1000 }, (_, index) => at(index / 100 + 0.005, datagram(2, 1, 9, 58))),
      at(3.0001, datagram(3, 4, 7, 1400)),
      at(3.0002, datagram(4, 3, 7, 1400)),
    ].sort((one, other) => Number(one.time - other.time));
  const options = { wanted: 5, sortBy: 'mbps_total', minDurationS: 0.1 } as const;

  test.each([[262_144], [128]])(
    'rates come from lengths on the wire, whatever was captured (snaplen %i)',
    async (snaplen) => {
      const path = await folder.write(`rates-${snaplen}.pcap`, pcap(packets(), { snaplen }));
      const { flows, tooShort } = throughputOf((await readWhole(path)).engine, options);
      expect(flows).toMatchObject([
        {
          ...{ src_ip: '10.0.0.1', packets_total: 2001, bytes_total: 1_101_000, duration_seconds: 10 },
          ...{ mbps_forward: 0.801, mbps_reverse: 0.08, mbps_total: 0.881, direction: '10.0.0.1:9 -> 10.0.0.2:9' },
          ...{ start_time: 1_700_000_000, end_time: 1_700_000_010 },
        },
      ]);
      expect(tooShort).toEqual({ conversations: 1, packets: 2, bytes: 2884 });
    },
  );

  test('by bytes the short one is listed too, without a rate', async () => {
    const path = await folder.write('by-bytes.pcap', pcap(packets()));
    const { flows } = throughputOf((await readWhole(path)).engine, { ...options, sortBy: 'bytes_total' });
    expect(flows.map(({ bytes_total: bytes, mbps_total: rate }) => [bytes, rate])).toEqual([
      [1_101_000, 0.881],
      [2884, null],
    ]);
  });
});
