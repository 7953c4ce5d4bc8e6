// Which processes hold which sockets, from /proc/PID/fd as far as this process may look, and what processes are called.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { errnoOf } from '../model/errors.ts';
import { plainText } from '../model/plain-text.ts';

/** Descriptors looked at: a host with more has its further sockets without an owner. */
const maxDescriptors = 500_000;
/** Looking is quicker on the main thread than by its pool; so long it may keep it from other work. */
const sliceMs = 4;

export interface SocketOwners {
  /** Pids in ascending order by the socket's inode. */
  byInode: ReadonlyMap<number, readonly number[]>;
  /** Processes whose descriptors are closed to this process. */
  denied: number;
  /** False: there were more descriptors than are looked at. */
  complete: boolean;
}

/** Processes and descriptors come and go while we look; those closed to us are counted by the caller. */
const unlessGone = <Value>(look: () => Value): Value | 'gone' | 'denied' => {
  try {
    return look();
  } catch (error) {
    const errno = errnoOf(error) ?? '';
    if (errno === 'EACCES' || errno === 'EPERM') return 'denied';
    if (errno === 'ENOENT' || errno === 'ESRCH') return 'gone';
    throw error;
  }
};

const pidsOf = (proc: string): number[] =>
  readdirSync(proc)
    .filter((name) => /^\d{1,10}$/.test(name))
    .map(Number)
    .sort((one, other) => one - other);

interface Holder {
  pid: number;
  /** The link in /proc by which it holds the socket. */
  path: string;
}

interface Look {
  holders: ReadonlyMap<number, readonly Holder[]>;
  denied: number;
  complete: boolean;
}

const socketInode = (link: string): number | undefined => {
  const digits = /^socket:\[(\d{1,15})\]$/.exec(link)?.[1];
  return digits === undefined ? undefined : Number(digits);
};

const lookAtAll = async (proc: string, signal: AbortSignal): Promise<Look> => {
  const holders = new Map<number, Holder[]>();
  let denied = 0;
  let left = maxDescriptors;
  let until = performance.now() + sliceMs;
  for (const pid of pidsOf(proc)) {
    const folder = `${proc}/${pid}/fd`;
    const descriptors = unlessGone(() => readdirSync(folder));
    if (descriptors === 'denied') denied += 1;
    if (typeof descriptors === 'string') continue;
    for (const descriptor of descriptors) {
      left -= 1;
      if (left < 0) return { holders, denied, complete: false };
      const path = `${folder}/${descriptor}`;
      const inode = socketInode(unlessGone(() => readlinkSync(path)));
      const known = inode === undefined ? undefined : holders.get(inode);
      if (inode !== undefined && known === undefined) holders.set(inode, [{ pid, path }]);
      else if (known !== undefined && known.at(-1)?.pid !== pid) known.push({ pid, path });
      if (left % 64 === 0 && performance.now() > until) {
        await nextTurn();
        signal.throwIfAborted();
        until = performance.now() + sliceMs;
      }
    }
  }
  return { holders, denied, complete: true };
};

export interface OwnerFinder {
  /** Begins to look unless the last look is recent, so that it is done while the sockets are listed; `find` takes what it gives. */
  prepare(signal: AbortSignal): Promise<Look> | undefined;
  /** The processes that hold these sockets now. */
  find(inodes: ReadonlySet<number>, signal: AbortSignal, prepared?: Promise<Look>): Promise<SocketOwners>;
}

/**
 * A caller that pages asks again and again: what the last look found is then only checked, link by link, and all descriptors are
 * looked at anew when one of the sockets is new or has changed hands, or after some seconds. `proc` is /proc unless this is a test.
 */
export const createOwnerFinder = (proc = '/proc', maxAgeMs = 5000): OwnerFinder => {
  let last: { look: Look; at: number; nobodys: ReadonlySet<number> } | undefined;
  const isRecent = (): boolean => last !== undefined && performance.now() - last.at < maxAgeMs;

  const stands = (inode: number): boolean => {
    const holders = last?.look.holders.get(inode);
    if (holders === undefined) return last?.nobodys.has(inode) === true;
    return holders.every(({ path }) => socketInode(unlessGone(() => readlinkSync(path))) === inode);
  };

  /** One that began before the sockets were listed may lack a new one. */
  const lookFor = async (inodes: readonly number[], signal: AbortSignal, prepared?: Promise<Look>): Promise<Look> => {
    const early = await prepared;
    const isEnough = early !== undefined && inodes.every((inode) => early.holders.has(inode));
    return isEnough ? early : lookAtAll(proc, signal);
  };

  return {
    prepare(signal) {
      if (isRecent()) return undefined;
      const look = lookAtAll(proc, signal);
      // Whoever asks for the owners gets the failure.
      look.catch(() => undefined);
      return look;
    },
    async find(wanted, signal, prepared) {
      const inodes = [...wanted];
      const known = isRecent() && inodes.every(stands) ? last?.look : undefined;
      const look = known ?? (await lookFor(inodes, signal, prepared));
      const held = new Map(
        inodes.flatMap((inode) => {
          const holders = look.holders.get(inode);
          return holders === undefined ? [] : [[inode, holders.map(({ pid }) => pid)] as const];
        }),
      );
      if (known === undefined) {
        last = { look, at: performance.now(), nobodys: new Set(inodes.filter((inode) => !held.has(inode))) };
      }
      return { byInode: held, denied: look.denied, complete: look.complete };
    },
  };
};

/** Of this host, for everyone in this process. */
export const socketOwners = createOwnerFinder();

/** The kernel's name of a process, which the process itself may choose; null when it is gone. */
export const processName = (pid: number, proc = '/proc'): string | null => {
  const text = unlessGone(() => readFileSync(`${proc}/${pid}/comm`, 'utf8'));
  return text === 'gone' || text === 'denied' ? null : plainText(text, 64);
};
