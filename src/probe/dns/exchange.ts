// One question to one server: what comes back, or why nothing did.
import { errnoOf, fromUnknown, NetError } from '../../model/errors.ts';
import { decodeMessage, type DnsMessage } from './message.ts';
import { answersQuestion, type Question } from './query.ts';

export interface DnsServer {
  /** Checked address of either family; the zone of a link-local one is kept. */
  address: string;
  port: number;
}

/** `192.0.2.1`, or with another port than 53 `192.0.2.1:5353`, `[2001:db8::1]:5353`. */
export const showServer = ({ address, port }: DnsServer): string => {
  if (port === 53) return address;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
};

export type Failure = 'timeout' | 'connection_refused' | 'unreachable' | 'closed' | 'malformed';

export type Ending = { outcome: 'answered'; message: DnsMessage } | { outcome: Failure; detail: string };

/** Milliseconds since the first sending, how often it was sent, and how many datagrams were no answer to it. */
export interface Tally {
  timeMs: number;
  sent: number;
  ignored: number;
}
export type Exchanged = Ending & Tally;

export interface Ask {
  server: DnsServer;
  id: number;
  question: Question;
  query: Buffer;
  timeoutMs: number;
  signal: AbortSignal;
}

/** What a message says when it answers the question; undefined when it is somebody else's. */
export const judge = (bytes: Buffer, { id, question }: Ask): Ending | undefined => {
  if (!answersQuestion(bytes, id, question)) return undefined;
  const message = decodeMessage(bytes);
  return 'malformed' in message
    ? { outcome: 'malformed', detail: `The answer cannot be read: ${message.malformed}.` }
    : { outcome: 'answered', message };
};

const unreachable = ['ENETUNREACH', 'EHOSTUNREACH', 'EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL', 'EPERM', 'EACCES'];

/** A system error of a socket as a failure of the server, except where this host itself is out of sockets. */
export const failureOf = (error: Error): Ending | NetError => {
  const errno = errnoOf(error) ?? error.name;
  if (errno === 'EMFILE' || errno === 'ENFILE') return fromUnknown(error);
  if (errno === 'ECONNREFUSED') return { outcome: 'connection_refused', detail: 'No DNS server listens there.' };
  if (unreachable.includes(errno)) return { outcome: 'unreachable', detail: `This host cannot send to it (${errno}).` };
  if (errno === 'ETIMEDOUT') return { outcome: 'timeout', detail: 'The connection was not answered.' };
  return { outcome: 'closed', detail: `The connection broke (${errno}).` };
};

/**
 * Runs one exchange to its end: the answer, a failure, the time, or the caller's cancellation, whichever is first. `start` opens
 * a socket and gives what closes it; it is closed exactly once, and `finish` is not called before `start` has returned.
 */
export const exchange = (
  ask: Ask,
  start: (finish: (ending: Ending | NetError) => void, tally: Tally) => () => void,
): Promise<Exchanged> =>
  new Promise((resolve, reject) => {
    const { signal, timeoutMs } = ask;
    const tally: Tally = { timeMs: 0, sent: 0, ignored: 0 };
    const started = performance.now();
    let done = false;
    let close: () => void = () => undefined;
    const stop = (): boolean => {
      if (done) return false;
      done = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', cancel);
      close();
      return true;
    };
    const finish = (ending: Ending | NetError): void => {
      if (!stop()) return;
      if (ending instanceof NetError) reject(ending);
      else resolve({ ...ending, ...tally, timeMs: performance.now() - started });
    };
    const cancel = (): void => {
      if (stop()) reject(cancellation(signal));
    };
    const timer = setTimeout(() => {
      finish({ outcome: 'timeout', detail: `No answer within ${Math.round(timeoutMs)} ms.` });
    }, timeoutMs);
    signal.addEventListener('abort', cancel, { once: true });
    if (signal.aborted) {
      cancel();
      return;
    }
    close = start(finish, tally);
  });

const cancellation = (signal: AbortSignal): Error =>
  signal.reason instanceof Error
    ? signal.reason
    : new NetError('cancelled', 'The call was cancelled.', 'Call again if the answer is still wanted.');
