// The bytes of a capture, unpacked where the file is compressed, one after the other and in bounded memory.
import type { CaptureSource } from '../../model/ports.ts';
import type { Failure } from './failure.ts';
import { compressionOf, magicBytes, type Compression } from './formats.ts';

export interface PlainBytes {
  compression: Compression | undefined;
  /** Fills `into` with the next bytes; fewer only at the end, 0 after it. */
  read(into: Uint8Array): Promise<number>;
  /** Why unpacking stopped before the end of the file; known once `read` has given 0. */
  failure(): Failure | undefined;
  /** Bytes of the file that were read so far. */
  stored(): number;
  close(): Promise<void>;
}

const readAll = async (source: CaptureSource, into: Uint8Array, position: number): Promise<number> => {
  let length = 0;
  while (length < into.length) {
    const more = await source.read(into.subarray(length), position + length);
    if (more === 0) break;
    length += more;
  }
  return length;
};

const asItStands = (source: CaptureSource): PlainBytes => {
  let position = 0;
  return {
    compression: undefined,
    read: async (into) => {
      const length = await readAll(source, into, position);
      position += length;
      return length;
    },
    failure: () => undefined,
    stored: () => position,
    close: () => Promise.resolve(),
  };
};

const unpacked = async (source: CaptureSource, compression: Compression): Promise<PlainBytes> => {
  let stored = 0;
  const counted: CaptureSource = {
    ...source,
    read: async (into, position) => {
      const length = await source.read(into, position);
      stored = Math.max(stored, position + length);
      return length;
    },
  };
  const pieces =
    compression === 'gzip' ? (await import('./gzip.ts')).gunzip(counted) : (await import('./zstd.ts')).unzstd(counted);
  let rest: Uint8Array = new Uint8Array(0);
  let failure: Failure | undefined;
  let ended = false;
  return {
    compression,
    read: async (into) => {
      let length = 0;
      while (length < into.length) {
        if (rest.length === 0) {
          if (ended) break;
          const { done, value } = await pieces.next();
          if (done === true) {
            ended = true;
            failure = value;
            break;
          }
          rest = value;
        }
        const part = rest.subarray(0, into.length - length);
        into.set(part, length);
        length += part.length;
        rest = rest.subarray(part.length);
      }
      return length;
    },
    failure: () => failure,
    stored: () => stored,
    close: async () => {
      await pieces.return(undefined);
    },
  };
};

/** Throws not_a_capture for compressions that are not read here. */
export const openPlainBytes = async (source: CaptureSource): Promise<PlainBytes> => {
  const beginning = new Uint8Array(magicBytes);
  const length = await readAll(source, beginning, 0);
  const compression = compressionOf(beginning.subarray(0, length), source.path);
  return compression === undefined ? asItStands(source) : unpacked(source, compression);
};
