// At most so many pieces of work at a time; the others wait their turn, and leave the queue when their call is cancelled.
import { NetError } from '../../model/errors.ts';

export type Turns = <Value>(work: () => Promise<Value>, signal: AbortSignal | undefined) => Promise<Value>;

export const cancellation = (signal: AbortSignal): NetError =>
  signal.reason instanceof NetError
    ? signal.reason
    : new NetError('cancelled', 'The call was cancelled.', 'Call again if the answer is still wanted.');

export const createTurns = (max: number): Turns => {
  const waiting = new Set<() => void>();
  let running = 0;

  const enter = (signal: AbortSignal | undefined): Promise<void> =>
    new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(cancellation(signal));
        return;
      }
      if (running < max) {
        running += 1;
        resolve();
        return;
      }
      const quit = (): void => {
        waiting.delete(go);
        if (signal !== undefined) reject(cancellation(signal));
      };
      const go = (): void => {
        signal?.removeEventListener('abort', quit);
        resolve();
      };
      waiting.add(go);
      signal?.addEventListener('abort', quit, { once: true });
    });

  /** Whoever leaves hands the place on. */
  const leave = (): void => {
    const [next] = waiting;
    if (next === undefined) {
      running -= 1;
      return;
    }
    waiting.delete(next);
    next();
  };

  return async (work, signal) => {
    await enter(signal);
    try {
      return await work();
    } finally {
      leave();
    }
  };
};
