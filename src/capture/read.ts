// Feeds a capture to an engine, block by block: the next block is read while the engine works on this one. Memory does not depend on the file's size.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { NetError } from '../model/errors.ts';
import type { CaptureSource } from '../model/ports.ts';
import type { Compression } from './compressed/formats.ts';
import { openPlainBytes, type PlainBytes } from './compressed/plain-bytes.ts';
import { coverageOf, type Coverage } from './coverage.ts';
import { createEngine, type Engine } from './engine/engine.ts';
import { takeTurn } from './passes.ts';
import { checkReadable } from './readable.ts';

export interface ReadOptions {
  /** Packets to read; undefined: all. */
  maxPackets: number | undefined;
  /** Its reason is thrown. */
  signal: AbortSignal;
  /** Bytes of the file as it is stored. */
  progress?: (done: number, total: number | null, message: string) => void;
}

export interface ReadCapture {
  engine: Engine;
  coverage: Coverage;
  /** How the file is packed; null: it is not. */
  compression: Compression | null;
}

/** Called whenever entries stand in the index; they are cleared afterwards. True: enough was seen. */
export type OnIndexed = (engine: Engine, entries: number, address: number) => boolean | Promise<boolean>;

const block = 2 * 1024 * 1024;
/** Room before a block for the record that the block before it left incomplete. */
const headroom = 512 * 1024;

/** Two blocks in the engine's memory: one is worked on, the other is filled. Throws limit_exceeded. */
const takeBuffers = ({ exports }: Engine): [number, number] => {
  const buffers: [number, number] = [exports.buffer(headroom + block), exports.buffer(headroom + block)];
  if (buffers.every((address) => address > 0)) return buffers;
  throw new NetError(
    'limit_exceeded',
    'The memory of the capture engine has no room for the file.',
    'This is a fault of netmcp: please report it.',
  );
};

interface Taken {
  /** Bytes of whole records. */
  taken: number;
  /** Bytes after them; more may follow in the file. */
  rest: number;
  stopped: boolean;
  /** The first four bytes. */
  beginning: Uint8Array;
}

const consumeAll = async (
  engine: Engine,
  plain: PlainBytes,
  { maxPackets, signal, progress }: ReadOptions,
  { total, onIndexed }: { total: number; onIndexed: OnIndexed | undefined },
): Promise<Taken> => {
  const { exports, memory } = engine;
  const index = onIndexed === undefined ? 0 : exports.startIndex();
  let [current, other] = takeBuffers(engine);
  const readInto = (buffer: number): Promise<number> =>
    plain.read(new Uint8Array(memory.buffer, buffer + headroom, block));
  let at = current + headroom;
  let length = await readInto(current);
  let position = length;
  let end = at + length;
  const beginning = new Uint8Array(memory.buffer).slice(at, at + Math.min(length, 4));
  const full = (): boolean => maxPackets !== undefined && exports.packetCount() >= maxPackets;

  /** All whole records between `at` and `end`; the index is emptied as often as it is full. True: enough was seen. */
  const consume = async (): Promise<boolean> => {
    for (let entries = 1; entries > 0;) {
      at = exports.consume(at, end, position - (end - at));
      entries = exports.indexed();
      const enough = entries > 0 && onIndexed !== undefined && (await onIndexed(engine, entries, index));
      exports.clearIndex();
      if (enough) return true;
      if (entries > 0) await nextTurn();
      signal.throwIfAborted();
    }
    return false;
  };

  while (length > 0) {
    signal.throwIfAborted();
    const pending = readInto(other);
    let stopped: boolean;
    try {
      stopped = await consume();
    } finally {
      // Nothing may be under way into this memory, or from a file that is closed, when this function is left.
      await Promise.allSettled([pending]);
    }
    length = await pending;
    position += length;
    const rest = end - at;
    if (stopped || exports.fault() !== 0 || full() || rest > headroom)
      return { taken: position - length - rest, rest: rest + length, stopped, beginning };
    new Uint8Array(memory.buffer).copyWithin(other + headroom - rest, at, end);
    at = other + headroom - rest;
    end = other + headroom + length;
    [current, other] = [other, current];
    progress?.(plain.stored(), total, 'bytes read');
    await nextTurn();
  }
  return { taken: position - (end - at), rest: end - at, stopped: false, beginning };
};

const readInTurn = async (
  source: CaptureSource,
  options: ReadOptions,
  onIndexed: OnIndexed | undefined,
): Promise<ReadCapture> => {
  const plain = await openPlainBytes(source);
  try {
    const engine = await createEngine();
    const { exports } = engine;
    exports.begin(options.maxPackets ?? 0xffff_ffff);
    const files = { total: source.sizeBytes, onIndexed };
    const { beginning, ...seen } = await consumeAll(engine, plain, options, files);
    exports.finish();
    const end = {
      packets: exports.packetCount(),
      ...seen,
      maxPackets: options.maxPackets,
      missing: exports.passingOver(),
      fault: exports.fault(),
      faultOffset: exports.faultOffset(),
      compression: plain.compression,
      failure: plain.failure(),
      unread: plain.compression === undefined ? source.sizeBytes - plain.stored() : 0,
    };
    checkReadable(end, beginning, source.path);
    return { engine, coverage: coverageOf(end, source.sizeBytes), compression: plain.compression ?? null };
  } finally {
    await plain.close();
  }
};

/** Reads the whole capture, or up to `maxPackets`. Throws not_a_capture, truncated_capture, empty_capture when there is nothing to tell. */
export const readCapture = async (
  source: CaptureSource,
  options: ReadOptions,
  onIndexed?: OnIndexed,
): Promise<ReadCapture> => {
  const endTurn = await takeTurn(options.signal);
  try {
    return await readInTurn(source, options, onIndexed);
  } finally {
    endTurn();
  }
};
