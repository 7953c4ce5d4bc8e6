// One running call: its abort switch, its latest progress and its end, apart from whoever is waiting for it.
import { setMaxListeners } from 'node:events';
import { NetError } from '../../model/errors.ts';
import type { Call, ClientInfo, Result } from '../define.ts';

export interface Progress {
  done: number;
  total: number | null;
  message: string;
}

export interface Execution {
  operation: string;
  settled: Promise<Result>;
  latest(): Progress;
  /** Who is told of progress from now on; undefined for nobody. */
  onProgress(listener: ((progress: Progress) => void) | undefined): void;
  /** The reason becomes the error of the call, if it ends because of it. */
  abort(reason: NetError): void;
}

interface Start {
  operation: string;
  client: ClientInfo;
  timeoutSeconds: number;
  run: (call: Call) => Promise<Result>;
}

const timeUp = (operation: string, seconds: number): NetError =>
  new NetError(
    'timeout',
    `${operation} did not end within ${seconds} s.`,
    'Ask for less (fewer targets, a smaller count or time), or look at what slows the host.',
  );

/** Starts at once. After an abort the operation still ends in its own time: a change rolls back before it answers. */
export const startExecution = ({ operation, client, timeoutSeconds, run }: Start): Execution => {
  const controller = new AbortController();
  // A batch waits for it a thousand times; Node would warn of the eleventh on standard error.
  setMaxListeners(0, controller.signal);
  let latest: Progress = { done: 0, total: null, message: '' };
  let listener: ((progress: Progress) => void) | undefined;
  let reason: NetError | undefined;

  const abort = (because: NetError): void => {
    reason ??= because;
    controller.abort(because);
  };
  const timer = setTimeout(() => {
    abort(timeUp(operation, timeoutSeconds));
  }, timeoutSeconds * 1000);
  timer.unref();

  const progress = (done: number, total: number | null, message: string): void => {
    latest = { done, total, message };
    listener?.(latest);
  };

  const work = async (): Promise<Result> => {
    try {
      return await run({ signal: controller.signal, progress, client });
    } catch (error) {
      // An operation that stopped because it was told to reports why it was told, unless it has something worse to say.
      const stopped = error === reason || (error instanceof Error && error.name === 'AbortError');
      const cancelled = error instanceof NetError && error.code === 'cancelled';
      throw reason !== undefined && (stopped || cancelled) ? reason : error;
    } finally {
      clearTimeout(timer);
    }
  };
  const settled = work();
  // The waiter may have left (a job nobody asks about again); its end is still recorded by whoever attached.
  settled.catch(() => undefined);
  return {
    operation,
    settled,
    latest: () => latest,
    onProgress: (next) => {
      listener = next;
    },
    abort,
  };
};
