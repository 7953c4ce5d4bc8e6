// Puts one input, packed and then damaged, through the readers of compressed files.
import { constants, gzipSync } from 'node:zlib';
import { gunzip } from '../../../src/capture/compressed/gzip.ts';
import { createLibraryDecoder, createZstdDecoder } from '../../../src/capture/compressed/zstd-decoder.ts';
import { unzstd } from '../../../src/capture/compressed/zstd.ts';
import type { CaptureSource } from '../../../src/model/ports.ts';
import { sourceOf } from '../reading-files.ts';
import type { Chance } from './mutate.ts';

const checkUnpacking = async (
  packed: Uint8Array,
  unpack: (source: CaptureSource) => AsyncIterable<Uint8Array>,
): Promise<void> => {
  let length = 0;
  for await (const piece of unpack(sourceOf(packed, 4096))) {
    length += piece.length;
    if (length > 1 << 26) return;
  }
};

/** Zstandard data of stored blocks and of repeated bytes, made by hand (RFC 8878, 3.1.1). */
const storedZstd = (bytes: Uint8Array): Uint8Array => {
  const block = (type: number, last: boolean, size: number, body: Uint8Array): Uint8Array =>
    Buffer.concat([Uint8Array.from([(size << 3) | (type << 1) | Number(last), size >> 5, size >> 13]), body]);
  const frame = Buffer.from('28b52ffd0058', 'hex');
  return Buffer.concat([frame, block(1, false, 500, Uint8Array.of(0)), block(0, true, bytes.length, bytes)]);
};

export const checkCompressed = async (bytes: Uint8Array, random: Chance): Promise<void> => {
  const damage = (packed: Uint8Array): Uint8Array => {
    const damaged = Uint8Array.from(packed);
    for (let left = random.below(4); left > 0; left -= 1) damaged[random.below(damaged.length)] = random.below(256);
    return damaged.subarray(0, random.below(3) === 0 ? random.below(damaged.length + 1) : damaged.length);
  };
  const strategy = random.pick([constants.Z_DEFAULT_STRATEGY, constants.Z_FIXED, constants.Z_HUFFMAN_ONLY]);
  await checkUnpacking(damage(gzipSync(bytes, { level: random.below(10), strategy })), gunzip);
  const stored = damage(storedZstd(bytes.subarray(0, 60_000)));
  for (const make of [createZstdDecoder, createLibraryDecoder])
    await checkUnpacking(stored, (source) => unzstd(source, make));
};
