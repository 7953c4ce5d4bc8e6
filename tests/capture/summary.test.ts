// The summary of a capture against capinfos and tshark: packets, bytes, times, order, and what each address sent.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { endpointsOf } from '../../src/capture/reports/endpoints.ts';
import { summaryOf } from '../../src/capture/reports/summary.ts';
import { frame, ip, pcap, pcapng, tcp, udp, type Crafted } from './craft.ts';
import { exceptionOf, summaryExceptions, timeExceptions } from './reference-exceptions.ts';
import { captureFolder, readableCaptures, readWhole, type CaptureFolder } from './read-whole.ts';
import { tsharkFields } from './tshark.ts';

const execute = promisify(execFile);

interface Measured {
  packets: number;
  bytes: number;
  duration: number;
  start: number | null;
  end: number | null;
}

/** It exits with 1 for a file that is cut short, and prints what it has seen. */
const capinfos = async (path: string): Promise<Measured> => {
  const options = ['-T', '-r', '-M', '-S', '-c', '-d', '-u', '-a', '-e', path];
  const stdout = await execute('capinfos', options).then(
    (done) => done.stdout,
    (error: unknown) => (error instanceof Error && 'stdout' in error ? String(error.stdout) : ''),
  );
  const [, packets, bytes, duration, start, end] = stdout.trim().split('\t');
  const number = (text: string | undefined): number | null => (text === 'n/a' ? null : Number(text));
  return {
    packets: Number(packets),
    bytes: Number(bytes),
    duration: number(duration) ?? 0,
    start: number(start),
    end: number(end),
  };
};

const rounded = (value: number | null): number | null => (value === null ? null : Number(value.toFixed(6)));

const measured = async (path: string): Promise<Measured> => {
  const found = summaryOf(await readWhole(path));
  return {
    packets: found.packet_count,
    bytes: found.total_bytes,
    duration: found.duration_seconds,
    start: found.start_time,
    end: found.end_time,
  };
};

const comparable = ({ duration, start, end, ...rest }: Measured) => ({
  ...rest,
  duration: rounded(duration),
  start: rounded(start),
  end: rounded(end),
});

describe('packets, bytes, duration, start and end as capinfos has them', () => {
  test.each(readableCaptures())('$name', async ({ name, path }) => {
    const expected = comparable(await capinfos(path));
    const found = comparable(await measured(path));
    const untimed = exceptionOf(timeExceptions, name) !== undefined;
    if (!untimed && exceptionOf(summaryExceptions, name) === undefined) {
      expect(found).toEqual(expected);
      return;
    }
    expect(found).not.toEqual(expected);
    if (untimed) expect(found).toMatchObject({ packets: expected.packets, bytes: expected.bytes });
  });
});

/** `address packets bytes` of what each address sent, by tshark; undefined where packets hold several IP headers. */
const sentByTshark = async (path: string): Promise<string[] | undefined> => {
  const sums = new Map<string, { packets: number; bytes: number }>();
  for (const [length, four = '', six = ''] of await tsharkFields(path, ['frame.len', 'ip.src', 'ipv6.src'])) {
    if (`${four}${six}`.includes(',') || (four !== '' && six !== '')) return undefined;
    const address = four === '' ? six : four;
    if (address === '') continue;
    const { packets, bytes } = sums.get(address) ?? { packets: 0, bytes: 0 };
    sums.set(address, { packets: packets + 1, bytes: bytes + Number(length) });
  }
  return [...sums].map(([address, { packets, bytes }]) => `${address} ${packets} ${bytes}`).sort();
};

describe('what each address sent, where no packet is in another', () => {
  test.each(readableCaptures())('$name', async ({ path }) => {
    const expected = await sentByTshark(path);
    if (expected === undefined) return;
    const { senders } = endpointsOf((await readWhole(path)).engine, 10_000);
    expect(senders.map(({ ip: address, packets, bytes }) => `${address} ${packets} ${bytes}`).sort()).toEqual(expected);
  });
});

