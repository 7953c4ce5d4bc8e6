// The directories we keep things in: ours alone (mode 0700, our uid, no symlink), or refused with the exact fix.
import { constants } from 'node:fs';
import { access, lstat, mkdir, realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { shellQuote } from '../model/command.ts';
import { errnoOf, NetError } from '../model/errors.ts';

/** Where state is kept unless told otherwise: /var/lib/netmcp for root, else the XDG state directory. */
export const defaultStateDir = (env: Readonly<Record<string, string | undefined>>, uid: number): string => {
  if (uid === 0) return '/var/lib/netmcp';
  const xdg = env['XDG_STATE_HOME'];
  // The XDG specification says that a relative path is to be ignored.
  if (xdg?.startsWith('/') === true) return join(xdg, 'netmcp');
  const home = env['HOME'];
  if (home?.startsWith('/') === true) return join(home, '.local/state/netmcp');
  throw new NetError(
    'state_dir_refused',
    'There is no place for netmcp’s state: neither XDG_STATE_HOME nor HOME names an absolute path.',
    'Set HOME, or pass --state-dir with a directory of your own.',
  );
};

export const defaultRuntimeRoot = '/run/netmcp';

const refused = (message: string, hint: string, cause?: unknown): NetError =>
  new NetError('state_dir_refused', message, hint, { cause });

const effectiveUid = (): number => process.geteuid?.() ?? 0;

/** Creates the directory (0700) and its parents (0755) where missing, checks it, and returns its real path. */
export const openOwnedDirectory = async (path: string): Promise<string> => {
  if (!path.startsWith('/') || path.includes('\0')) {
    throw refused(`The directory '${path.slice(0, 200)}' is not an absolute path.`, 'Give an absolute path.');
  }
  const wanted = resolve(path);
  const parent = await openParent(dirname(wanted));
  const real = join(parent, basename(wanted));
  await make(real, 0o700);
  await check(real);
  return real;
};

const openParent = async (path: string): Promise<string> => {
  try {
    await mkdir(path, { recursive: true, mode: 0o755 });
    const real = await realpath(path);
    await checkAncestors(real);
    return real;
  } catch (error) {
    throw error instanceof NetError ? error : cannotMake(path, error);
  }
};

/** Whoever may rename an ancestor could put another directory in our place. */
const checkAncestors = async (path: string): Promise<void> => {
  const { mode } = await lstat(path);
  const othersWrite = (mode & 0o002) !== 0;
  const sticky = (mode & 0o1000) !== 0;
  if (othersWrite && !sticky) {
    throw refused(
      `Every user can write in ${path}, so what netmcp keeps below it could be replaced.`,
      `Run: chmod o-w ${shellQuote(path)}`,
    );
  }
  if (path !== '/') await checkAncestors(dirname(path));
};

const make = async (path: string, mode: number): Promise<void> => {
  try {
    await mkdir(path, { mode });
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw cannotMake(path, error);
  }
};

const check = async (path: string): Promise<void> => {
  const found = await lstat(path);
  const quoted = shellQuote(path);
  if (found.isSymbolicLink()) {
    throw refused(`${path} is a symbolic link.`, `Name the directory itself, or run: rm ${quoted}`);
  }
  if (!found.isDirectory()) {
    throw refused(`${path} is not a directory.`, `Move it away, or run: rm ${quoted}`);
  }
  const uid = effectiveUid();
  if (found.uid !== uid) {
    throw refused(
      `${path} belongs to uid ${found.uid}, but netmcp runs as uid ${uid}.`,
      `Check what is in it, then run: chown -R ${uid} ${quoted}`,
    );
  }
  if ((found.mode & 0o077) !== 0) {
    throw refused(
      `${path} is open to other users (mode ${(found.mode & 0o777).toString(8).padStart(4, '0')}).`,
      `Check what is in it, then run: chmod 700 ${quoted}`,
    );
  }
};

const cannotMake = (path: string, cause: unknown): NetError => {
  const errno = errnoOf(cause) ?? String(cause);
  if (errno === 'EACCES' || errno === 'EPERM') {
    return new NetError(
      'not_permitted',
      `${path} cannot be created or opened by this user (${errno}).`,
      'Run netmcp as root, or pass --state-dir with a directory of your own.',
      { cause },
    );
  }
  if (errno === 'EROFS' || errno === 'ENOSPC' || errno === 'EDQUOT') {
    return new NetError(
      'storage_failed',
      `${path} cannot be created (${errno}).`,
      errno === 'EROFS' ? 'Remount its file system writable, or pass --state-dir.' : 'Free space on its file system.',
      { cause },
    );
  }
  return refused(`${path} cannot be created or opened (${errno}).`, 'Pass --state-dir with another directory.', cause);
};

const lockClosed = (root: string, errno: string, cause: unknown): NetError =>
  new NetError(
    'not_permitted',
    `The change lock lies in ${root}, which this process cannot write (${errno}).`,
    'Run netmcp as root; inside `unshare -Urnm`, first run: mount -t tmpfs tmpfs /run',
    { cause },
  );

/** Root may open whatever is there; for anybody else, a root of another user is no fault of its owner. */
const checkReachable = async (root: string): Promise<void> => {
  try {
    await access(root, constants.W_OK | constants.X_OK);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'EACCES' || errno === 'EPERM' || errno === 'EROFS') throw lockClosed(root, errno, error);
    if (errno !== 'ENOENT') throw refused(`${root} cannot be opened (${errno ?? String(error)}).`, 'Remove it.', error);
  }
};

/** The runtime directory of one network namespace, given `Identity.netns`: the change lock and sockets of all users of this host. */
export const openRuntimeDirectory = async (netns: string, root: string = defaultRuntimeRoot): Promise<string> => {
  await checkReachable(root);
  try {
    return await openOwnedDirectory(join(await openOwnedDirectory(root), netns.replaceAll(/[^A-Za-z0-9]/g, '-')));
  } catch (error) {
    const errno = error instanceof NetError ? errnoOf(error.cause) : undefined;
    if (errno !== 'EACCES' && errno !== 'EPERM' && errno !== 'EROFS') throw error;
    throw lockClosed(root, errno, error);
  }
};
