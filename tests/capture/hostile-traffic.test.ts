// Packets sent to make the reader slow or wrong: ports used again and again, fragments that leave holes or disagree, errors that quote errors. Counts are
// exact, chains stay short, and no result depends on the hashes' key.
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEngine, type EngineExports } from '../../src/capture/engine/engine.ts';
import { PORT_REUSE } from '../../src/capture/engine/verdicts.ts';
import { frame, ip, join, pcap, tcp, udp, type Bytes } from './craft.ts';
import { captureFolder, readableCaptures, type CaptureFolder } from './read-whole.ts';
import { tsharkFields } from './tshark.ts';

type Feed = (
  bytes: Bytes,
  key?: readonly [number, number],
) => Promise<{ exports: EngineExports; memory: ArrayBufferLike }>;

/** Reads a file that fits in the engine's memory. */
const feed: Feed = async (bytes, key) => {
  const { exports, memory } = await createEngine();
  if (key !== undefined) exports.seed(...key);
  exports.begin(0xffff_ffff);
  const at = exports.buffer(bytes.length + 16);
  new Uint8Array(memory.buffer, at, bytes.length).set(bytes);
  exports.consume(at, at + bytes.length, 0);
  exports.finish();
  return { exports, memory: memory.buffer };
};

const file = (frames: readonly Bytes[]): Bytes =>
  pcap(frames.map((bytes, at) => ({ time: 1_700_000_000_000_000_000n + BigInt(at) * 1_000_000n, bytes })));

/** Source and destination port of each UDP flow, with its first packet and how many it has. */
const udpFlows = (exports: EngineExports): string[] =>
  Array.from({ length: exports.flowCount() }, (_, at) => at + 1)
    .filter((flow) => exports.flowProtocol(flow) === 17)
    .map(
      (flow) =>
        `${String(exports.flowSourcePort(flow))}>${String(exports.flowDestinationPort(flow))} @${String(exports.flowFirstNumber(flow))} ${String(exports.flowPackets(flow, 0))}`,
    )
    .sort();

describe('ports used again', () => {
  const syns = 300_000;

  /** SYNs of different initial sequence numbers, from so many ports in turn. */
  const storm = (ports: number): Bytes => {
    const one = file([
      frame(ip('10.0.0.1', '192.0.2.1', 6, tcp({ sourcePort: 1000, destinationPort: 80, seq: 0, flags: 'S' }))),
    ]);
    const record = one.subarray(24);
    const records = new Uint8Array(record.length * syns);
    const view = new DataView(records.buffer);
    for (let at = 0; at < syns; at += 1) {
      records.set(record, at * record.length);
      view.setUint16(at * record.length + 16 + 34, 1000 + (at % ports));
      view.setUint32(at * record.length + 16 + 38, at * 7919);
    }
    return join(one.subarray(0, 24), records);
  };

  it.each([1, 2, 5])('counts each of 300,000 connections of %i endpoints, in chains of one', async (ports) => {
    const { exports } = await feed(storm(ports));
    expect(exports.flowsSeen(6)).toBe(syns);
    expect(exports.tcpOpened()).toBe(syns);
    expect(exports.verdictCount(PORT_REUSE)).toBe(syns - ports);
    const kept = Array.from({ length: exports.flowCount() }, (_, at) => exports.flowUsed(at + 1)).filter(Boolean);
    expect(kept.length + exports.otherFlows()).toBe(syns);
    expect(exports.longestChain()).toBeLessThanOrEqual(ports);
  });

  it('gives what follows to the newest connection, also when the table has grown', async () => {
    const segment = (seq: number, flags: string, sourcePort = 1000): Bytes =>
      frame(ip('10.0.0.1', '192.0.2.1', 6, tcp({ sourcePort, destinationPort: 80, seq, flags })));
    const many = Array.from({ length: 9000 }, (_, at) => segment(7, 'S', 2000 + at));
    const { exports } = await feed(
      file([segment(1, 'S'), segment(500, 'S'), ...many, segment(2, 'A'), segment(501, 'A')]),
    );
    expect([1, 2].map((flow) => exports.flowPackets(flow, 0))).toEqual([1, 3]);
    expect(exports.flowsSeen(6)).toBe(9002);
  });
});

