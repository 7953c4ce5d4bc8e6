// gzip (RFC 1952), one member or several. A file that is cut or damaged gives every byte that stands before the fault.
import { createGunzip } from 'node:zlib';
import type { CaptureSource } from '../../model/ports.ts';
import { createByteReader } from './byte-reader.ts';
import type { Failure, Unpacked } from './failure.ts';
import { createNodeDecoder } from './node-decoder.ts';

/** A piece becomes at most 1032 times as much (the densest deflate). */
const pieceBytes = 16 * 1024;
const outputBytes = 64 * 1024;

const isCut = (error: Error): boolean => error.message.includes('unexpected end of file');

/** Of pieces from `from` on; before it they have the usual size. */
interface Fine {
  from: number;
  bytes: number;
}

/** Sizes of pieces with which a fault is found ever more exactly: what comes out of a piece that holds one is lost. */
const finer = [256, 1];

const unpack = async function* (source: CaptureSource, { from, bytes }: Fine): Unpacked {
  const reader = createByteReader(source);
  const decoder = createNodeDecoder(createGunzip({ chunkSize: outputBytes }));
  let at = 0;
  const failed = (error: Error): Failure =>
    isCut(error)
      ? { kind: 'truncated', reason: 'the gzip data ends too early', offset: reader.offset() }
      : { kind: 'corrupt', reason: `the gzip data is damaged (${error.message})`, offset: at };
  try {
    for (;;) {
      at = reader.offset();
      const piece = await reader.take(at < from ? Math.min(pieceBytes, from - at) : bytes);
      if (piece.length === 0) break;
      yield* await decoder.push(piece);
      // Zeros may follow, as on tapes.
      if (decoder.ended()) return undefined;
      const failure = decoder.failure();
      if (failure !== undefined) return failed(failure);
    }
    yield* await decoder.finish();
    const failure = decoder.failure();
    return failure === undefined ? undefined : failed(failure);
  } finally {
    decoder.close();
  }
};

/** Unpacks a damaged file again up to where the fault was met, and more exactly there, since Node drops what came out of the piece that holds it. */
export const gunzip = async function* (source: CaptureSource): Unpacked {
  let seen = 0;
  let fine: Fine = { from: Infinity, bytes: pieceBytes };
  for (let pass = 0; ; pass += 1) {
    const pieces = unpack(source, fine);
    let skip = seen;
    let failure: Failure | undefined;
    try {
      for (;;) {
        const { done, value } = await pieces.next();
        if (done === true) {
          failure = value;
          break;
        }
        const kept = value.subarray(Math.min(skip, value.length));
        skip -= value.length - kept.length;
        seen += kept.length;
        if (kept.length > 0) yield kept;
      }
    } finally {
      await pieces.return(undefined);
    }
    const bytes = finer[pass];
    if (failure?.kind !== 'corrupt' || bytes === undefined) return failure;
    fine = { from: failure.offset, bytes };
  }
};
