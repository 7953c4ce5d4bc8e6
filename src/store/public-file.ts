// A file that other programs read: replaced whole or not at all, readable by everybody, never through a link.
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, open, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { errnoOf, NetError } from '../model/errors.ts';
import { storageFailed } from './files.ts';

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;

const refused = (message: string): NetError =>
  new NetError('path_refused', message, 'Name a file, or one that does not exist yet.');

const checkTarget = async (path: string): Promise<void> => {
  try {
    const found = await lstat(path);
    if (found.isSymbolicLink()) throw refused(`${path} is a symbolic link, which is not followed.`);
    if (found.isDirectory()) throw refused(`${path} is a directory.`);
    if (!found.isFile()) throw refused(`${path} is no regular file.`);
  } catch (error) {
    const errno = errnoOf(error);
    if (error instanceof NetError) throw error;
    if (errno !== 'ENOENT' && errno !== 'ENOTDIR') throw storageFailed('Writing', path, error);
  }
};

/** Mode 0644 whatever the umask. Throws path_refused, not_found (its directory), not_permitted, storage_failed. */
export const writePublicFile = async (given: string, text: string): Promise<void> => {
  const path = resolve(given);
  if (given.endsWith('/')) throw refused(`${path} is a directory.`);
  await checkTarget(path);
  // Not ending like the file itself, so that who reads *.prom never sees a half.
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    const handle = await open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    try {
      await handle.writeFile(text);
      await handle.chmod(0o644);
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'ENOENT' || errno === 'ENOTDIR') {
      throw new NetError('not_found', `The directory ${dirname(path)} does not exist.`, 'Make it first.', {
        cause: error,
      });
    }
    await unlink(temporary).catch((failure: unknown) => {
      // Not made, or on a file system that takes nothing any more: the first failure is the one to report.
      if (!['ENOENT', 'EROFS', 'EACCES', 'EPERM', 'EIO'].includes(errnoOf(failure) ?? '')) throw failure;
    });
    throw storageFailed('Writing', path, error);
  }
};
