// One of Node's decompressors as a thing that bytes are put into: what comes out of a piece is bounded by the piece, not by the file.
import type { Transform } from 'node:stream';

export interface Decoder {
  /** Puts a piece in; answers what came out so far. After a failure or the end it takes nothing more. */
  push(piece: Uint8Array): Promise<Uint8Array[]>;
  /** Says that nothing follows; answers what was still to come. */
  finish(): Promise<Uint8Array[]>;
  /** Why it stopped. */
  failure(): Error | undefined;
  /** It has seen the end of what it unpacks. */
  ended(): boolean;
  close(): void;
}

/** `stream` is from node:zlib; its work is done in the thread pool. */
export const createNodeDecoder = (stream: Transform): Decoder => {
  let out: Uint8Array[] = [];
  let failure: Error | undefined;
  let ended = false;
  let settle = (): void => undefined;
  stream.on('data', (chunk: Uint8Array) => out.push(chunk));
  stream.on('error', (error) => {
    failure ??= error;
    settle();
  });
  stream.on('end', () => {
    ended = true;
    settle();
  });

  const run = async (start: (done: () => void) => void): Promise<Uint8Array[]> => {
    if (failure === undefined && !ended) {
      await new Promise<void>((resolve) => {
        settle = resolve;
        start(resolve);
      });
    }
    const chunks = out;
    out = [];
    return chunks;
  };

  return {
    push: (piece) =>
      run((done) => {
        // Its bytes are read in another thread, after the caller has gone on.
        stream.write(Uint8Array.from(piece), done);
      }),
    finish: () =>
      run(() => {
        stream.end();
      }),
    failure: () => failure,
    ended: () => ended,
    close: () => {
      stream.destroy();
    },
  };
};
