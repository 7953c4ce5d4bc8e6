// Compressed captures: as gzip and zstd make them, in several parts, cut and damaged anywhere, and made to fill a memory.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { constants, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { Unpacked } from '../../src/capture/compressed/failure.ts';
import { gunzip } from '../../src/capture/compressed/gzip.ts';
import { createLibraryDecoder, createZstdDecoder } from '../../src/capture/compressed/zstd-decoder.ts';
import { unzstd } from '../../src/capture/compressed/zstd.ts';
import type { Coverage } from '../../src/capture/coverage.ts';
import { readCapture } from '../../src/capture/read.ts';
import { NetError } from '../../src/model/errors.ts';
import type { CaptureSource } from '../../src/model/ports.ts';
import { pcapFile, pcapHeader, sourceOf } from './reading-files.ts';

const signal = new AbortController().signal;

const coverageOf = async (source: CaptureSource, maxPackets?: number): Promise<Coverage> =>
  (await readCapture(source, { maxPackets, signal })).coverage;

const refusal = async (bytes: Uint8Array): Promise<NetError> => {
  try {
    await coverageOf(sourceOf(bytes));
  } catch (error) {
    if (error instanceof NetError) return error;
    throw error;
  }
  throw new Error('it was read');
};

const zstd = (bytes: Uint8Array, ...options: string[]): Buffer => {
  const folder = mkdtempSync(join(tmpdir(), 'netmcp-zstd-'));
  try {
    writeFileSync(join(folder, 'a'), bytes);
    return execFileSync('zstd', ['-q', '-c', ...options, join(folder, 'a')], { maxBuffer: 1 << 28 });
  } finally {
    rmSync(folder, { recursive: true });
  }
};

