// Why a record of what outlives us cannot be kept: which file, and what to do about it.
import { shellQuote } from '../../model/command.ts';
import { errnoOf, NetError } from '../../model/errors.ts';

const kinds: Readonly<Record<string, string>> = {
  ELOOP: 'a symbolic link',
  EISDIR: 'a directory',
  ENXIO: 'a socket or a device',
};

/** The file system's refusal: there is no room, or nobody may write to it; anything else is not ours to explain. */
const notStored = (path: string, cause: unknown): NetError | undefined => {
  const errno = errnoOf(cause) ?? '';
  if (errno === 'ENOSPC' || errno === 'EDQUOT' || errno === 'EROFS' || errno === 'EIO') {
    return new NetError(
      'storage_failed',
      `${path}, which tells a later start what to remove after a kill, cannot be written (${errno}).`,
      errno === 'EROFS'
        ? 'Remount its file system writable.'
        : 'Free space on its file system (df and df -i show how much there is), then call again.',
      { cause },
    );
  }
  return undefined;
};

/** `cause`: of opening it. Without an errno it is a fault and comes back as it is. */
export const recordRefused = (path: string, cause: unknown): unknown => {
  const errno = errnoOf(cause) ?? '';
  const kind = kinds[errno];
  if (kind !== undefined) {
    return new NetError(
      'state_dir_refused',
      `${path} is ${kind}, where netmcp keeps a file of its own.`,
      `It was not touched. Look at what it is, then run: rm -r ${shellQuote(path)}`,
      { cause },
    );
  }
  if (errno === 'EACCES' || errno === 'EPERM') {
    return new NetError(
      'state_dir_refused',
      `${path} cannot be opened by this user (${errno}).`,
      `Look at who it belongs to, then run: rm ${shellQuote(path)}`,
      { cause },
    );
  }
  return notStored(path, cause) ?? cause;
};

/** Does what writes there. Throws storage_failed where there is no room. */
export const storing = (path: string, write: () => unknown): void => {
  try {
    write();
  } catch (error) {
    throw notStored(path, error) ?? error;
  }
};