describe('fragments', () => {
  let folder: CaptureFolder;
  beforeAll(async () => {
    folder = await captureFolder();
  });
  afterAll(() => folder.remove());

  const zeros = (bytes: number): Bytes => new Uint8Array(bytes);
  const datagram = udp(7777, 8888, zeros(24).fill(0x41));
  const part = (offset: number, more: boolean, data: Bytes, id = 5, protocol = 17): Bytes =>
    frame(ip('10.0.0.1', '10.0.0.2', protocol, data, { id, fragment: (more ? 0x2000 : 0) | (offset >> 3) }));
  const first = part(0, true, datagram.subarray(0, 16));
  const last = part(16, false, datagram.subarray(16));
  const long = udp(5555, 8888, zeros(65507));
  const inner = (offset: number, more: boolean, data: Bytes): Bytes =>
    ip('10.9.0.1', '10.9.0.2', 17, data, { id: 77, fragment: (more ? 0x2000 : 0) | (offset >> 3) });
  const within = udp(4444, 8888, zeros(120));
  const outer = (id: number, packet: Bytes): Bytes[] => [
    part(0, true, packet.subarray(0, 40), id, 4),
    part(40, false, packet.subarray(40), id, 4),
  ];

  it.each<[name: string, frames: Bytes[]]>([
    ['whole', [first, last]],
    [
      'a unit beyond the end after another datagram',
      [first, last, part(8, false, zeros(8)), part(800, true, zeros(8))],
    ],
    ['a unit beyond the end first', [part(800, true, zeros(8)), first, last]],
    ['a unit beyond the end before the beginning', [last, part(800, true, zeros(8)), first]],
    ['only units beyond the end', [part(800, true, zeros(8)), part(808, true, zeros(8)), part(8, false, zeros(8))]],
    ['two ends, the earlier later', [last, part(8, false, datagram.subarray(8, 16)), first]],
    ['two ends, the later later', [last, part(64, false, zeros(8)), first]],
    [
      'an end within a unit',
      [last, part(8, false, zeros(4)), part(0, true, datagram.subarray(0, 8)), part(8, true, zeros(8))],
    ],
    ['the beginning twice', [first, part(0, true, udp(9999, 8888, zeros(24)).subarray(0, 16)), last]],
    ['overlapping in the middle', [part(8, true, zeros(16)), first, last]],
    ['an end twice', [last, last, first]],
    ['nothing in one', [part(0, true, zeros(0)), first, last]],
    ['a part of a unit', [part(0, true, datagram.subarray(0, 13)), part(8, true, datagram.subarray(8, 16)), last]],
    ['65,535 bytes', [0, 32000, 64000].map((at) => part(at, at < 64000, long.subarray(at, at + 32000)))],
    ...Array.from({ length: 2 }, (_, at): [string, Bytes[]] => [
      `fragments in fragments ${String(at)}`,
      [
        ...outer(at * 2, inner(0, true, within.subarray(0, 64))),
        ...outer(at * 2 + 1, inner(64, false, within.subarray(64))),
      ],
    ]),
  ])('are put together where tshark does: %s', async (name, frames) => {
    const path = await folder.write(`${name.replaceAll(/[^a-z0-9]/g, '-')}.pcap`, file(frames));
    const fields = ['udp.srcport', 'udp.dstport', 'frame.number'] as const;
    const seen = new Map<string, number>();
    for (const [source = '', destination = '', number = ''] of await tsharkFields(path, fields, 'udp'))
      seen.set(`${source}>${destination} @${number}`, 1);
    const { exports } = await feed(file(frames));
    expect(udpFlows(exports)).toEqual([...seen].map(([key, packets]) => `${key} ${String(packets)}`).sort());
  });
});

describe('the bytes of a datagram', () => {
  it('stay while what is in it is put together itself', async () => {
    const part = (source: string, last: string, id: number, offset: number, data: Bytes, protocol: number): Bytes =>
      ip(source, last, protocol, data, { id, fragment: (offset === 0 ? 0x2000 : 0) | (offset >> 3) });
    const within = udp(4444, 8888, new Uint8Array(120).fill(0x42));
    const frames = Array.from({ length: 128 }, (_, id) => {
      const beginning = part('10.9.0.1', '10.9.0.2', id >> 1, 0, within.subarray(0, 64), 17);
      const end = part('10.9.0.1', '10.9.0.2', id >> 1, 64, within.subarray(64), 17);
      const inner = id % 2 === 0 ? beginning : end;
      const [head, tail] = [inner.subarray(0, 40), inner.subarray(40)];
      return [part('10.0.0.1', '10.0.0.2', id, 0, head, 4), part('10.0.0.1', '10.0.0.2', id, 40, tail, 4)].map(frame);
    });
    const { exports } = await feed(file(frames.flat()));
    expect(exports.sumAddresses()).toBe(4);
    expect(udpFlows(exports)).toEqual(['4444>8888 @4 64']);
  });
});

