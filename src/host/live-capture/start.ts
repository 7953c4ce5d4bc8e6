// Waiting for tcpdump to begin: what came first, and the error that it is where packets are not taken.
import type { Readable } from 'node:stream';
import { NetError } from '../../model/errors.ts';
import type { LiveCaptureRequest } from '../../model/live-capture.ts';
import { startFailure } from './failures.ts';

const startTimeoutMs = 10_000;

export type Beginning = 'listening' | 'over' | 'timeout' | 'cancelled';

interface Starting {
  stderr: Readable | null;
  /** All of its words so far. */
  said: () => string;
  /** Resolves once it is gone. */
  over: Promise<void>;
}

/** `listening` once packets are being taken. */
export const untilListening = async ({ stderr, said, over }: Starting, cancelled: AbortSignal): Promise<Beginning> => {
  const waiting = new AbortController();
  const listening = new Promise<Beginning>((resolve) => {
    const look = (): void => {
      if (said().includes('listening on ')) resolve('listening');
    };
    stderr?.on('data', look);
    waiting.signal.addEventListener('abort', () => stderr?.off('data', look));
  });
  const gaveUp = new Promise<Beginning>((resolve) => {
    const timer = setTimeout(() => {
      resolve('timeout');
    }, startTimeoutMs);
    waiting.signal.addEventListener('abort', () => {
      clearTimeout(timer);
    });
    const leave = (): void => {
      resolve('cancelled');
    };
    cancelled.addEventListener('abort', leave, { once: true, signal: waiting.signal });
    if (cancelled.aborted) leave();
  });
  try {
    return await Promise.race([listening, over.then((): Beginning => 'over'), gaveUp]);
  } finally {
    waiting.abort();
  }
};

/** Why it does not listen. */
export const notListening = (beginning: Beginning, said: string, request: LiveCaptureRequest): NetError => {
  if (beginning === 'over') return startFailure(said, request);
  if (beginning === 'cancelled')
    return new NetError(
      'cancelled',
      'The call was cancelled before packets were taken.',
      'Call again if it is wanted.',
    );
  return new NetError(
    'timeout',
    `tcpdump was not ready within ${startTimeoutMs / 1000} s.`,
    `The machine may be busy: try again, or by hand: tcpdump -i ${request.iface} -c 1`,
  );
};
