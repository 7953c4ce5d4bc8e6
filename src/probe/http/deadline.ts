// A time limit that nothing the work does or fails to do can put off: its own timer ends the wait, and keeps the process alive until then.

export interface Limits<Late> {
  timeoutMs: number;
  /** The caller's cancellation. */
  signal: AbortSignal;
  /** What it comes to when the time is over. */
  late: Late;
}

/** The work's result or error, `late`, or the reason of the signal, whichever is first; then the work's own signal is aborted. */
export const withDeadline = <Result, Late>(
  work: (signal: AbortSignal) => Promise<Result>,
  { timeoutMs, signal, late }: Limits<Late>,
): Promise<Result | Late> =>
  new Promise((resolve, reject) => {
    const stop = new AbortController();
    const end = (settle: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', cancel);
      settle();
      stop.abort();
    };
    const fail = (error: unknown): void => {
      end(() => {
        reject(error instanceof Error ? error : new Error('aborted', { cause: error }));
      });
    };
    const cancel = (): void => {
      fail(signal.reason);
    };
    const timer = setTimeout(() => {
      end(() => {
        resolve(late);
      });
    }, timeoutMs);
    signal.addEventListener('abort', cancel, { once: true });
    if (signal.aborted) {
      cancel();
      return;
    }
    work(stop.signal).then((result) => {
      end(() => {
        resolve(result);
      });
    }, fail);
  });
