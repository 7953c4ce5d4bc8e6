// Capture files on disk: only regular files under the allowed roots, opened once and held by their descriptor. Of any size: they are read in pieces.
import { read } from 'node:fs';
import { promisify } from 'node:util';
import { NetError } from '../model/errors.ts';
import { plainText } from '../model/plain-text.ts';
import type { CaptureSettings, Captures } from '../model/ports.ts';
import { realRoots } from './captures/inside.ts';
import { openChecked } from './captures/open-checked.ts';
import { absolutePath, realCapturePath } from './captures/resolve.ts';

/** Quicker than the file handle's own, which matters where a file is read in thousands of pieces. */
const readAt = promisify(read);

export const createCaptures = ({ allowedPaths }: CaptureSettings): Captures => ({
  open: async (filePath) => {
    const path = absolutePath(filePath, allowedPaths);
    const roots = await realRoots(allowedPaths);
    const real = await realCapturePath(path, roots, allowedPaths);
    const { file, found } = await openChecked(real, roots);
    const { dev, ino, size, mtimeNs, ctimeNs } = found;
    if (size === 0n) {
      await file.close();
      throw new NetError(
        'empty_capture',
        `${plainText(real)} is empty.`,
        'Make the capture again: not even its header was written.',
      );
    }
    const sizeBytes = Number(size);
    return {
      path: real,
      sizeBytes,
      identity: [dev, ino, size, mtimeNs, ctimeNs].join(':'),
      // What a writer adds meanwhile is left for the next question, so that an answer speaks of one state of the file.
      read: async (into, position) => {
        const length = Math.min(into.length, sizeBytes - position);
        return length <= 0 ? 0 : (await readAt(file.fd, into, 0, length, position)).bytesRead;
      },
      close: () => file.close(),
    };
  },
});
