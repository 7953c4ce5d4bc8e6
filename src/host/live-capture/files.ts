// The directory of our own captures: names that we choose, and room made by removing the oldest.
import { constants } from 'node:fs';
import { type FileHandle, open, readdir, stat, statfs, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { NetError, errnoOf } from '../../model/errors.ts';
import { holdersOf } from '../process-identity.ts';

/** What is kept, a capture that starts now included. */
export const maxFiles = 20;
export const maxTotalBytes = 4 * 1024 ** 3;
/** Left free on the file system. */
const spareBytes = 64 * 1024 ** 2;

const ours = /^capture-\d{8}-\d{6}-[0-9a-f]{12}\.pcap$/;

/** `capture-20260131-235959-ID.pcap`, UTC. */
const nameOf = (id: string, now: number): string => {
  const [day = '', time = ''] = new Date(now).toISOString().split(/[T.]/);
  return `capture-${day.replaceAll('-', '')}-${time.replaceAll(':', '')}-${id}.pcap`;
};

interface Kept {
  name: string;
  size: number;
  modified: number;
}

const keptIn = async (directory: string): Promise<Kept[]> => {
  const names = (await readdir(directory)).filter((name) => ours.test(name));
  const found = await Promise.all(
    names.map(async (name) => {
      const file = await unlessGone(stat(join(directory, name)));
      return file === undefined ? [] : [{ name, size: file.size, modified: file.mtimeMs }];
    }),
  );
  return found.flat().sort((one, other) => one.modified - other.modified);
};

/** Paths, newest first. */
export const captureFiles = async (directory: string): Promise<string[]> =>
  (await keptIn(directory)).map(({ name }) => join(directory, name)).reverse();

const unlessGone = async <T>(reading: Promise<T>): Promise<T | undefined> => {
  try {
    return await reading;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
};

/**
 * Removes the oldest captures until one more of `bytes` is within the bounds; those still being written, by whatever process, stay.
 * `reserved`: what captures that run now may still grow by. Throws limit_exceeded, storage_failed.
 */
export const makeRoom = async (directory: string, bytes: number, reserved: number): Promise<string[]> => {
  const kept = await keptIn(directory);
  const removed: string[] = [];
  let files = kept.length;
  let total = kept.reduce((sum, { size }) => sum + size, 0);
  const full = (): boolean => files + 1 > maxFiles || total + reserved + bytes > maxTotalBytes;
  for (const { name, size } of kept) {
    if (!full()) break;
    const path = join(directory, name);
    if (((await unlessGone(holdersOf(path))) ?? []).length > 0) continue;
    await unlessGone(unlink(path));
    removed.push(name);
    files -= 1;
    total -= size;
  }
  if (full()) {
    throw new NetError(
      'limit_exceeded',
      `Captures that are running fill the ${maxFiles} files or ${maxTotalBytes / 1024 ** 3} GiB that are kept.`,
      'Stop one of them, or ask for a smaller max_size_mb.',
    );
  }
  const { bavail, bsize } = await statfs(directory);
  if (bavail * bsize < bytes + reserved + spareBytes) {
    throw new NetError(
      'storage_failed',
      `The file system of ${directory} has ${Math.floor((bavail * bsize) / 1024 ** 2)} MiB free, too little for this capture.`,
      'Free space there, or ask for a smaller max_size_mb.',
    );
  }
  return removed;
};

/** A new file that only we can open. */
export const createFile = async (
  directory: string,
  id: string,
  now: number,
): Promise<{ path: string; file: FileHandle }> => {
  const path = join(directory, nameOf(id, now));
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  return { path, file: await open(path, flags, 0o600) };
};
