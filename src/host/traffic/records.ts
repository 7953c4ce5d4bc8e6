// Records of what this process has put into the kernel that would outlive it: a file each, locked as long as the process lives, so that
// a later start tells what a dead process left behind from what a living one still uses.
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmdirSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errnoOf, NetError } from '../../model/errors.ts';
import { native } from '../native.ts';
import { recordRefused, storing } from './record-errors.ts';

/** Records of one kind and key at a time, all living processes together. */
const mostRecords = 64;
const lockWaitMs = 3000;
const lockPollMs = 3;
const largestRecord = 4096;

export interface Claim {
  /** 1 to 64; no other living record of this kind and key has it. */
  slot: number;
  /** What was written by a process that died with this very record; empty when there was none. */
  left: string;
  /** A longer text that was there is followed by spaces. */
  write(text: string): void;
  /** Removes the record. Once is enough. */
  release(): void;
  /** Leaves the record to whoever takes it next. Nothing after `release`. */
  letGo(): void;
}

export interface DeadRecord extends Claim {
  key: string;
}

/** Of the runtime directory of a namespace. It exists only while something is recorded. */
export const recordsFolder = (runtimeDir: string): string => join(runtimeDir, 'monitor');

const nameOf = (kind: string, key: string, slot: number): string => `${kind}-${key}-${slot}`;

const { O_RDWR, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants;

const openFile = (path: string, create: boolean): number | undefined => {
  try {
    return openSync(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | (create ? O_CREAT : 0), 0o600);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw recordRefused(path, error);
  }
};

const quietly = (work: () => void, ...expected: string[]): void => {
  try {
    work();
  } catch (error) {
    if (!expected.includes(errnoOf(error) ?? '')) throw error;
  }
};

/** Locked by us, or undefined: somebody living has it, or it has just been removed. */
const lock = async (path: string, create: boolean): Promise<number | undefined> => {
  const { tryLock } = await native();
  const fd = openFile(path, create);
  if (fd === undefined) return undefined;
  try {
    const found = fstatSync(fd);
    const own = found.isFile() && found.uid === process.geteuid?.();
    if (own && found.nlink > 0 && tryLock(fd) && fstatSync(fd).nlink > 0) return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  closeSync(fd);
  return undefined;
};

const claimOf = (folder: string, name: string, fd: number, slot: number): Claim => {
  const path = join(folder, name);
  let held = true;
  const letGo = (): void => {
    if (held) closeSync(fd);
    held = false;
  };
  return {
    slot,
    letGo,
    left: fstatSync(fd).size > largestRecord ? '' : readFileSync(fd, 'utf8'),
    write(text) {
      // In one piece, over what was there: a kill must not leave it cut off, nor a full disk.
      storing(path, () => writeSync(fd, text.padEnd(fstatSync(fd).size), 0));
    },
    release() {
      if (!held) return;
      quietly(() => {
        unlinkSync(path);
      }, 'ENOENT');
      letGo();
      quietly(
        () => {
          rmdirSync(folder);
        },
        'ENOTEMPTY',
        'EEXIST',
        'ENOENT',
      );
    },
  };
};

/** A link in its place would lead us to others' files. */
const checkFolder = (folder: string): void => {
  const found = lstatSync(folder, { throwIfNoEntry: false });
  if (found === undefined || (found.isDirectory() && found.uid === process.geteuid?.())) return;
  throw new NetError(
    'state_dir_refused',
    `${folder} is no directory of this user’s own.`,
    'Nothing in it was touched. Find out who put it there, and move it away.',
  );
};

/** A record of our own, to be written before the kernel is touched. Throws limit_exceeded when all places are taken. */
export const claimRecord = async (folder: string, kind: string, key: string): Promise<Claim> => {
  for (let slot = 1; slot <= mostRecords; slot += 1) {
    quietly(() => {
      storing(folder, () => {
        mkdirSync(folder, { mode: 0o700 });
      });
    }, 'EEXIST');
    checkFolder(folder);
    const name = nameOf(kind, key, slot);
    const fd = await lock(join(folder, name), true);
    if (fd !== undefined) return claimOf(folder, name, fd, slot);
  }
  throw new NetError(
    'limit_exceeded',
    `${mostRecords} measurements of this kind already run at interface ${key}.`,
    'Wait until one of them has ended.',
  );
};

export interface DeadRecords {
  records: DeadRecord[];
  /** Why one of them cannot be read, to be thrown once the others are settled. */
  refused: NetError | undefined;
}

/** The records of a kind whose processes have ended, held until each is released. */
export const deadRecords = async (folder: string, kind: string): Promise<DeadRecords> => {
  checkFolder(folder);
  const found: DeadRecords = { records: [], refused: undefined };
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return found;
    throw error;
  }
  for (const name of names.sort()) {
    const [, key, slot] = new RegExp(`^${kind}-(.+)-([0-9]{1,2})$`).exec(name) ?? [];
    if (key === undefined || slot === undefined) continue;
    try {
      const fd = await lock(join(folder, name), false);
      if (fd !== undefined) found.records.push({ key, ...claimOf(folder, name, fd, Number(slot)) });
    } catch (error) {
      if (!(error instanceof NetError)) throw error;
      found.refused ??= error;
    }
  }
  return found;
};

/** Alone among all processes of this namespace that do so. Throws locked after three seconds. */
export const alone = async <Value>(runtimeDir: string, work: () => Promise<Value>): Promise<Value> => {
  const path = join(runtimeDir, 'monitor.lock');
  const deadline = performance.now() + lockWaitMs;
  for (;;) {
    const fd = await lock(path, true);
    if (fd !== undefined) {
      try {
        return await work();
      } finally {
        closeSync(fd);
      }
    }
    if (performance.now() >= deadline) {
      throw new NetError(
        'locked',
        'Another netmcp process has been attaching or detaching a measurement for three seconds.',
        'Wait until it is done, then call again.',
      );
    }
    await sleep(lockPollMs);
  }
};