describe('errors that quote', () => {
  const quoting = (type: number, packet: Bytes, from = '10.0.0.2'): Bytes =>
    ip(from, '10.0.0.1', 1, join(Uint8Array.from([type, 1, 0, 0, 0, 0, 0, 0]), packet));
  const complained = ip('10.0.0.1', '10.0.0.2', 17, udp(3333, 8888, new Uint8Array(8)));

  it('count for the quoted flow, once deep; deeper ones for themselves', async () => {
    let deep = quoting(3, complained);
    for (let depth = 0; depth < 60; depth += 1) deep = quoting(11, deep, '10.0.0.3');
    const { exports } = await feed(
      file([quoting(3, complained), quoting(11, quoting(3, complained)), deep].map(frame)),
    );
    expect(udpFlows(exports)).toEqual(['3333>8888 @1 1']);
    expect(exports.flowsSeen(1)).toBe(2);
    expect(exports.packetCount()).toBe(3);
  });
});

describe('the key of the hashes', () => {
  /** All that is read from the flow, name and address tables, and the protocol tree. */
  const tablesOf = async (bytes: Bytes, key: readonly [number, number]): Promise<unknown> => {
    const { exports, memory } = await feed(bytes, key);
    const each = (count: number, row: (at: number) => unknown): unknown[] =>
      Array.from({ length: count }, (_, at) => row(at));
    const bytesAt = (at: number, length: number): string => Buffer.from(memory, at, length).toString('hex');
    return {
      flows: each(exports.flowCount(), (at) => [
        bytesAt(exports.flowSource(at + 1), 32),
        exports.flowProtocol(at + 1),
        exports.flowSourcePort(at + 1),
        exports.flowDestinationPort(at + 1),
        exports.flowStream(at + 1),
        exports.flowPackets(at + 1, 0),
        exports.flowPackets(at + 1, 1),
        exports.flowStage(at + 1),
      ]),
      verdicts: each(24, (at) => exports.verdictCount(at)),
      nodes: each(exports.nodeCount(), (at) => [
        exports.nodeParent(at),
        exports.nodeProtocol(at),
        exports.nodePackets(at),
      ]),
      addresses: each(exports.sumAddresses(), (at) => [
        bytesAt(exports.addressStart(at + 1), exports.addressFamily(at + 1) === 4 ? 4 : 16),
        exports.addressPackets(at + 1, 0),
        exports.addressBytes(at + 1, 1),
      ]),
      names: each(exports.dnsNameCount(), (at) => [
        bytesAt(exports.dnsNameBytes(at), exports.dnsNameLength(at)),
        exports.dnsNameQueries(at),
        exports.dnsNameAnswered(at),
        exports.dnsNameUnanswered(at),
      ]),
      servers: each(exports.dnsServerCount(), (at) => [
        exports.dnsServerPort(at),
        exports.dnsServerQueries(at),
        exports.dnsServerAnswered(at),
      ]),
      counters: each(40, (at) => exports.dnsCounter(at)),
    };
  };

  it('changes no result', async () => {
    for (const { name, path } of readableCaptures()) {
      const bytes = new Uint8Array(await readFile(path));
      expect(await tablesOf(bytes, [1, 2]), name).toEqual(await tablesOf(bytes, [0xdead_beef, 0x1234_5678]));
    }
  }, 60_000);

  /** Endpoints of IPv6 whose sum was the same with the multipliers of an unkeyed hash. */
  it('keeps endpoints apart that were chosen to share a chain', async () => {
    const wide = (1n << 64n) - 1n;
    const [forLow, forHigh] = [0x9e3779b97f4a7c15n, 0xc2b2ae3d27d4eb4fn];
    let inverse = 1n;
    for (let round = 0; round < 7; round += 1) inverse = (inverse * (2n - forHigh * inverse)) & wide;
    const one = file([
      frame(ip('2001:db8::1', '2001:db8::2', 6, tcp({ sourcePort: 1000, destinationPort: 80, seq: 1, flags: 'A' }))),
    ]);
    const record = one.subarray(24);
    const flows = 20_000;
    const records = new Uint8Array(record.length * flows);
    const view = new DataView(records.buffer);
    for (let at = 0; at < flows; at += 1) {
      const low = BigInt(at + 1);
      records.set(record, at * record.length);
      view.setBigUint64(at * record.length + 16 + 22, low, true);
      view.setBigUint64(at * record.length + 16 + 30, ((12345n - low * forLow) * inverse) & wide, true);
    }
    const { exports } = await feed(join(one.subarray(0, 24), records));
    expect(exports.flowCount()).toBe(flows);
    expect(exports.otherFlows()).toBe(0);
    expect(exports.longestChain()).toBeLessThan(24);
    expect(exports.sumAddresses()).toBe(flows + 1);
    expect(exports.addressesOmitted()).toBe(0);
  });
});
