// Captures for the reader without the path guard: a file, or bytes at hand.
import { readFile } from 'node:fs/promises';
import type { CaptureSource } from '../../src/model/ports.ts';

export const sourceOfBytes = (bytes: Uint8Array, path = 'crafted.pcap'): CaptureSource => ({
  path,
  sizeBytes: bytes.length,
  identity: path,
  read: (into, position) => {
    const part = bytes.subarray(position, position + into.length);
    into.set(part);
    return Promise.resolve(part.length);
  },
  close: () => Promise.resolve(),
});

export const sourceOfFile = async (path: string): Promise<CaptureSource> =>
  sourceOfBytes(new Uint8Array(await readFile(path)), path);
