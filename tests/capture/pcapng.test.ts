// pcapng blocks and pcap headers as no public capture has them: times of every resolution, wrong lengths, blocks longer than any buffer.
import { describe, expect, it } from 'vitest';
import { createEngine } from '../../src/capture/engine/engine.ts';
import * as faults from '../../src/capture/engine/faults.ts';
import { ENTRY_CAPTURED, ENTRY_LINK, ENTRY_ORIGINAL, ENTRY_TIME } from '../../src/capture/engine/layout.ts';

type Word = { u16: number } | { u32: number } | { u64: bigint } | { bytes: number };

/** Numbers in one of the two byte orders; `bytes`: so many of 1. */
const pack = (isLittle: boolean, words: readonly Word[]): Uint8Array => {
  const parts = words.map((word) => {
    const view = new DataView(
      new ArrayBuffer('bytes' in word ? word.bytes : 'u16' in word ? 2 : 'u32' in word ? 4 : 8),
    );
    if ('u16' in word) view.setUint16(0, word.u16, isLittle);
    else if ('u32' in word) view.setUint32(0, word.u32, isLittle);
    else if ('u64' in word) view.setBigUint64(0, word.u64, isLittle);
    else return new Uint8Array(word.bytes).fill(1);
    return new Uint8Array(view.buffer);
  });
  return Uint8Array.from(parts.flatMap((part) => [...part]));
};

const builder = (isLittle: boolean) => {
  const block = (type: number, body: readonly Word[], ending?: number): Uint8Array => {
    const inner = pack(isLittle, body);
    const total = 12 + inner.length;
    return Uint8Array.from([
      ...pack(isLittle, [{ u32: type }, { u32: total }]),
      ...inner,
      ...pack(isLittle, [{ u32: ending ?? total }]),
    ]);
  };
  return {
    block,
    section: (major = 1) =>
      block(0x0a0d0d0a, [{ u32: 0x1a2b3c4d }, { u16: major }, { u16: 0 }, { u64: 0xffff_ffff_ffff_ffffn }]),
    iface: (link: number, options: readonly Word[] = []) =>
      block(1, [{ u16: link }, { u16: 0 }, { u32: 0 }, ...options]),
    packet: (ticks: bigint, iface = 0, captured = 4, room = 4) =>
      block(6, [
        { u32: iface },
        { u32: Number(ticks >> 32n) },
        { u32: Number(ticks & 0xffff_ffffn) },
        { u32: captured },
        { u32: 60 },
        { bytes: room },
      ]),
  };
};

const join = (...parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));

interface Read {
  packets: { nanoseconds: bigint; captured: number; original: number; link: number }[];
  fault: number;
  faultOffset: number;
}

/** Reads a file in parts of so many bytes. */
const read = async (bytes: Uint8Array, part = bytes.length): Promise<Read> => {
  const { exports, memory } = await createEngine();
  exports.begin(0xffff_ffff);
  const index = exports.startIndex();
  const buffer = exports.buffer(bytes.length);
  new Uint8Array(memory.buffer, buffer, bytes.length).set(bytes);
  const packets: Read['packets'] = [];
  let at = buffer;
  for (let end = part; end < bytes.length + part; end += part) {
    at = exports.consume(at, buffer + Math.min(end, bytes.length), at - buffer);
    const view = new DataView(memory.buffer);
    for (let entry = 0; entry < exports.indexed(); entry++) {
      const here = index + entry * 80;
      packets.push({
        nanoseconds: view.getBigInt64(here + ENTRY_TIME, true),
        captured: view.getUint32(here + ENTRY_CAPTURED, true),
        original: view.getUint32(here + ENTRY_ORIGINAL, true),
        link: view.getUint32(here + ENTRY_LINK, true),
      });
    }
    exports.clearIndex();
  }
  return { packets, fault: exports.fault(), faultOffset: exports.faultOffset() };
};

const resolution = (value: number): Word[] =>
  [{ u16: 9 }, { u16: 1 }, { u32: 0 }].map((word, index) => (index === 2 ? { u32: value } : word));

