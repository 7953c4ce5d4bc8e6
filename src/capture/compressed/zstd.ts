// zstd (RFC 8878), one frame or several: frames and blocks are told apart here, and each block is unpacked before the next is read.
import type { CaptureSource } from '../../model/ports.ts';
import { createByteReader, mostTaken, type ByteReader } from './byte-reader.ts';
import type { Failure, Unpacked } from './failure.ts';
import type { Decoder } from './node-decoder.ts';
import { createZstdDecoder, maxWindowLog } from './zstd-decoder.ts';

const zstdMagic = 0xfd2fb528;
/** Blocks hold at most this much, packed or not (RFC 8878, 3.1.1.2.4). */
const mostInBlock = 128 * 1024;
/** Frames of fewer bytes than this on average, in numbers, only cost time. */
const smallFrame = 1024;
const manyFrames = 1000;
/** Packed blocks of fewer bytes are put together, this many halves (header and content) at most: 4 MiB when unpacked. */
const smallBlock = 64;
const mostBatched = 64;

class Fault extends Error {
  readonly kind: Failure['kind'];
  constructor(kind: Failure['kind'], reason: string) {
    super(reason);
    this.kind = kind;
  }
}

const cut = (): Fault => new Fault('truncated', 'the zstd data ends too early');
const damaged = (how: string): Fault => new Fault('corrupt', `the zstd data is damaged (${how})`);

/** A copy of exactly `length` bytes. */
const exactly = async (reader: ByteReader, length: number): Promise<Uint8Array> => {
  const piece = await reader.take(length);
  if (piece.length < length) throw cut();
  return Uint8Array.from(piece);
};

const number = (bytes: Uint8Array, at: number, length: number): number =>
  bytes.subarray(at, at + length).reduceRight((value, byte) => value * 256 + byte, 0);

/** Bytes of a frame's header after the magic number (3.1.1.1), and whether a checksum ends it. Throws a Fault. */
const frameHeader = async (reader: ByteReader): Promise<{ bytes: Uint8Array; checksum: boolean }> => {
  const [descriptor = 0] = await exactly(reader, 1);
  const single = (descriptor & 0x20) !== 0;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const sizeBytes = [single ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
  const rest = await exactly(reader, (single ? 0 : 1) + dictionaryBytes + sizeBytes);
  if ((descriptor & 8) !== 0) throw damaged('a reserved bit is set');
  const dictionaryAt = single ? 0 : 1;
  if (number(rest, dictionaryAt, dictionaryBytes) !== 0)
    throw new Fault('corrupt', 'the zstd data needs a dictionary, which is not there');
  const size = number(rest, dictionaryAt + dictionaryBytes, sizeBytes) + (sizeBytes === 2 ? 256 : 0);
  const [windowByte = 0] = rest;
  const base = 2 ** (10 + (windowByte >> 3));
  const window = single ? size : base + (base / 8) * (windowByte & 7);
  if (window > 2 ** maxWindowLog)
    throw new Fault(
      'corrupt',
      `the zstd data needs a window of ${window} bytes, more than the ${2 ** maxWindowLog} taken`,
    );
  const bytes = new Uint8Array(5 + rest.length);
  new DataView(bytes.buffer).setUint32(0, zstdMagic, true);
  bytes[4] = descriptor;
  bytes.set(rest, 5);
  return { bytes, checksum: (descriptor & 4) !== 0 };
};

/** One block with its header, and the frame's checksum after the last. */
const block = async (reader: ByteReader): Promise<{ pieces: Uint8Array[]; last: boolean }> => {
  const header = await exactly(reader, 3);
  const value = number(header, 0, 3);
  const type = (value >> 1) & 3;
  const size = value >> 3;
  if (type === 3) throw damaged('a block of a reserved type');
  if (size > mostInBlock) throw damaged('a block that is too long');
  return { pieces: [header, await exactly(reader, type === 1 ? 1 : size)], last: (value & 1) !== 0 };
};

/** The blocks of a frame; small ones come together. What stands before a fault comes before it is thrown. */
const blocks = async function* (reader: ByteReader, checksum: boolean): AsyncGenerator<Uint8Array, void, undefined> {
  let batch: Uint8Array[] = [];
  try {
    for (let last = false; !last;) {
      const next = await block(reader);
      last = next.last;
      batch.push(...next.pieces);
      if (last && checksum) batch.push(await exactly(reader, 4));
      if (last || (next.pieces[1]?.length ?? 0) >= smallBlock || batch.length >= mostBatched) {
        yield Buffer.concat(batch);
        batch = [];
      }
    }
  } catch (error) {
    if (batch.length > 0) yield Buffer.concat(batch);
    throw error;
  }
};

const skip = async (reader: ByteReader): Promise<void> => {
  for (let left = number(await exactly(reader, 4), 0, 4); left > 0;)
    left -= (await exactly(reader, Math.min(left, mostTaken))).length;
};

const frame = async function* (reader: ByteReader, decoder: Decoder): AsyncGenerator<Uint8Array, void, undefined> {
  const check = (): void => {
    const failure = decoder.failure();
    if (failure !== undefined) throw damaged(failure.message);
  };
  const { bytes, checksum } = await frameHeader(reader);
  yield* await decoder.push(bytes);
  try {
    for await (const pieces of blocks(reader, checksum)) {
      yield* await decoder.push(pieces);
      check();
    }
  } catch (error) {
    // What the decoder holds back stood before the fault.
    yield* await decoder.finish();
    throw error;
  }
  yield* await decoder.finish();
  check();
};

/** `makeDecoder` is for tests. */
export const unzstd = async function* (source: CaptureSource, makeDecoder = createZstdDecoder): Unpacked {
  const reader = createByteReader(source);
  let at = 0;
  try {
    for (let frames = 1; ; frames += 1) {
      at = reader.offset();
      if (frames > manyFrames && at / frames < smallFrame) throw damaged('too many tiny frames');
      const begin = await reader.take(4);
      if (begin.length === 0) return undefined;
      if (begin.length < 4) throw cut();
      const magic = number(begin, 0, 4);
      if (magic >= 0x184d2a50 && magic <= 0x184d2a5f) {
        await skip(reader);
        continue;
      }
      if (magic !== zstdMagic) throw damaged('other data where a frame should begin');
      const decoder = makeDecoder();
      try {
        yield* frame(reader, decoder);
      } finally {
        decoder.close();
      }
    }
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { kind: error.kind, reason: error.message, offset: error.kind === 'truncated' ? reader.offset() : at };
  }
};
