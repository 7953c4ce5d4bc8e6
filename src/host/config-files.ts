// Reads other managers' configuration: only regular files of bounded size, and nothing that is wrong with one stops the rest.
import { closeSync, constants, fstatSync, openSync, readdirSync, readSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf } from '../model/errors.ts';
import type { ConfigFiles } from '../model/ports.ts';

const fileCap = 256 * 1024;
const totalCap = 8 * 1024 * 1024;
const entryCap = 1000;
const warningCap = 100;

/** Text of a file as it may be shown: no control or invisible characters, bounded. */
export const shown = (text: string, length = 300): string => {
  const plain = text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ').trim();
  return plain.length > length ? `${plain.slice(0, length)}...` : plain;
};

/** Node opens with O_CLOEXEC by itself. O_NONBLOCK: a FIFO put in a file's place since it was looked at does not hang us. */
const openFlags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;

const nullDevice = 0x103;

/** One buffer for all files: what is read is copied out as text before the next. */
const buffer = Buffer.alloc(fileCap + 1);

const readAll = (descriptor: number): number => {
  let length = 0;
  while (length < buffer.length) {
    const count = readSync(descriptor, buffer, length, buffer.length - length, null);
    if (count === 0) break;
    length += count;
  }
  return length;
};

const isAbsent = (error: unknown): boolean => ['ENOENT', 'ENOTDIR'].includes(errnoOf(error) ?? '');

export const createConfigFiles = (root: string): ConfigFiles => {
  const warnings: string[] = [];
  let total = 0;

  const warn = (message: string): void => {
    const text = shown(message, 400);
    if (warnings.length < warningCap && !warnings.includes(text)) warnings.push(text);
    else if (warnings.length === warningCap) warnings.push('There are more warnings than are listed here.');
  };

  /** Runs one look at the file system; absent is undefined, every other errno becomes a warning. */
  const look = <Result>(path: string, action: (real: string) => Result): Result | undefined => {
    try {
      return action(join(root, path));
    } catch (error) {
      const errno = errnoOf(error);
      if (errno === undefined) throw error;
      if (!isAbsent(error)) warn(`${path} could not be read (${errno}).`);
      return undefined;
    }
  };

  const readOpen = (path: string, descriptor: number): string | undefined => {
    if (!fstatSync(descriptor).isFile()) {
      warn(`${path} was skipped: it is not a regular file.`);
      return undefined;
    }
    const length = readAll(descriptor);
    total += length;
    if (length > fileCap) warn(`${path} was skipped: it is larger than ${fileCap / 1024} KiB.`);
    else if (total > totalCap) warn(`${path} was skipped: there is more than ${totalCap / 1048576} MiB to read.`);
    else if (buffer.subarray(0, length).includes(0)) warn(`${path} was skipped: it is not a text file.`);
    else return buffer.toString('utf8', 0, length);
    return undefined;
  };

  const read = (path: string): string | undefined =>
    look(path, (real) => {
      const stat = statSync(real);
      if (stat.isCharacterDevice() && stat.rdev === nullDevice) return '';
      if (!stat.isFile() || stat.size > fileCap) {
        warn(
          `${path} was skipped: it is ${stat.isFile() ? `larger than ${fileCap / 1024} KiB` : 'not a regular file'}.`,
        );
        return undefined;
      }
      const descriptor = openSync(real, openFlags);
      try {
        return readOpen(path, descriptor);
      } finally {
        closeSync(descriptor);
      }
    });

  const list = (folder: string, suffix: string): string[] => {
    const names = look(folder, (real) => readdirSync(real)) ?? [];
    const found = names.filter((name) => name.endsWith(suffix)).sort();
    if (found.length > entryCap) warn(`${folder} holds ${found.length} files: only the first ${entryCap} were read.`);
    return found.slice(0, entryCap).map((name) => `${folder}/${name}`);
  };

  const layered = (folders: readonly string[], suffix: string): string[] => {
    const byName = new Map<string, string>();
    for (const folder of folders) {
      for (const path of list(folder, suffix)) {
        const name = path.slice(folder.length + 1);
        if (!byName.has(name)) byName.set(name, path);
      }
    }
    return [...byName.keys()].sort().flatMap((name) => byName.get(name) ?? []);
  };

  return {
    warnings,
    warn,
    read,
    list,
    layered,
    exists: (path) => look(path, (real) => statSync(real)) !== undefined,
    same(one, other) {
      const [first, second] = [one, other].map((path) => look(path, (real) => realpathSync(real)));
      return first !== undefined && first === second;
    },
  };
};
