// One TCP connection to an address that was checked, and what became of it: open, closed, filtered or unreachable.
import { createConnection, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { errnoOf, NetError } from '../../model/errors.ts';

/**
 * closed: refused by the host itself (RST, or ICMP port unreachable). filtered: nobody said anything in time. unreachable: somebody said
 * that there is no way, or this host knows of none.
 */
export const portStates = ['open', 'closed', 'filtered', 'unreachable'] as const;
export type PortState = (typeof portStates)[number];

export interface PortAnswer {
  state: PortState;
  /** Why it is not open. */
  reason: string | null;
  timeMs: number;
}

export interface ConnectRequest {
  /** Canonical, as the target guard gave it; never resolved here. */
  address: string;
  port: number;
  timeoutMs: number;
  signal: AbortSignal;
}

// What Linux makes of ICMP errors for a connection under way (icmp_err_convert, icmpv6_err_convert), and of its own routes.
const refusals: Readonly<Record<string, Omit<PortAnswer, 'timeMs'>>> = {
  ECONNREFUSED: { state: 'closed', reason: 'refused (RST, or ICMP port unreachable)' },
  ECONNRESET: { state: 'closed', reason: 'reset before it was established' },
  ETIMEDOUT: { state: 'filtered', reason: 'no answer' },
  EHOSTUNREACH: {
    state: 'unreachable',
    reason: 'EHOSTUNREACH: ICMP host unreachable or administratively prohibited, or no neighbour has this address',
  },
  EHOSTDOWN: { state: 'unreachable', reason: 'EHOSTDOWN: ICMP host unknown' },
  ENETUNREACH: { state: 'unreachable', reason: 'ENETUNREACH: no route from here, or ICMP network unreachable' },
  EACCES: { state: 'unreachable', reason: 'EACCES: ICMPv6 administratively prohibited, or a prohibiting route here' },
  EPERM: { state: 'unreachable', reason: 'EPERM: a firewall of this host forbids it' },
  ENOPROTOOPT: { state: 'unreachable', reason: 'ENOPROTOOPT: ICMP protocol unreachable' },
  EADDRNOTAVAIL: { state: 'unreachable', reason: 'EADDRNOTAVAIL: this host has no address to connect from' },
};

const exhausted = ['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'EAGAIN'];

const answerTo = (error: Error): Omit<PortAnswer, 'timeMs'> => {
  const errno = errnoOf(error) ?? 'unknown';
  if (exhausted.includes(errno)) {
    throw new NetError(
      'limit_exceeded',
      `This host cannot open more connections now (${errno}).`,
      'Raise the limit of open files (ulimit -n), lower max_concurrent, or try again later.',
      { cause: error },
    );
  }
  return refusals[errno] ?? { state: 'unreachable', reason: errno };
};

/** A connection to a free port of this host may meet itself (simultaneous open), which is nobody's service. */
const metItself = (socket: Socket): boolean =>
  socket.localPort === socket.remotePort && socket.localAddress === socket.remoteAddress;

/** What a wait on an aborted signal rejects with. */
export const abortReason = (signal: AbortSignal): Error =>
  signal.reason instanceof Error ? signal.reason : new Error('aborted');

/** The zone of an address that is no interface here; the system would ignore it and take any link. */
const unknownZone = (address: string): string | undefined => {
  const zone = address.split('%')[1];
  return zone === undefined || /^[0-9]+$/.test(zone) || zone in networkInterfaces() ? undefined : zone;
};

const neverResolve = (hostname: string): never => {
  throw new Error(`${hostname} would be resolved`);
};

/** The socket is there when the port is open, and then the caller's to destroy. Throws cancelled, limit_exceeded. */
export const connectTo = (request: ConnectRequest): Promise<{ answer: PortAnswer; socket?: Socket }> =>
  new Promise((resolve, reject) => {
    const { address, port, timeoutMs, signal } = request;
    if (signal.aborted) {
      reject(abortReason(signal));
      return;
    }
    const zone = unknownZone(address);
    if (zone !== undefined) {
      const reason = `this host has no interface ${zone} with an address`;
      resolve({ answer: { state: 'unreachable', reason, timeMs: 0 } });
      return;
    }
    let started = performance.now();
    const socket = createConnection({ host: address, port, lookup: neverResolve });
    const settle = (finish: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', cancel);
      socket.removeAllListeners();
      // Whoever takes the socket on hears errors itself; a destroyed one may still tell of one.
      socket.on('error', () => undefined);
      finish();
    };
    const end = (answer: Omit<PortAnswer, 'timeMs'>): void => {
      const timeMs = performance.now() - started;
      settle(() => {
        socket.destroy();
        resolve({ answer: { ...answer, timeMs } });
      });
    };
    const fail = (error: Error): void => {
      settle(() => {
        socket.destroy();
        reject(error);
      });
    };
    const cancel = (): void => {
      fail(abortReason(signal));
    };
    const timer = setTimeout(() => {
      end({ state: 'filtered', reason: `no answer within ${timeoutMs / 1000} s` });
    }, timeoutMs);
    signal.addEventListener('abort', cancel, { once: true });
    socket.once('connectionAttempt', () => {
      started = performance.now();
    });
    socket.once('error', (error) => {
      try {
        end(answerTo(error));
      } catch (refused) {
        fail(refused instanceof Error ? refused : new Error(String(refused)));
      }
    });
    socket.once('connect', () => {
      if (metItself(socket)) {
        end({ state: 'closed', reason: 'nobody listens' });
        return;
      }
      const timeMs = performance.now() - started;
      settle(() => {
        resolve({ answer: { state: 'open', reason: null, timeMs }, socket });
      });
    });
  });
