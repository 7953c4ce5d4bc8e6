// DNS counts and times against tshark's fields, for public captures and crafted ones; every difference is listed with its reason.
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OVER_TCP, OVER_UDP } from '../../src/capture/engine/dns-layout.ts';
import { captureFile } from './dns-craft.ts';
import { dnsDifferences } from './dns-differences.ts';
import { readDnsFile } from './dns-report.ts';
import { dnsScenes } from './dns-scenes.ts';
import { captureFolder, type CaptureFolder } from './read-whole.ts';
import { publicCaptures, tsharkFields } from './tshark.ts';

interface Counts {
  packets: number;
  multicast_packets: number;
  queries: number;
  responses: number;
  rcodes: Record<string, number>;
  /** Microseconds. */
  times: { count: number; sum: number; min: number; max: number } | null;
  retransmissions: number;
}

const ours = async (bytes: Uint8Array): Promise<Counts> => {
  const { kinds, headerCodes, times } = await readDnsFile(bytes);
  const sum = (field: 'queries' | 'responses'): number => kinds.reduce((total, kind) => total + kind[field], 0);
  const unicast = kinds.filter((_, kind) => kind === OVER_UDP || kind === OVER_TCP);
  const packets = unicast.reduce((total, kind) => total + kind.packets, 0);
  return {
    packets,
    multicast_packets: kinds.reduce((total, kind) => total + kind.packets, 0) - packets,
    queries: sum('queries'),
    responses: sum('responses'),
    rcodes: Object.fromEntries([...headerCodes].map(([code, count]) => [String(code), count])),
    times:
      times === undefined
        ? null
        : {
            count: times.count,
            sum: Math.round(times.sum * 1000),
            min: Math.round(times.min * 1000),
            max: Math.round(times.max * 1000),
          },
    retransmissions: unicast.reduce((total, kind) => total + kind.retried + kind.repeated, 0),
  };
};

const valuesOf = (cell: string | undefined): string[] => (cell === undefined || cell === '' ? [] : cell.split(','));

const theirs = async (path: string): Promise<Counts> => {
  const fields = ['frame.protocols', 'dns.flags.response', 'dns.flags.rcode', 'dns.time', 'dns.retransmission'];
  const rows = await tsharkFields(path, fields, 'dns or mdns or llmnr');
  const plain = rows.filter(([protocols]) => /:dns\b/.test(protocols ?? ''));
  const flags = rows.flatMap((row) => valuesOf(row[1]));
  const times = plain.flatMap((row) => valuesOf(row[3])).map((seconds) => Math.round(Number(seconds) * 1e6));
  const rcodes: Record<string, number> = {};
  for (const code of rows.flatMap((row) => valuesOf(row[2]))) rcodes[code] = (rcodes[code] ?? 0) + 1;
  return {
    packets: plain.length,
    multicast_packets: rows.length - plain.length,
    queries: flags.filter((flag) => flag === '0').length,
    responses: flags.filter((flag) => flag === '1').length,
    rcodes,
    times:
      times.length === 0
        ? null
        : {
            count: times.length,
            sum: times.reduce((total, time) => total + time, 0),
            min: Math.min(...times),
            max: Math.max(...times),
          },
    retransmissions: plain.flatMap((row) => valuesOf(row[4])).length,
  };
};

/** What tshark counts is what we count, but for the fields that the table lists with both values. */
const compare = async (name: string, path: string): Promise<void> => {
  const [mine, reference] = await Promise.all([readFile(path).then(ours), theirs(path)]);
  const listed = dnsDifferences.find(({ file }) => file === name);
  expect(mine).toEqual({ ...reference, ...listed?.here });
  if (listed !== undefined) expect(reference).toMatchObject(listed.tshark);
};

describe('DNS of public captures is what tshark counts', () => {
  // No capture for us: a pcapng of a version that does not exist.
  const captures = publicCaptures().filter(({ name }) => !name.includes('invalid-vers'));
  for (const { name, path } of captures) it(name, () => compare(name, path));
});

describe('DNS of crafted captures is what tshark counts', () => {
  let folder: CaptureFolder;
  beforeAll(async () => {
    folder = await captureFolder();
  });
  afterAll(() => folder.remove());
  for (const [name, packets] of Object.entries(dnsScenes))
    it(name, async () => compare(name, await folder.write(`${name.replaceAll(' ', '-')}.pcap`, captureFile(packets))));
});
