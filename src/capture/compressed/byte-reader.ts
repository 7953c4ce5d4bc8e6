// The bytes of a file one after the other, in pieces of whatever length is wanted, out of one buffer that is used again.
import type { CaptureSource } from '../../model/ports.ts';

const bufferBytes = 256 * 1024;

export interface ByteReader {
  /** Where the next byte stands in the file. */
  offset(): number;
  /** The next `length` bytes (at most 160 KiB), fewer at the end of the file. Valid until the next call. */
  take(length: number): Promise<Uint8Array>;
}

/** Most bytes `take` gives at once. */
export const mostTaken = 160 * 1024;

export const createByteReader = (source: CaptureSource): ByteReader => {
  const buffer = new Uint8Array(bufferBytes);
  let at = 0;
  let end = 0;
  let position = 0;

  /** Until `wanted` bytes are there or the file ends. */
  const fill = async (wanted: number): Promise<void> => {
    if (end - at >= wanted) return;
    buffer.copyWithin(0, at, end);
    end -= at;
    at = 0;
    while (end < wanted) {
      const length = await source.read(buffer.subarray(end), position);
      if (length === 0) return;
      position += length;
      end += length;
    }
  };

  return {
    offset: () => position - (end - at),
    take: async (length) => {
      await fill(Math.min(length, mostTaken));
      const piece = buffer.subarray(at, Math.min(end, at + length));
      at += piece.length;
      return piece;
    },
  };
};
