// One holder at a time, across processes: flock(2) on a file that is never deleted. It ends with its last holder, even by kill -9.
import { closeSync, constants, fstatSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { native } from '../host/native.ts';
import { holdersOf, identityOf, isAlive } from '../host/process-identity.ts';
import { shellQuote } from '../model/command.ts';
import { errnoOf, NetError } from '../model/errors.ts';
import { storageFailed } from './files.ts';

const pollMs = 20;

export interface Lock {
  /** To be passed on as ExecRequest.keepFd: the lock then stays held until the child has ended too. */
  fd: number;
  release(): void;
}

export interface LockOptions {
  /** How long to wait for another holder, in milliseconds; 0 tries once. */
  waitMs: number;
  signal: AbortSignal;
}

/** Takes the lock or throws `locked`, naming the holder. */
export const acquireLock = async (path: string, { waitMs, signal }: LockOptions): Promise<Lock> => {
  const { tryLock } = await native();
  const fd = openLockFile(path);
  try {
    const deadline = performance.now() + waitMs;
    while (!tryLock(fd)) {
      const left = deadline - performance.now();
      if (left <= 0) throw await heldBy(path);
      await sleep(Math.min(pollMs, left));
      if (signal.aborted) {
        throw new NetError('cancelled', 'Waiting for the lock was cancelled.', 'Call again if it is still wanted.');
      }
    }
    writeHolder(fd, path);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  let held = true;
  return {
    fd,
    release() {
      if (!held) return;
      held = false;
      // Only closed, never unlocked: LOCK_UN would also free it under a child that still runs.
      closeSync(fd);
    },
  };
};

const openLockFile = (path: string): number => {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK, 0o600);
  } catch (error) {
    throw errnoOf(error) === 'ELOOP' ? notOurs(path, error) : storageFailed('Opening the lock', path, error);
  }
  const found = fstatSync(fd);
  if (found.isFile() && found.uid === process.geteuid?.()) return fd;
  closeSync(fd);
  throw notOurs(path);
};

const notOurs = (path: string, cause?: unknown): NetError =>
  new NetError(
    'state_dir_refused',
    `The lock ${path} is not a file of the user netmcp runs as.`,
    `Check who put it there, then run: rm ${shellQuote(path)}`,
    { cause },
  );

const writeHolder = (fd: number, path: string): void => {
  try {
    ftruncateSync(fd, 0);
    writeSync(fd, `${JSON.stringify(identityOf(process.pid))}\n`, 0);
  } catch (error) {
    // The text serves the messages of others only, and a full disk must not keep us from undoing a change.
    if (errnoOf(error) !== 'ENOSPC') throw storageFailed('Writing the lock', path, error);
  }
};

const holderSchema = z.object({ pid: z.number().int().positive(), start_ticks: z.number() });

/** The holder that the file names; undefined when it names none (it was just being written, or the disk was full). */
const recordedHolder = (path: string): z.infer<typeof holderSchema> | undefined => {
  const text = readFileSync(path, 'utf8').trim();
  if (!/^\{[^{}]*\}$/.test(text)) return undefined;
  const parsed = holderSchema.safeParse(JSON.parse(text));
  return parsed.success ? parsed.data : undefined;
};

const heldBy = async (path: string): Promise<NetError> => {
  const holder = recordedHolder(path);
  if (holder !== undefined && isAlive(holder)) {
    return new NetError(
      'locked',
      `Another netmcp process (pid ${holder.pid}) is changing this network namespace.`,
      'Wait until it is done, then call again.',
      { details: { holder } },
    );
  }
  const open = await holdersOf(path);
  const pids = open.map(({ pid }) => pid).join(', ');
  return new NetError(
    'locked',
    `A netmcp process ended, but a command it had started still holds the lock ${path}${pids === '' ? '' : ` (open in pid ${pids})`}.`,
    'It ends by its own deadline: wait, then call again.',
    { details: { holders: open } },
  );
};