/** Bytes that do not pack well, always the same. */
const noise = (length: number): Buffer => {
  const bytes = Buffer.alloc(length);
  let state = 1;
  for (let at = 0; at < length; at += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
};

const whole = pcapFile(60_000);
const mixed = Buffer.concat([noise(300_000), whole.subarray(0, 500_000), Buffer.alloc(400_000), noise(100_000)]);

const collect = async (pieces: Unpacked): Promise<{ bytes: Buffer; reason: string | undefined; kind?: string }> => {
  const found: Uint8Array[] = [];
  for (;;) {
    const { done, value } = await pieces.next();
    if (done !== true) found.push(value);
    else return { bytes: Buffer.concat(found), reason: value?.reason, ...(value && { kind: value.kind }) };
  }
};

const decoders = [
  ['Node’s', createZstdDecoder],
  ['fzstd’s', createLibraryDecoder],
] as const;

const ways = [
  { name: 'gzip', pack: (bytes: Uint8Array) => gzipSync(bytes), unpack: gunzip },
  ...decoders.map(([name, make]) => ({
    name: `zstd with ${name}`,
    pack: (bytes: Uint8Array) => zstd(bytes),
    unpack: (source: CaptureSource) => unzstd(source, make),
  })),
];

describe.each(ways)('$name', ({ pack, unpack }) => {
  const packed = pack(mixed);

  test('gives every byte, whatever a read gives at once', async () => {
    for (const most of [Infinity, 10_007]) {
      const { bytes, reason } = await collect(unpack(sourceOf(packed, most)));
      expect(reason).toBeUndefined();
      expect(bytes.equals(mixed)).toBe(true);
    }
  });

  test('several parts, empty ones among them', async () => {
    const parts = Buffer.concat([packed, pack(Buffer.alloc(0)), pack(Buffer.from('abc')), packed]);
    const { bytes, reason } = await collect(unpack(sourceOf(parts)));
    expect(reason).toBeUndefined();
    expect(bytes.equals(Buffer.concat([mixed, Buffer.from('abc'), mixed]))).toBe(true);
  });

  test('cut anywhere: the beginning of what is whole, and that it was cut', async () => {
    const lengths = [1, 3, 4, 5, 9, 17, 18, 19, 100, 5000, 200_000, 310_000, packed.length - 9, packed.length - 1];
    let before = 0;
    for (const length of lengths) {
      const { bytes, kind } = await collect(unpack(sourceOf(packed.subarray(0, length))));
      expect([length, kind]).toEqual([length, 'truncated']);
      expect(bytes.equals(mixed.subarray(0, bytes.length))).toBe(true);
      expect(bytes.length).toBeGreaterThanOrEqual(before);
      before = bytes.length;
    }
    expect(before).toBeGreaterThan(1_000_000);
  });

  test('damaged anywhere: never a throw, and little is lost of what stands before', async () => {
    for (let turn = 0; turn < 60; turn += 1) {
      const damaged = Buffer.from(packed);
      const at = 20 + ((turn * 7919) % 290_000);
      damaged[at] = (damaged[at] ?? 0) ^ (1 << (turn % 8));
      const { bytes, reason, kind } = await collect(unpack(sourceOf(damaged)));
      let same = 0;
      while (same < bytes.length && bytes[same] === mixed[same]) same += 1;
      // Noise is stored as it is, so that the damage stands at about the same place in it; a block of zstd is lost whole.
      expect(same).toBeGreaterThan(at - 132_000);
      if (reason !== undefined) expect(['truncated', 'corrupt']).toContain(kind);
    }
  });
});

test('gzip: a wrong checksum costs nothing of the content', async () => {
  const packed = gzipSync(mixed);
  packed[packed.length - 6] = (packed[packed.length - 6] ?? 0) ^ 1;
  const { bytes, reason } = await collect(gunzip(sourceOf(packed)));
  expect(bytes.equals(mixed)).toBe(true);
  expect(reason).toContain('incorrect data check');
});

test('gzip: zeros may follow, anything else is named', async () => {
  const packed = gzipSync(mixed);
  expect((await collect(gunzip(sourceOf(Buffer.concat([packed, Buffer.alloc(70_000)]))))).reason).toBeUndefined();
  const { bytes, reason } = await collect(gunzip(sourceOf(Buffer.concat([packed, Buffer.from('more')]))));
  expect(bytes.equals(mixed)).toBe(true);
  expect(reason).toContain('damaged');
});

describe.each(decoders)('zstd with %s decoder', (_name, make) => {
  test.each([['-1'], ['-19'], ['--long=27', '-3'], ['--no-check'], ['-B50000'], ['--fast=5']])(
    '%j',
    async (...options) => {
      const { bytes, reason } = await collect(unzstd(sourceOf(zstd(mixed, ...options)), make));
      expect(reason).toBeUndefined();
      expect(bytes.equals(mixed)).toBe(true);
    },
  );

  test('frames to be skipped are skipped, longer ones than a read too', async () => {
    const skipped = Buffer.alloc(400_008);
    skipped.writeUInt32LE(0x184d2a53);
    skipped.writeUInt32LE(400_000, 4);
    const { bytes, reason } = await collect(unzstd(sourceOf(Buffer.concat([skipped, zstd(mixed), skipped])), make));
    expect(reason).toBeUndefined();
    expect(bytes.equals(mixed)).toBe(true);
  });

  test('windows that would take more than 128 MiB are refused before they are taken', async () => {
    const huge = Buffer.from('28b52ffd00ff000000', 'hex');
    expect((await collect(unzstd(sourceOf(huge), make))).reason).toContain('window');
    const single = Buffer.from('28b52ffde0ffffffffffffff7f000000', 'hex');
    expect((await collect(unzstd(sourceOf(single), make))).reason).toContain('window');
  });

  test('dictionaries, reserved blocks and a flood of tiny frames are named', async () => {
    expect((await collect(unzstd(sourceOf(Buffer.from('28b52ffd0100070100000000', 'hex')), make))).reason).toContain(
      'dictionary',
    );
    expect((await collect(unzstd(sourceOf(Buffer.from('28b52ffd0000070000000000', 'hex')), make))).reason).toContain(
      'reserved',
    );
    const tiny = Buffer.concat(Array.from({ length: 3000 }, () => Buffer.from('28b52ffd2000010000', 'hex')));
    expect((await collect(unzstd(sourceOf(tiny), make))).reason).toContain('tiny frames');
  });
});

describe('captures', () => {
  test.each([
    ['gzip', gzipSync(whole)],
    ['gzip in two members', Buffer.concat([gzipSync(whole.subarray(0, 100_001)), gzipSync(whole.subarray(100_001))])],
    ['zstd', zstd(whole)],
  ])('%s: all packets; sizes are those of the capture and of the file', async (_name, packed) => {
    expect(await coverageOf(sourceOf(packed, 9999))).toEqual({
      packets_read: 60_000,
      bytes_read: whole.length,
      file_size_bytes: packed.length,
      complete: true,
      ended: 'end_of_file',
      reason: null,
    });
  });

  test('progress is told in bytes of the file, up to its size', async () => {
    const packed = gzipSync(whole);
    const told: number[] = [];
    const progress = (done: number): void => void told.push(done);
    await readCapture(sourceOf(packed), { maxPackets: undefined, signal, progress });
    expect(told.at(-1)).toBe(packed.length);
  });

  test.each([
    ['gzip', gzipSync(whole)],
    ['zstd', zstd(whole, '-B65536')],
  ])('%s cut in the middle', async (name, packed) => {
    const found = await coverageOf(sourceOf(packed.subarray(0, packed.length - 20_000)));
    expect(found).toMatchObject({ complete: false, ended: 'truncated' });
    expect(found.packets_read).toBeGreaterThan(1000);
    expect(found.packets_read).toBeLessThan(60_000);
    expect(found.reason).toBe(
      `At byte ${packed.length - 20_000} of the compressed file the ${name} data ends too early.`,
    );
  });

  test('damage after the header of the capture', async () => {
    const packed = gzipSync(pcapFile(3, 1000), { level: 0 });
    packed[packed.length - 5] = (packed[packed.length - 5] ?? 0) ^ 0xff;
    expect(await coverageOf(sourceOf(packed))).toMatchObject({ packets_read: 3, complete: false, ended: 'corrupt' });
  });

  test('what holds no capture says so, and what cannot be unpacked too', async () => {
    expect(await refusal(gzipSync('some text that is no capture'))).toMatchObject({
      code: 'not_a_capture',
      message: 'What is packed in /captures/a.pcap is not a capture.',
    });
    expect(await refusal(gzipSync(''))).toMatchObject({ code: 'empty_capture' });
    expect(await refusal(zstd(pcapHeader().subarray(0, 20)))).toMatchObject({ code: 'truncated_capture' });
    expect(await refusal(Buffer.from('1f8b08', 'hex'))).toMatchObject({ code: 'truncated_capture' });
    expect(await refusal(Buffer.from('28b52ffd00ff00', 'hex'))).toMatchObject({ code: 'not_a_capture' });
  });

  test.each([
    ['xz', 'fd377a585a000004', 'xz -dk'],
    ['bzip2', '425a683931415926', 'bzip2 -dk'],
    ['lz4', '04224d1864704000', 'lz4 -dk'],
    ['zip', '504b030414000000', 'unzip'],
  ])('%s is named with the command that unpacks it', async (name, magic, command) => {
    const error = await refusal(Buffer.from(magic, 'hex'));
    expect(error.code).toBe('not_a_capture');
    expect(error.message).toContain(name);
    expect(error.hint).toContain(command);
  });

  test('little of a bomb is unpacked when few packets are wanted', async () => {
    const member = gzipSync(Buffer.alloc(64 << 20), { level: 9, memLevel: 9, strategy: constants.Z_DEFAULT_STRATEGY });
    const bomb = Buffer.concat([gzipSync(pcapHeader()), ...Array.from({ length: 64 }, () => member)]);
    const source = sourceOf(bomb);
    expect(await coverageOf(source, 1000)).toMatchObject({ packets_read: 1000, ended: 'max_packets' });
    expect(source.reads).toBeLessThan(6);
  });
});
