// Names into addresses as the system does it (hosts file, DNS, mDNS), bounded by a deadline and the caller's signal.
import { lookup } from 'node:dns/promises';
import { errnoOf, NetError } from '../../model/errors.ts';
import type { IpVersion } from '../../model/probe.ts';

/** Addresses in the system's order of preference. Throws not_found when there is none. */
export type Resolver = (name: string, family: IpVersion | undefined) => Promise<readonly string[]>;

const notFound = (name: string, family: IpVersion | undefined, cause: unknown): NetError => {
  const errno = errnoOf(cause);
  if (errno === 'EAI_AGAIN') {
    return new NetError(
      'not_found',
      `${name} could not be resolved: no name server answered.`,
      'Look at get_dns_config and at whether its name servers answer, or pass an address.',
      { cause },
    );
  }
  return new NetError(
    'not_found',
    `${name} does not resolve to ${family === undefined ? 'an address' : `an IPv${family} address`}${errno === undefined || errno === 'ENOTFOUND' ? '' : ` (${errno})`}.`,
    family === undefined
      ? 'Correct the name, or pass an address.'
      : 'Leave out family, correct the name, or pass an address.',
    { cause },
  );
};

export const systemResolver: Resolver = async (name, family) => {
  try {
    const found = await lookup(name, { all: true, verbatim: true, family: family ?? 0 });
    return found.map(({ address }) => address);
  } catch (error) {
    throw notFound(name, family, error);
  }
};

const cancelled = (signal: AbortSignal): NetError =>
  signal.reason instanceof NetError
    ? signal.reason
    : new NetError('cancelled', 'The call was cancelled.', 'Call again if the answer is still wanted.');

/** What `work` gives, unless the time is up or the signal aborts first; what then still runs is left to end by itself. */
export const bounded = async <Value>(
  work: () => Promise<Value>,
  timeoutMs: number,
  late: () => NetError,
  signal: AbortSignal | undefined,
): Promise<Value> => {
  if (signal?.aborted === true) throw cancelled(signal);
  return new Promise<Value>((resolve, reject) => {
    const timer = setTimeout(() => {
      settle(() => {
        reject(late());
      });
    }, timeoutMs);
    const leave = (): void => {
      settle(() => {
        if (signal !== undefined) reject(cancelled(signal));
      });
    };
    const settle = (finish: () => void): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', leave);
      finish();
    };
    signal?.addEventListener('abort', leave, { once: true });
    work().then(
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
