// Files of the state directory: written whole or not at all and durable, read only where they are ours.
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import * as z from 'zod';
import { shellQuote } from '../model/command.ts';
import { errnoOf, NetError } from '../model/errors.ts';

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;

const fixes: Record<string, string> = {
  ENOSPC: 'Free space on its file system.',
  EDQUOT: 'Free space in, or raise, the disk quota of the user netmcp runs as.',
  EROFS: 'Remount its file system writable.',
  EIO: 'Check the disk: the kernel’s log (dmesg) names the fault.',
};

export const storageFailed = (what: string, path: string, cause: unknown): NetError => {
  const errno = errnoOf(cause) ?? String(cause);
  if (errno === 'EACCES' || errno === 'EPERM') {
    return new NetError(
      'not_permitted',
      `${what} ${path} failed (${errno}).`,
      'Run netmcp as the owner of the directory.',
      {
        cause,
      },
    );
  }
  const hint = fixes[errno] ?? `Check ${dirname(path)} and its file system.`;
  return new NetError('storage_failed', `${what} ${path} failed (${errno}).`, hint, { cause });
};

/** Makes a creation, rename or removal in this directory survive a crash. */
export const syncDirectory = async (path: string): Promise<void> => {
  const handle = await open(path, O_RDONLY | O_DIRECTORY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};

/** Throws state_dir_refused unless the open file is a regular file of ours that nobody else may write. */
export const checkOwnedFile = async (handle: FileHandle, path: string): Promise<void> => {
  const found = await handle.stat();
  const uid = process.geteuid?.() ?? 0;
  if (found.isFile() && found.uid === uid && (found.mode & 0o022) === 0) return;
  const fault = !found.isFile()
    ? 'is not a regular file'
    : found.uid !== uid
      ? `belongs to uid ${found.uid}, not to uid ${uid}`
      : 'can be written by other users';
  throw new NetError(
    'state_dir_refused',
    `${path} ${fault}, so netmcp does not trust it.`,
    `Check who put it there, then run: rm ${shellQuote(path)}`,
  );
};

/** Opens an existing file of ours without following a link; undefined when there is none. */
export const openOwnedFile = async (path: string, flags: number = O_RDONLY): Promise<FileHandle | undefined> => {
  let handle: FileHandle;
  try {
    // O_NONBLOCK: a FIFO somebody put there must not make us wait.
    handle = await open(path, flags | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    if (errnoOf(error) !== 'ELOOP') throw storageFailed('Opening', path, error);
    throw new NetError(
      'state_dir_refused',
      `${path} is a symbolic link, so netmcp does not trust it.`,
      `Check who put it there, then run: rm ${shellQuote(path)}`,
      { cause: error },
    );
  }
  try {
    await checkOwnedFile(handle, path);
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
};

/** Replaces the file (mode 0600) with the text; after a crash at any point it holds the old text or the new one. */
export const writeFileAtomic = async (path: string, text: string): Promise<void> => {
  const directory = dirname(path);
  const temporary = join(directory, `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    const handle = await open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
    await syncDirectory(directory);
  } catch (error) {
    await removeLeftover(temporary);
    throw storageFailed('Writing', path, error);
  }
};

const removeLeftover = async (path: string): Promise<void> => {
  try {
    await unlink(path);
  } catch (error) {
    // Not made, already renamed, or on a file system that has become read-only: the first failure is the one to report.
    if (!['ENOENT', 'EROFS', 'EACCES', 'EIO'].includes(errnoOf(error) ?? '')) throw error;
  }
};

/** Largest state file read unless told otherwise. */
const defaultMaxBytes = 16 * 1024 * 1024;

/** Text of a file of ours; undefined when there is none. */
export const readOwnedFile = async (path: string, maxBytes: number = defaultMaxBytes): Promise<string | undefined> => {
  const handle = await openOwnedFile(path);
  if (handle === undefined) return undefined;
  try {
    const { size } = await handle.stat();
    if (size > maxBytes) {
      throw new NetError(
        'limit_exceeded',
        `${path} has ${size} bytes; netmcp reads at most ${maxBytes}.`,
        `netmcp does not write such files: check who did, then run: rm ${shellQuote(path)}`,
      );
    }
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
};

/** A JSON file of ours, checked by its schema; undefined when there is none. */
export const readJsonFile = async <T>(
  path: string,
  schema: z.ZodType<T>,
  options: { maxBytes?: number } = {},
): Promise<T | undefined> => {
  const text = await readOwnedFile(path, options.maxBytes);
  if (text === undefined) return undefined;
  return parseRecord(text, schema, path);
};

/** Parses one JSON text of ours; `where` names the file, and the line where there are several. */
export const parseRecord = <T>(text: string, schema: z.ZodType<T>, where: string): T => {
  const damaged = (what: string, cause: unknown): NetError =>
    new NetError(
      'storage_failed',
      `${where} is damaged: ${what}.`,
      'It was not written so by netmcp: restore it from a backup, or move it away after checking the host’s settings.',
      { cause },
    );
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw damaged('it is not JSON', error);
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw damaged(z.prettifyError(parsed.error).split('\n').slice(0, 4).join('; '), parsed.error);
  return parsed.data;
};

/** Removes the file durably; true when there was one. */
export const removeFile = async (path: string): Promise<boolean> => {
  try {
    await unlink(path);
    await syncDirectory(dirname(path));
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw storageFailed('Removing', path, error);
  }
};
