// From what a caller wrote to the file that is really meant: absolute, without links, inside the roots. What lies outside is never told apart.
import { lstat, realpath } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, resolve } from 'node:path';
import { errnoOf, NetError } from '../../model/errors.ts';
import { plainText } from '../../model/plain-text.ts';
import { isInside, outside } from './inside.ts';

/** C0, DEL and C1: no file is meant by them. */
const control = /\p{Cc}/u;

/** `\\\\server\\share`, `\\\\.\\pipe\\name`: looking at them already asks another machine or a device. */
const windowsOnly = /^[\\/]{2}/;

/** Absolute, with `~` replaced; relative paths count from the current folder. Throws invalid_argument, path_refused. */
export const absolutePath = (filePath: string, folders: readonly string[]): string => {
  if (filePath === '' || control.test(filePath)) {
    throw new NetError(
      'invalid_argument',
      'The path of the capture is empty or holds control characters.',
      'Pass the path of a file.',
    );
  }
  if (process.platform === 'win32' && windowsOnly.test(filePath)) throw outside(filePath, folders);
  return /^~(?:$|[\\/])/.test(filePath) ? resolve(homedir(), `.${filePath.slice(1)}`) : resolve(filePath);
};

const unreachable = ['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'ENAMETOOLONG', 'ELOOP'];

const exists = async (path: string): Promise<boolean> => {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (unreachable.includes(errnoOf(error) ?? '')) return false;
    throw error;
  }
};

/** The real path of the nearest folder above that can be resolved; undefined where a link leads nowhere. */
const nearest = async (path: string): Promise<string | undefined> => {
  for (let at = path; ; at = dirname(at)) {
    try {
      return await realpath(at);
    } catch (error) {
      if (!unreachable.includes(errnoOf(error) ?? '')) throw error;
      // It is there and leads nowhere, or it is a loop: where it would lead is not for us to tell.
      if (await exists(at)) return undefined;
      if (at === dirname(at)) return undefined;
    }
  }
};

/** Why a path could not be resolved: nothing is said of what lies outside the roots. */
const unresolved = async (path: string, roots: readonly string[], folders: readonly string[], error: unknown) => {
  const above = await nearest(path);
  if (above === undefined || !isInside(above, roots)) return outside(path, folders);
  const errno = errnoOf(error);
  if (errno === 'EACCES' || errno === 'EPERM') {
    return new NetError(
      'not_permitted',
      `${plainText(path)} cannot be reached: a folder above it is closed to the user running netmcp.`,
      `Open the folders above it (chmod o+x FOLDER), or run netmcp as a user who may enter them.`,
      { cause: error },
    );
  }
  return new NetError('not_found', `${plainText(path)} does not exist.`, 'Correct the path of the capture.', {
    cause: error,
  });
};

/** The real path. Throws path_refused (outside, or a link out), not_found, not_permitted. */
export const realCapturePath = async (
  path: string,
  roots: readonly string[],
  folders: readonly string[],
): Promise<string> => {
  let real: string;
  try {
    real = await realpath(path);
  } catch (error) {
    throw await unresolved(path, roots, folders, error);
  }
  if (!isInside(real, roots)) throw outside(path, folders);
  return real;
};
