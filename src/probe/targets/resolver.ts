// What resolves names for the guard, the time a look-up may take, and the C library's own resolver (getaddrinfo).
import { lookup } from 'node:dns/promises';
import { errnoOf, NetError } from '../../model/errors.ts';
import type { IpVersion } from '../../model/probe.ts';
import { cancellation, createTurns } from './turns.ts';

/** One look-up's time and end. The clock runs while it is under way, and stands while it waits for its turn. */
export interface Look {
  /** Aborts when the caller cancels and when the time is up. */
  signal: AbortSignal;
  timeoutMs: number;
  hold(): void;
  /** Gives the whole time anew. */
  start(): void;
}

/** Addresses in the order of preference. Throws not_found when there is none. */
export type Resolver = (name: string, family: IpVersion | undefined, look: Look) => Promise<readonly string[]>;

export const doesNotResolve = (name: string, family: IpVersion | undefined, cause?: unknown): NetError => {
  const errno = errnoOf(cause);
  const why = errno === undefined || errno === 'ENOTFOUND' ? '' : ` (${errno})`;
  return new NetError(
    'not_found',
    `${name} does not resolve to ${family === undefined ? 'an address' : `an IPv${family} address`}${why}.`,
    family === undefined
      ? 'Correct the name, or pass an address.'
      : 'Leave out family, correct the name, or pass an address.',
    { cause },
  );
};

export const notResolved = (code: 'not_found' | 'timeout', message: string, cause?: unknown): NetError =>
  new NetError(
    code,
    message,
    'Look at get_dns_config and at whether its name servers answer, or pass an address.',
    cause === undefined ? {} : { cause },
  );

/** getaddrinfo blocks a thread each and cannot be cancelled; libuv gives it two of its four threads. */
const threads = createTurns(2);

export const libraryResolver: Resolver = async (name, family, look) => {
  look.hold();
  return threads(async () => {
    look.start();
    try {
      const found = await lookup(name, { all: true, verbatim: true, family: family ?? 0 });
      return found.map(({ address }) => address);
    } catch (error) {
      if (errnoOf(error) !== 'EAI_AGAIN') throw doesNotResolve(name, family, error);
      throw notResolved('not_found', `${name} could not be resolved: no name server answered.`, error);
    }
  }, look.signal);
};

/** What `work` gives, unless its time is up or the signal aborts first: then its own signal aborts, and what still runs is left to end by itself. */
export const bounded = async <Value>(
  work: (look: Look) => Promise<Value>,
  timeoutMs: number,
  late: () => NetError,
  signal: AbortSignal | undefined,
): Promise<Value> => {
  if (signal?.aborted === true) throw cancellation(signal);
  return new Promise<Value>((resolve, reject) => {
    const controller = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    let settled = false;
    const settle = (finish: () => void): void => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      signal?.removeEventListener('abort', leave);
      finish();
    };
    const giveUp = (error: NetError): void => {
      settle(() => {
        reject(error);
        controller.abort(error);
      });
    };
    const leave = (): void => {
      if (signal !== undefined) giveUp(cancellation(signal));
    };
    const hold = (): void => {
      clearTimeout(timer);
    };
    const start = (): void => {
      clearTimeout(timer);
      if (settled) return;
      timer = setTimeout(() => {
        giveUp(late());
      }, timeoutMs);
    };
    signal?.addEventListener('abort', leave, { once: true });
    start();
    work({ signal: controller.signal, timeoutMs, hold, start }).then(
      (value) => {
        settle(() => {
          resolve(value);
        });
      },
      (error: unknown) => {
        settle(() => {
          reject(error instanceof Error ? error : new Error(String(error)));
        });
      },
    );
  });
};
