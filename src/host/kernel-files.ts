// /proc and /sys: whole-file reads, and writes as one write(2), because the kernel parses each write on its own.
import { accessSync, constants, readFileSync } from 'node:fs';
import { access, open, readdir, readFile } from 'node:fs/promises';
import { normalize } from 'node:path';
import { errnoOf, NetError } from '../model/errors.ts';
import type { KernelFiles } from '../model/ports.ts';

const checked = (path: string): string => {
  if (normalize(path) === path && /^\/(proc|sys)(\/[^\0]+)?$/.test(path)) return path;
  throw new NetError(
    'path_refused',
    `'${path.slice(0, 200)}' is not a plain path below /proc or /sys.`,
    'Name a kernel file without . or .. in its path.',
  );
};

/** `net.ipv4.tcp_rmem` for a sysctl's file (a dot inside an interface name shows as `/`), else the path itself. */
const nameOf = (path: string): string =>
  path.startsWith('/proc/sys/')
    ? path.slice('/proc/sys/'.length).replaceAll(/[./]/g, (separator) => (separator === '/' ? '.' : '/'))
    : path;

const absent = (error: unknown): boolean => errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR';

const readFailed = (path: string, cause: unknown): NetError => {
  const errno = errnoOf(cause) ?? String(cause);
  const denied = errno === 'EACCES' || errno === 'EPERM';
  return new NetError(
    denied ? 'not_permitted' : 'missing_kernel_feature',
    `${nameOf(path)} could not be read (${errno}).`,
    denied ? 'Run netmcp as root.' : 'The kernel or driver does not tell this value now.',
    { cause, details: { errno } },
  );
};

const writeFailed = (path: string, text: string, cause: unknown, opened: boolean): NetError => {
  const name = nameOf(path);
  const value = text.length > 200 ? `${text.slice(0, 200)}...` : text;
  const errno = errnoOf(cause) ?? String(cause);
  const details = { errno, key: name };
  switch (errno) {
    case 'EINVAL':
    case 'ERANGE':
      return new NetError(
        'step_failed',
        `The kernel refuses '${value}' for ${name} (${errno}).`,
        'Give a value this kernel takes; get_card tells the range and what it needs.',
        { cause, details },
      );
    case 'EACCES':
    case 'EPERM':
      return new NetError(
        'not_permitted',
        `${name} may not be written by this process (${errno}).`,
        'Run netmcp as root; in a network namespace or container the host’s own keys are read-only and must be set on the host.',
        { cause, details },
      );
    case 'EROFS':
      return new NetError(
        'not_permitted',
        `${name} is on a read-only mount (EROFS).`,
        'Run netmcp on the host, or give its container a writable /proc/sys (docker run --privileged, or --sysctl for this key).',
        { cause, details },
      );
    case 'ENOENT':
    case 'ENOTDIR':
      return opened
        ? new NetError(
            'missing_kernel_feature',
            `The kernel does not know '${value}' for ${name} (ENOENT).`,
            'Load the module that brings it, or choose one the kernel lists as available.',
            { cause, details },
          )
        : new NetError(
            'missing_kernel_feature',
            `${name} does not exist on this host.`,
            'Load the module that brings it, or leave it out: this kernel or network namespace does not have it.',
            { cause, details },
          );
    default:
      return new NetError(
        'step_failed',
        `Writing '${value}' to ${name} failed (${errno}).`,
        'See the kernel’s log (dmesg) for the reason.',
        { cause, details },
      );
  }
};

const write = async (path: string, text: string): Promise<void> => {
  if (/[\0\n]/.test(text.replace(/\n$/, ''))) {
    throw new NetError(
      'invalid_argument',
      `The value for ${nameOf(path).slice(0, 200)} holds a line break or a NUL, which the kernel would cut it at.`,
      'Give the value on one line.',
    );
  }
  let opened = false;
  try {
    const handle = await open(checked(path), constants.O_WRONLY);
    opened = true;
    try {
      const bytes = Buffer.from(text, 'utf8');
      const { bytesWritten } = await handle.write(bytes);
      if (bytesWritten !== bytes.length) {
        throw new Error(`only ${bytesWritten} of ${bytes.length} bytes were taken`);
      }
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw error instanceof NetError ? error : writeFailed(path, text, error, opened);
  }
};

/**
 * Settings below /proc/sys are in memory and take the kernel microseconds; four trips through the thread pool for each would take
 * a plan's forty keys tens of milliseconds. /sys may wait for a driver or a lock, so it never is read on the main thread.
 */
const isImmediate = (path: string): boolean => path.startsWith('/proc/sys/');

export const createKernelFiles = (): KernelFiles => ({
  async read(path) {
    try {
      return isImmediate(path) ? readFileSync(checked(path), 'utf8') : await readFile(checked(path), 'utf8');
    } catch (error) {
      if (error instanceof NetError) throw error;
      if (absent(error)) return undefined;
      throw readFailed(path, error);
    }
  },
  write,
  async list(path) {
    try {
      return (await readdir(checked(path))).sort();
    } catch (error) {
      if (error instanceof NetError) throw error;
      if (absent(error)) return [];
      throw readFailed(path, error);
    }
  },
  async writable(path) {
    try {
      if (isImmediate(path)) accessSync(checked(path), constants.W_OK);
      else await access(checked(path), constants.W_OK);
      return true;
    } catch (error) {
      if (error instanceof NetError) throw error;
      return false;
    }
  },
});