const second = 1_000_000_000n;
const at = (seconds: number, bytes: Uint8Array): Crafted => ({
  time: 1_700_000_000n * second + BigInt(Math.round(seconds * 1e9)),
  bytes,
});
const datagram = (source: string, destination: string, length: number): Uint8Array =>
  frame(ip(source, destination, 17, udp(1, 2, new Uint8Array(length))));

describe('a crafted capture', () => {
  let folder: CaptureFolder;
  beforeAll(async () => {
    folder = await captureFolder();
  });
  afterAll(() => folder.remove());

  test('counts lengths on the wire, and says what was cut', async () => {
    const packets = [at(0, datagram('10.0.0.1', '10.0.0.2', 958)), at(2, datagram('fd00::1', 'fd00::2', 938))];
    const path = await folder.write('cut.pcap', pcap(packets, { snaplen: 64 }));
    const found = summaryOf(await readWhole(path));
    expect(found).toMatchObject({
      ...{ packet_count: 2, total_bytes: 2000, captured_bytes: 128, duration_seconds: 2 },
      ...{ packets_per_second: 1, bits_per_second: 8000, average_packet_bytes: 1000 },
      ...{ start_time: 1_700_000_000, start_time_iso: '2023-11-14T22:13:20.000000Z' },
      ...{ unique_ips: 4, unique_ipv4: 2, unique_ipv6: 2, conversations: { UDP: 2 } },
      top_talkers: [
        { ip: '10.0.0.1', packets: 1, bytes: 1000, percent: 50 },
        { ip: 'fd00::1', packets: 1, bytes: 1000, percent: 50 },
      ],
      file: {
        format: 'pcap',
        compression: null,
        cut_packets: 2,
        out_of_order_packets: 0,
        link_types: [{ linktype: 1, name: 'Ethernet', packets: 2 }],
      },
    });
    expect(found.notes.join(' ')).toContain('2 of 2 packets were cut');
  });

  test('lasts from the earliest to the latest packet, wherever they stand in the file', async () => {
    const packets = [5, 1, 9, 3].map((seconds) => at(seconds, datagram('10.0.0.1', '10.0.0.2', 10)));
    const path = await folder.write('disordered.pcapng', pcapng(packets));
    const found = summaryOf(await readWhole(path));
    expect(found).toMatchObject({ duration_seconds: 8, start_time: 1_700_000_001 });
    expect(found.file).toMatchObject({ format: 'pcapng', out_of_order_packets: 2 });
    expect(await capinfos(path)).toMatchObject({ duration: 8, start: 1_700_000_001 });
  });

  test('without packets is a success with 0 packets', async () => {
    const path = await folder.write('empty.pcap', pcap([]));
    expect(summaryOf(await readWhole(path))).toMatchObject({
      ...{ packet_count: 0, total_bytes: 0, duration_seconds: 0, start_time: null, packets_per_second: null },
      ...{ protocols: {}, top_talkers: [], unique_ips: 0, conversations: {}, tcp_issues_summary: null },
      summary: 'The capture holds no packets.',
    });
  });

  test('counts packets that belong to no conversation for their addresses', async () => {
    const echo = frame(ip('10.0.0.7', '10.0.0.8', 1, Uint8Array.from([8, 0, 0, 0, 0, 1, 0, 1])));
    const segment = frame(
      ip('10.0.0.7', '10.0.0.8', 6, tcp({ sourcePort: 1, destinationPort: 2, seq: 1, flags: 'S' })),
    );
    const path = await folder.write('echo.pcap', pcap([at(0, echo), at(1, echo), at(2, segment)]));
    const { senders, receivers, unique } = endpointsOf((await readWhole(path)).engine, 5);
    expect(senders).toEqual([{ ip: '10.0.0.7', packets: 3, bytes: 2 * 42 + 54, percent: 100 }]);
    expect(receivers).toMatchObject([{ ip: '10.0.0.8', packets: 3 }]);
    expect(unique).toEqual({ ipv4: 2, ipv6: 0 });
  });
});
