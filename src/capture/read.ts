// Feeds a capture to an engine, block by block: the next block is read while the engine works on this one. Memory does not depend on the file's size.
import { NetError } from '../model/errors.ts';
import type { CaptureSource } from '../model/ports.ts';
import type { Coverage } from './coverage.ts';
import { NOT_A_CAPTURE } from './engine/faults.ts';
import { createEngine, type Engine } from './engine/engine.ts';

export interface ReadOptions {
  /** Packets to read; undefined: all. */
  maxPackets: number | undefined;
  signal: AbortSignal;
  progress?: (done: number, total: number | null, message: string) => void;
}

export interface ReadCapture {
  engine: Engine;
  coverage: Coverage;
}

const block = 2 * 1024 * 1024;
/** Room before a block for the record that the block before it left incomplete. */
const headroom = 512 * 1024;

/** Called whenever entries stand in the index; they are cleared afterwards. True: enough was seen. */
export type OnIndexed = (engine: Engine, entries: number, address: number) => boolean | Promise<boolean>;

/** Reads the whole capture, or up to `maxPackets`. */
export const readCapture = async (
  source: CaptureSource,
  { maxPackets, signal, progress }: ReadOptions,
  onIndexed?: OnIndexed,
): Promise<ReadCapture> => {
  const engine = await createEngine();
  const { exports, memory } = engine;
  exports.begin(maxPackets ?? 0xffff_ffff);
  const index = onIndexed === undefined ? 0 : exports.startIndex();
  const buffers = [exports.buffer(headroom + block), exports.buffer(headroom + block)];
  const readInto = (address: number, position: number): Promise<number> =>
    source.read(new Uint8Array(memory.buffer, address, block), position);
  let current = 0;
  let at = (buffers[0] ?? 0) + headroom;
  let position = 0;
  let length = await readInto(at, position);
  let end = at + length;
  let stopped = false;
  while (length > 0 && !stopped) {
    signal.throwIfAborted();
    position += length;
    const next = (buffers[1 - current] ?? 0) + headroom;
    const pending = readInto(next, position);
    for (let entries = 1; entries > 0 && !stopped;) {
      at = exports.consume(at, end, position - (end - at));
      entries = exports.indexed();
      if (entries > 0 && onIndexed !== undefined) stopped = await onIndexed(engine, entries, index);
      exports.clearIndex();
    }
    length = await pending;
    if (exports.fault() !== 0) break;
    const rest = end - at;
    if (rest > headroom) break;
    new Uint8Array(memory.buffer).copyWithin(next - rest, at, end);
    at = next - rest;
    end = next + length;
    current = 1 - current;
    progress?.(position, source.sizeBytes, 'bytes read');
  }
  if (exports.fault() === NOT_A_CAPTURE)
    throw new NetError('not_a_capture', `${source.path} is not a capture file.`, 'Pass a pcap or pcapng file.');
  exports.finish();
  return {
    engine,
    coverage: {
      packets_read: exports.packetCount(),
      bytes_read: position - (end - at),
      file_size_bytes: source.sizeBytes,
      complete: end === at,
      ended: 'end_of_file',
      reason: null,
    },
  };
};
