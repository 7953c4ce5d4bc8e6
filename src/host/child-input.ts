// A child's standard input as a real pipe. Node's own 'pipe' is a socket, which nft before 1.0 cannot open as /dev/stdin (ENXIO).
import { closeSync } from 'node:fs';
import { Socket } from 'node:net';
import { native } from './native.ts';

export interface ChildInput {
  /** Read end, to be the child's descriptor 0. */
  fd: number;
  /** To be called once the child has its copy, or could not be started: else the end of the child would go unnoticed. */
  closeOurs(): void;
  /** Writes the whole text while the child reads, then ends the input. */
  send(text: string): void;
  /** Closes what is still open; text not yet taken is dropped. */
  close(): void;
}

let complained = false;

/** Undefined where libc cannot be called; the caller then does with Node's own kind. */
export const openChildInput = async (debug: (message: string) => void): Promise<ChildInput | undefined> => {
  let pipe: { readFd: number; writeFd: number };
  try {
    pipe = (await native()).pipe();
  } catch (error) {
    if (!complained) debug(`children get a socket as their input, since no pipe could be made: ${String(error)}`);
    complained = true;
    return undefined;
  }
  const { readFd, writeFd } = pipe;
  const writer = new Socket({ fd: writeFd, readable: false, writable: true });
  // EPIPE: the child ended without reading everything; its exit code says what came of it.
  writer.on('error', () => undefined);
  return {
    fd: readFd,
    closeOurs: () => {
      closeSync(readFd);
    },
    send: (text) => {
      writer.end(text);
    },
    close: () => {
      writer.destroy();
    },
  };
};
