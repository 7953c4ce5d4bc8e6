// Files being read at the same time: each pass has an engine of its own, so only so many go on at once and further ones wait their turn.
import { fromUnknown } from '../model/errors.ts';

/** Waits for a turn and answers with the way to end it. Throws the signal's reason when that comes first. */
export type TakeTurn = (signal: AbortSignal) => Promise<() => void>;

export const createTurns = (atOnce: number): TakeTurn => {
  let free = atOnce;
  const queue: (() => void)[] = [];
  const end = (): void => {
    const next = queue.shift();
    if (next === undefined) free += 1;
    else next();
  };
  const queued = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const leave = (): void => {
        queue.splice(queue.indexOf(begin), 1);
        reject(fromUnknown(signal.reason));
      };
      const begin = (): void => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      signal.addEventListener('abort', leave, { once: true });
      queue.push(begin);
    });
  return async (signal) => {
    signal.throwIfAborted();
    if (free > 0) free -= 1;
    else await queued(signal);
    return end;
  };
};

/** Passes of this process; two keep both the disk and a core busy. */
export const takeTurn = createTurns(2);
