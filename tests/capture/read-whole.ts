// A capture read by the product's own reader, for tests of reports; and the folder for captures that a test makes.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Analysis } from '../../src/capture/analysis.ts';
import { readCapture } from '../../src/capture/read.ts';
import { createCaptures } from '../../src/host/captures.ts';
import { publicCaptures, type PublicCapture } from './tshark.ts';

const captures = createCaptures({ maxPackets: undefined, allowCustomFilters: true, allowedPaths: ['/'] });

export const readWhole = async (path: string, maxPackets?: number): Promise<Analysis> => {
  const source = await captures.open(path);
  try {
    const { signal } = new AbortController();
    return { ...(await readCapture(source, { maxPackets, signal })), path };
  } finally {
    await source.close();
  }
};

/** Without those of which neither tshark nor we read a packet: their version does not exist. */
export const readableCaptures = (): PublicCapture[] =>
  publicCaptures().filter(({ name }) => name !== 'libpcap/pcapng-invalid-vers-1.pcapng');

export interface CaptureFolder {
  write(name: string, bytes: Uint8Array): Promise<string>;
  remove(): Promise<void>;
}

export const captureFolder = async (): Promise<CaptureFolder> => {
  const folder = await mkdtemp(join(tmpdir(), 'netmcp-captures-'));
  return {
    write: async (name, bytes) => {
      const path = join(folder, name);
      await writeFile(path, bytes);
      return path;
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
};
