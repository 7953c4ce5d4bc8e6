// How much this process has under way at once over all calls together, so that no number of calls uses up its file descriptors. Places
// are given in turn to the calls that wait, and nobody takes more than are left free, so that a newcomer finds some.
import { readFile } from 'node:fs/promises';

export interface Share {
  /** Resolves with what gives the place back. Rejects with the signal's reason. */
  acquire(signal: AbortSignal): Promise<() => void>;
}

export interface Limiter {
  /** Places in all, and places taken. */
  readonly places: number;
  taken(): number;
  /** The part of one call, which takes `most` at once at most. */
  share(most: number): Share;
}

interface Waiter {
  grant: () => void;
}

interface Queue {
  most: number;
  taken: number;
  waiting: Set<Waiter>;
}

const reasonOf = (signal: AbortSignal): Error =>
  signal.reason instanceof Error ? signal.reason : new Error('aborted', { cause: signal.reason });

export const createLimiter = (places: number): Limiter => {
  /** Those that wait, whose turn is next first. */
  const turns = new Set<Queue>();
  let taken = 0;

  const may = (queue: Queue): boolean => queue.taken < Math.min(queue.most, places - taken);

  const grantOne = (): boolean => {
    for (const queue of turns) {
      const [waiter] = queue.waiting;
      if (waiter === undefined || !may(queue)) continue;
      turns.delete(queue);
      queue.waiting.delete(waiter);
      if (queue.waiting.size > 0) turns.add(queue);
      waiter.grant();
      return true;
    }
    return false;
  };
  const grantAll = (): void => {
    while (taken < places && grantOne());
  };

  const take = (queue: Queue): (() => void) => {
    let held = true;
    queue.taken += 1;
    taken += 1;
    return () => {
      if (!held) return;
      held = false;
      queue.taken -= 1;
      taken -= 1;
      grantAll();
    };
  };

  const acquire = (queue: Queue, signal: AbortSignal): Promise<() => void> =>
    new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(reasonOf(signal));
        return;
      }
      const waiter: Waiter = {
        grant: () => {
          signal.removeEventListener('abort', giveUp);
          resolve(take(queue));
        },
      };
      const giveUp = (): void => {
        queue.waiting.delete(waiter);
        if (queue.waiting.size === 0) turns.delete(queue);
        reject(reasonOf(signal));
      };
      signal.addEventListener('abort', giveUp, { once: true });
      queue.waiting.add(waiter);
      turns.add(queue);
      grantAll();
    });

  return {
    places,
    taken: () => taken,
    share: (most) => {
      const queue: Queue = { most, taken: 0, waiting: new Set() };
      return { acquire: (signal) => acquire(queue, signal) };
    },
  };
};

/** The soft limit of open files in the text of /proc/PID/limits. */
export const openFilesOf = (limits: string): number | undefined => {
  const soft = /^Max open files +(\d{1,15}|unlimited)\b/m.exec(limits)?.[1];
  return soft === 'unlimited' ? Infinity : soft === undefined ? undefined : Number(soft);
};

/** What POSIX systems commonly allow. */
const usualOpenFiles = 1024;

/** So many places, or the part of the process's open files if that is less; never fewer than `least`. */
const limiterWithin = async (most: number, part: number, least: number): Promise<Limiter> => {
  // Without /proc the usual limit is as good a guess as any.
  const limits = await readFile('/proc/self/limits', 'utf8').catch(() => '');
  return createLimiter(Math.min(most, Math.max(least, Math.floor((openFilesOf(limits) ?? usualOpenFiles) * part))));
};

let connections: Promise<Limiter> | undefined;
let questions: Promise<Limiter> | undefined;

/** TCP connections under way of all port scans. */
export const scanConnections = (): Promise<Limiter> => (connections ??= limiterWithin(2048, 1 / 4, 64));

/** DNS questions under way, each with one socket at a time. */
export const dnsQuestions = (): Promise<Limiter> => (questions ??= limiterWithin(512, 1 / 8, 32));