describe.each([
  { order: 'little endian', isLittle: true },
  { order: 'big endian', isLittle: false },
])('pcapng, $order', ({ isLittle }) => {
  const { section, iface, packet, block } = builder(isLittle);
  /** The one byte of if_tsresol stands first, whatever the order. */
  const tsresol = (value: number): Word[] => resolution(isLittle ? value : value * 2 ** 24);

  it.each([
    { name: 'none: microseconds', options: [], ticks: 1_500_000n, nanoseconds: 1_500_000_000n },
    { name: '10^-9', options: tsresol(9), ticks: 1_500_000_001n, nanoseconds: 1_500_000_001n },
    { name: '10^-3', options: tsresol(3), ticks: 1_500n, nanoseconds: 1_500_000_000n },
    { name: '1 s', options: tsresol(0), ticks: 7n, nanoseconds: 7_000_000_000n },
    { name: '10^-12', options: tsresol(12), ticks: 1_500_000_000_999n, nanoseconds: 1_500_000_000n },
    { name: '2^-10', options: tsresol(0x8a), ticks: 1536n, nanoseconds: 1_500_000_000n },
    { name: '2^-40', options: tsresol(0xa8), ticks: 3n << 39n, nanoseconds: 1_500_000_000n },
    {
      name: 'an offset',
      options: [{ u16: 14 }, { u16: 8 }, { u64: 100n }],
      ticks: 1_000_000n,
      nanoseconds: 101_000_000_000n,
    },
    {
      name: 'beyond what a time holds',
      options: tsresol(0),
      ticks: 0xffff_ffff_ffff_ffffn,
      nanoseconds: 9_223_372_035_000_000_000n,
    },
  ])('reads times of resolution $name', async ({ options, ticks, nanoseconds }) => {
    const { packets, fault } = await read(join(section(), iface(1, options), packet(ticks)));
    expect(fault).toBe(0);
    expect(packets).toEqual([{ nanoseconds, captured: 4, original: 60, link: 1 }]);
  });

  it.each([
    { name: 'an interface that is not there', file: [packet(1n, 1)], fault: faults.UNKNOWN_INTERFACE },
    { name: 'a packet longer than its block', file: [packet(1n, 0, 8)], fault: faults.PACKET_BEYOND_BLOCK },
    { name: 'a packet longer than any', file: [packet(1n, 0, 0x7fff_ffff)], fault: faults.RECORD_TOO_LONG },
    { name: 'two lengths', file: [block(5, [], 16)], fault: faults.BAD_BLOCK_LENGTH },
    {
      name: 'a length of 0',
      file: [pack(isLittle, [{ u32: 5 }, { u32: 0 }, { u32: 0 }])],
      fault: faults.BAD_BLOCK_LENGTH,
    },
    {
      name: 'a packet block that no buffer holds',
      file: [pack(isLittle, [{ u32: 6 }, { u32: 0x0100_0000 }, { u32: 0 }])],
      fault: faults.BLOCK_TOO_LONG,
    },
    { name: 'a version to come', file: [section(9)], fault: faults.UNSUPPORTED_VERSION },
    {
      name: 'a section without byte order',
      file: [pack(isLittle, [{ u32: 0x0a0d0d0a }, { u32: 28 }, { bytes: 20 }])],
      fault: faults.BAD_BYTE_ORDER,
    },
  ])('says where it stops at $name', async ({ file, fault }) => {
    const before = join(section(), iface(1), packet(1n));
    const seen = await read(join(before, ...file));
    expect(seen).toMatchObject({ fault, faultOffset: before.length, packets: [{ captured: 4 }] });
  });

  it('passes over blocks longer than what is there, and forgets interfaces with their section', async () => {
    const other = builder(!isLittle);
    const file = join(
      section(),
      iface(1),
      block(0x0bad, [{ bytes: 5000 }]),
      packet(1n),
      other.section(),
      other.iface(101),
      other.packet(2n),
    );
    const whole = await read(file);
    expect(whole.fault).toBe(0);
    expect(whole.packets.map(({ link }) => link)).toEqual([1, 101]);
    expect(await read(file, 700)).toEqual(whole);
    expect(await read(join(section(), iface(1), other.section(), other.packet(1n)))).toMatchObject({
      fault: faults.UNKNOWN_INTERFACE,
      packets: [],
    });
  });

  it('takes the length of a simple packet from the interface', async () => {
    const limited = block(1, [{ u16: 1 }, { u16: 0 }, { u32: 3 }]);
    const { packets } = await read(join(section(), limited, block(3, [{ u32: 60 }, { bytes: 4 }])));
    expect(packets).toEqual([{ nanoseconds: -(2n ** 63n), captured: 3, original: 60, link: 1 }]);
  });

  it('reads classic records, also with the longer header', async () => {
    const header = (magic: number, major = 2): Uint8Array =>
      pack(isLittle, [{ u32: magic }, { u16: major }, { u16: 4 }, { u64: 0n }, { u32: 65535 }, { u32: 0x1000_0001 }]);
    const record = (extra: number): Uint8Array =>
      pack(isLittle, [{ u32: 7 }, { u32: 5 }, { u32: 4 }, { u32: 60 }, { bytes: extra }, { bytes: 4 }]);
    const seen = { captured: 4, original: 60, link: 1 };
    expect((await read(join(header(0xa1b2c3d4), record(0)))).packets).toEqual([
      { ...seen, nanoseconds: 7_000_005_000n },
    ]);
    expect((await read(join(header(0xa1b23c4d), record(0)))).packets).toEqual([
      { ...seen, nanoseconds: 7_000_000_005n },
    ]);
    expect((await read(join(header(0xa1b2cd34), record(8), record(8)))).packets).toHaveLength(2);
    expect(await read(join(header(0xa1b2c3d4, 3), record(0)))).toMatchObject({ fault: faults.UNSUPPORTED_VERSION });
    expect(await read(join(header(0xa1b2c3d5), record(0)))).toMatchObject({ fault: faults.NOT_A_CAPTURE });
  });
});
