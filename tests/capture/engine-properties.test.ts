// The engine on bytes that were changed and cut anywhere: it never traps, never goes beyond the file, and answers alike however the bytes come.
import fc from 'fast-check';
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { createEngine, type Engine } from '../../src/capture/engine/engine.ts';
import { cutsOf, layerPackets, pcapngOf, pcapOf } from './tree-packets.ts';
import { publicCaptures } from './tshark.ts';

/** Largest file mutated here, bytes. */
const smallFile = 20_000;

interface Tables {
  packets: number;
  fault: number;
  faultOffset: number;
  /** Offset up to which whole records were read. */
  read: number;
  nodes: string[];
  flows: string[];
}

const tablesOf = ({ exports }: Engine, read: number): Tables => ({
  packets: exports.packetCount(),
  fault: exports.fault(),
  faultOffset: exports.faultOffset(),
  read,
  nodes: Array.from({ length: exports.nodeCount() }, (_, node) =>
    [exports.nodeParent(node), exports.nodeProtocol(node), exports.nodePackets(node), exports.nodeBytes(node)].join(
      ' ',
    ),
  ),
  flows: Array.from({ length: exports.flowCount() }, (_, flow) =>
    [
      exports.flowProtocol(flow + 1),
      exports.flowSourcePort(flow + 1),
      exports.flowDestinationPort(flow + 1),
      exports.flowPackets(flow + 1, 0),
      exports.flowPackets(flow + 1, 1),
      exports.flowBytes(flow + 1, 0),
      exports.flowBytes(flow + 1, 1),
    ].join(' '),
  ),
});

/** Feeds a file in parts that end at the given offsets, as the reader does: what a part leaves incomplete stands before the next. */
const feed = async (bytes: Uint8Array, cuts: readonly number[], maxPackets = 0xffff_ffff): Promise<Tables> => {
  const engine = await createEngine();
  const { exports, memory } = engine;
  exports.begin(maxPackets);
  const buffer = exports.buffer(bytes.length + 16);
  let read = 0;
  for (const cut of [...cuts, bytes.length]) {
    const part = bytes.subarray(read, cut);
    // Behind the part stands rubbish that must not be read.
    const room = new Uint8Array(memory.buffer, buffer, bytes.length + 16);
    room.fill(0xa5);
    room.set(part);
    const at = exports.consume(buffer, buffer + part.length, read);
    expect(at).toBeGreaterThanOrEqual(buffer);
    expect(at).toBeLessThanOrEqual(buffer + part.length);
    read += at - buffer;
  }
  exports.finish();
  return tablesOf(engine, read);
};

type Change =
  | { kind: 'set'; at: number; value: number }
  | { kind: 'cut'; at: number; length: number }
  | { kind: 'insert'; at: number; values: Uint8Array }
  | { kind: 'repeat'; at: number; length: number };

const position = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({
    kind: fc.constant('set' as const),
    at: position,
    value: fc.oneof(fc.constantFrom(0, 1, 4, 6, 0x45, 0x7f, 0x80, 0xff), fc.nat(255)),
  }),
  fc.record({ kind: fc.constant('cut' as const), at: position, length: fc.nat(64) }),
  fc.record({
    kind: fc.constant('insert' as const),
    at: position,
    values: fc.uint8Array({ minLength: 1, maxLength: 16 }),
  }),
  fc.record({ kind: fc.constant('repeat' as const), at: position, length: fc.nat(512) }),
);

const changed = (bytes: Uint8Array, changes: readonly Change[]): Uint8Array => {
  let now = Uint8Array.from(bytes);
  for (const step of changes) {
    const at = Math.floor(step.at * now.length);
    if (step.kind === 'set') now[at] = step.value;
    else {
      const [before, after] = [now.subarray(0, at), now.subarray(step.kind === 'cut' ? at + step.length : at)];
      const between =
        step.kind === 'insert' ? step.values : step.kind === 'repeat' ? now.subarray(at, at + step.length) : [];
      now = Uint8Array.from([...before, ...between, ...after]);
    }
  }
  return now;
};

const crafted = async (): Promise<Uint8Array[]> => {
  const small = await Promise.all(publicCaptures().map(async ({ path }) => new Uint8Array(await readFile(path))));
  return [
    ...small.filter(({ length }) => length <= smallFile),
    ...layerPackets.map(({ link, packets }) => pcapOf(link, packets)),
    ...layerPackets.map(({ link, packets }) => pcapngOf(link, packets)),
  ];
};

describe('the engine on any bytes', () => {
  it('gives the same tables wherever the file is cut in two', async () => {
    const files = await crafted();
    for (const bytes of files.filter(({ length }) => length <= 1500)) {
      const whole = await feed(bytes, []);
      for (let cut = 1; cut < bytes.length; cut += 3) expect(await feed(bytes, [cut])).toEqual(whole);
    }
  }, 120_000);

  it('neither traps nor depends on how the bytes come, whatever was changed', async () => {
    const files = await crafted();
    await fc.assert(
      fc.asyncProperty(
        fc.nat(files.length - 1),
        fc.array(change, { minLength: 1, maxLength: 12 }),
        fc.array(position, { maxLength: 4 }),
        fc.constantFrom(1, 2, 0xffff_ffff),
        async (file, changes, cuts, bound) => {
          const bytes = changed(files[file] ?? new Uint8Array(), changes);
          const whole = await feed(bytes, [], bound);
          const offsets = cuts.map((part) => Math.floor(part * bytes.length)).sort((one, other) => one - other);
          expect(await feed(bytes, offsets, bound)).toEqual(whole);
          expect(whole.packets).toBeLessThanOrEqual(bound);
          expect(whole.read).toBeLessThanOrEqual(bytes.length);
        },
      ),
      { numRuns: 1500 },
    );
  }, 120_000);

  it.each(layerPackets)('reads nothing behind what was captured: $name', async ({ link, packets }) => {
    const [one, ...others] = await Promise.all(
      [0, 0x45, 0x06, 0xff].map((rubbish) => feed(cutsOf(link, packets, rubbish), [])),
    );
    expect(one?.fault).toBe(0);
    expect(one?.packets).toBeGreaterThan(20);
    for (const other of others) expect(other).toEqual(one);
  });
});
