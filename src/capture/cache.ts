// What was read of a few files, kept for the next question on them, bounded in number, bytes and time. Questions asked at once share one pass.
import { fromUnknown } from '../model/errors.ts';
import type { CaptureSource } from '../model/ports.ts';
import { engineMemoryBytes } from './engine/engine.ts';
import type { ReadCapture, ReadOptions } from './read.ts';

export interface Bounds {
  entries: number;
  /** Of engines' memory, in all. */
  bytes: number;
  /** Milliseconds without a question after which everything is forgotten. */
  idleMs: number;
}

/** One analysis of the largest size fits. */
export const usualBounds: Bounds = { entries: 4, bytes: engineMemoryBytes, idleMs: 600_000 };

type Progress = NonNullable<ReadOptions['progress']>;

/** A pass over a file that somebody waits for. */
interface Pass {
  read: Promise<ReadCapture>;
  stop: AbortController;
  waiting: Set<Progress | undefined>;
}

export interface AnalysisCache {
  /** Takes the source over: it is closed, whatever happens. `signal` ends the waiting, and the pass once nobody waits. */
  get(source: CaptureSource, options: ReadOptions): Promise<ReadCapture>;
}

/** The pass's answer, or the signal's reason thrown as soon as it aborts. */
const orAborted = async (read: Promise<ReadCapture>, signal: AbortSignal): Promise<ReadCapture> => {
  let leave = (): void => undefined;
  const left = new Promise<'left'>((resolve) => {
    leave = () => {
      resolve('left');
    };
  });
  signal.addEventListener('abort', leave, { once: true });
  if (signal.aborted) leave();
  try {
    const first = await Promise.race([read, left]);
    if (first === 'left') throw fromUnknown(signal.reason);
    return first;
  } finally {
    signal.removeEventListener('abort', leave);
  }
};

export const createAnalysisCache = (
  read: (source: CaptureSource, options: ReadOptions) => Promise<ReadCapture>,
  bounds: Bounds = usualBounds,
): AnalysisCache => {
  /** The least recently asked for first. */
  const kept = new Map<string, ReadCapture>();
  const passes = new Map<string, Pass>();
  let forgetting: NodeJS.Timeout | undefined;

  const bytes = (): number => [...kept.values()].reduce((sum, { engine }) => sum + engine.exports.memoryTaken(), 0);

  const keep = (key: string, found: ReadCapture): void => {
    kept.delete(key);
    kept.set(key, found);
    for (const oldest of kept.keys()) {
      if (kept.size <= bounds.entries && bytes() <= bounds.bytes) break;
      kept.delete(oldest);
    }
    clearTimeout(forgetting);
    forgetting = setTimeout(() => {
      kept.clear();
    }, bounds.idleMs);
    forgetting.unref();
  };

  const start = (key: string, source: CaptureSource, maxPackets: number | undefined): Pass => {
    const stop = new AbortController();
    const waiting = new Set<Progress | undefined>();
    const work = async (): Promise<ReadCapture> => {
      try {
        const progress: Progress = (...what) => {
          for (const tell of waiting) tell?.(...what);
        };
        const found = await read(source, { maxPackets, signal: stop.signal, progress });
        keep(key, found);
        return found;
      } finally {
        if (passes.get(key)?.stop === stop) passes.delete(key);
        await source.close();
      }
    };
    const pass = { read: work(), stop, waiting };
    // Whoever waits is told; that nobody does any more is no fault.
    pass.read.catch(() => undefined);
    passes.set(key, pass);
    return pass;
  };

  const wait = async (key: string, pass: Pass, { signal, progress }: ReadOptions): Promise<ReadCapture> => {
    const mine: Progress = (...what) => progress?.(...what);
    pass.waiting.add(mine);
    try {
      return await orAborted(pass.read, signal);
    } finally {
      pass.waiting.delete(mine);
      if (pass.waiting.size === 0) {
        pass.stop.abort(signal.reason);
        if (passes.get(key) === pass) passes.delete(key);
      }
    }
  };

  /** Kept, or from a pass under way; undefined when it must be read. */
  const known = (key: string, options: ReadOptions): Promise<ReadCapture> | undefined => {
    const found = kept.get(key);
    if (found !== undefined) {
      keep(key, found);
      return Promise.resolve(found);
    }
    const running = passes.get(key);
    return running === undefined ? undefined : wait(key, running, options);
  };

  return {
    get: async (source, options) => {
      if (options.signal.aborted) {
        await source.close();
        throw fromUnknown(options.signal.reason);
      }
      const key = `${source.identity} ${options.maxPackets ?? 'all'}`;
      const answer = known(key, options);
      if (answer === undefined) return wait(key, start(key, source, options.maxPackets), options);
      const [found] = await Promise.all([answer, source.close()]);
      return found;
    },
  };
};
