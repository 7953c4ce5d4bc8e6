// Opens a file so that what is read is what was checked, whoever moves files meanwhile: the descriptor is looked at, not the name.
import { constants, type BigIntStats } from 'node:fs';
import { lstat, open, readlink, realpath, stat, type FileHandle } from 'node:fs/promises';
import { errnoOf, fromUnknown, NetError } from '../../model/errors.ts';
import { shellQuote } from '../../model/command.ts';
import { plainText } from '../../model/plain-text.ts';
import { isInside } from './inside.ts';

const kindOf = (found: BigIntStats): string => {
  if (found.isDirectory()) return 'a folder';
  if (found.isFIFO()) return 'a named pipe';
  if (found.isSocket()) return 'a socket';
  if (found.isCharacterDevice() || found.isBlockDevice()) return 'a device';
  return 'no regular file';
};

const notRegular = (path: string, found: BigIntStats): NetError =>
  new NetError(
    'path_refused',
    `${plainText(path)} is ${kindOf(found)}.`,
    'Pass a file: captures are only read from regular files.',
  );

const moved = (path: string): NetError =>
  new NetError(
    'path_refused',
    `${plainText(path)} was put in another file's place while it was opened.`,
    'Call again once nobody moves it.',
  );

const user = (): string => (process.geteuid === undefined ? 'the user running netmcp' : `uid ${process.geteuid()}`);

const closedToUs = (path: string, { uid, mode }: BigIntStats, cause: unknown): NetError =>
  new NetError(
    'not_permitted',
    `${plainText(path)} belongs to uid ${uid} (mode ${(mode & 0o777n).toString(8).padStart(3, '0')}), and ${user()} may not read it.`,
    `As its owner or root: chmod o+r ${shellQuote(path)}`,
    { cause },
  );

/** What went wrong with a file that was there a moment ago; `found` is what was there. */
const cannotOpen = (path: string, error: unknown, found?: BigIntStats): NetError => {
  const errno = errnoOf(error);
  if ((errno === 'EACCES' || errno === 'EPERM') && found !== undefined) return closedToUs(path, found, error);
  if (errno === 'ENOENT') {
    return new NetError('not_found', `${plainText(path)} does not exist.`, 'Correct the path of the capture.', {
      cause: error,
    });
  }
  // The name has become a link, a device or a socket.
  if (errno === 'ELOOP' || errno === 'ENXIO' || errno === 'ENODEV') return moved(path);
  return fromUnknown(error);
};

const lookAt = async (path: string): Promise<BigIntStats> => {
  try {
    return await lstat(path, { bigint: true });
  } catch (error) {
    throw cannotOpen(path, error);
  }
};

/** Windows does not have all of them; what is undefined counts as 0. */
const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;

/** Where the descriptor's file stands now: asked from the kernel where it tells, else by its name again. */
const whereIs = async (file: FileHandle, real: string, held: BigIntStats): Promise<string> => {
  if (process.platform === 'linux') {
    try {
      return await readlink(`/proc/self/fd/${file.fd}`);
    } catch (error) {
      // Without /proc as good as elsewhere.
      if (errnoOf(error) !== 'ENOENT') throw error;
    }
  }
  const now = await realpath(real);
  const { dev, ino } = await stat(now, { bigint: true });
  if (dev !== held.dev || ino !== held.ino) throw moved(real);
  return now;
};

export interface Opened {
  file: FileHandle;
  found: BigIntStats;
}

/** Opens the file at a real path, below `roots`. Throws path_refused, not_found, not_permitted. */
export const openChecked = async (real: string, roots: readonly string[]): Promise<Opened> => {
  // Looked at before, since opening a device may already do something.
  const before = await lookAt(real);
  if (!before.isFile()) throw notRegular(real, before);
  let file: FileHandle;
  try {
    file = await open(real, flags);
  } catch (error) {
    throw cannotOpen(real, error, before);
  }
  try {
    const found = await file.stat({ bigint: true });
    if (!found.isFile()) throw notRegular(real, found);
    if (found.dev !== before.dev || found.ino !== before.ino) throw moved(real);
    if (!isInside(await whereIs(file, real, found), roots)) throw moved(real);
    return { file, found };
  } catch (error) {
    await file.close();
    throw error;
  }
};
