// What unpacks one zstd frame: Node's own where it has one (22.15), else the library fzstd, which verifies no checksums.
import { Transform } from 'node:stream';
import * as zlib from 'node:zlib';
import { Decompress } from 'fzstd';
import { createNodeDecoder, type Decoder } from './node-decoder.ts';

/** Base-2 logarithm of the largest window taken, the one that `zstd` itself takes without being asked. */
export const maxWindowLog = 27;

/** ZSTD_d_windowLogMax of zstd.h. */
const windowLogMax = 100;

const nodesOwn = (): Transform | undefined => {
  const create: unknown = Reflect.get(zlib, 'createZstdDecompress');
  if (typeof create !== 'function') return undefined;
  const made: unknown = Reflect.apply(create, zlib, [{ params: { [windowLogMax]: maxWindowLog } }]);
  return made instanceof Transform ? made : undefined;
};

const asError = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(String(thrown)));

/** `push` works on what it is given before it returns; a frame's last piece is held back for `finish`. */
export const createLibraryDecoder = (): Decoder => {
  let out: Uint8Array[] = [];
  let failure: Error | undefined;
  let held: Uint8Array = new Uint8Array(0);
  const decompress = new Decompress((chunk) => {
    // The library uses the memory again.
    if (chunk.length > 0) out.push(Uint8Array.from(chunk));
  });
  const work = (last: boolean): Uint8Array[] => {
    try {
      if (failure === undefined) decompress.push(held, last);
    } catch (error) {
      failure = asError(error);
    }
    const chunks = out;
    out = [];
    return chunks;
  };
  return {
    push: (piece) => {
      const chunks = held.length > 0 ? work(false) : [];
      held = Uint8Array.from(piece);
      return Promise.resolve(chunks);
    },
    finish: () => Promise.resolve(work(true)),
    failure: () => failure,
    ended: () => false,
    close: () => undefined,
  };
};

/** A decoder for one frame. */
export const createZstdDecoder = (): Decoder => {
  const own = nodesOwn();
  return own === undefined ? createLibraryDecoder() : createNodeDecoder(own);
};
