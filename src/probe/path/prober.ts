// Sends probes to one address over one socket and gives each its own answer, or none in time. No token is shared, so a late
// answer or a second one belongs to nobody. An abort ends every wait at once.
import { randomInt } from 'node:crypto';
import type { IpVersion, ProbeAnswer, ProbeSocket } from '../../model/probe.ts';
import { mayReply } from '../reply-source.ts';

export interface Probe {
  /** TTL or hop limit, 1 to 255; the system's default unless told. */
  hopLimit?: number;
  /** Bytes after the ICMP or UDP header; 56 unless told. */
  payloadBytes?: number;
  dontFragment?: boolean;
  timeoutMs: number;
}

export interface Outcome {
  sentAtMs: number;
  /** Null: nothing came in time. */
  answer: ProbeAnswer | null;
  /** Null without an answer, and for what this host itself refused. */
  rttMs: number | null;
}

export interface Prober {
  readonly family: IpVersion;
  readonly method: ProbeSocket['method'];
  /** Rejects with the signal's reason. */
  probe(probe: Probe): Promise<Outcome>;
  /** Ends the socket; what is still outstanding has no answer. */
  close(): void;
}

// Sequence numbers, which nobody else can tell beforehand. Ports start where traceroute has always started and go on above: filters
// let these pass, so the first is not left to chance; the socket's own port is, and the cookie.
const tokens = { icmp: { first: 1, last: 65_535 }, udp: { first: 33_434, last: 49_817 } };

interface Waiting {
  settle: (answer: ProbeAnswer | null) => void;
  fail: () => void;
}

export const createProber = (socket: ProbeSocket, address: string, signal: AbortSignal): Prober => {
  const waiting = new Map<number, Waiting>();
  const range = socket.method === 'udp' ? tokens.udp : tokens.icmp;
  let latest = range === tokens.udp ? range.last : randomInt(range.first, range.last + 1);
  let open = true;

  const nextToken = (): number => {
    do latest = latest >= range.last ? range.first : latest + 1;
    while (waiting.has(latest));
    return latest;
  };
  const shut = (): void => {
    if (!open) return;
    open = false;
    signal.removeEventListener('abort', stop);
    socket.close();
  };
  const stop = (): void => {
    shut();
    for (const { fail } of [...waiting.values()]) fail();
  };
  socket.onAnswer((answer) => {
    if (answer.kind === 'echo_reply' && !mayReply(answer.from, address)) return;
    waiting.get(answer.token)?.settle(answer);
  });
  signal.addEventListener('abort', stop);

  const probe = ({ timeoutMs, ...packet }: Probe): Promise<Outcome> => {
    signal.throwIfAborted();
    if (!open) return Promise.resolve({ sentAtMs: 0, answer: null, rttMs: null });
    const token = nextToken();
    return new Promise((done, failed) => {
      let sentAtMs: number | undefined;
      let early: ProbeAnswer | undefined;
      const timer = setTimeout(() => {
        // After a stall of this process the answer may lie in the socket already: it is read before this runs.
        setImmediate(() => waiting.get(token)?.settle(null));
      }, timeoutMs);
      const settle = (answer: ProbeAnswer | null): void => {
        if (sentAtMs === undefined) {
          early = answer ?? undefined;
          return;
        }
        waiting.delete(token);
        clearTimeout(timer);
        const rttMs = answer === null || answer.kind === 'local' ? null : Math.max(0, answer.atMs - sentAtMs);
        done({ sentAtMs, answer, rttMs });
      };
      const fail = (): void => {
        waiting.delete(token);
        clearTimeout(timer);
        failed(signal.reason instanceof Error ? signal.reason : new Error('aborted', { cause: signal.reason }));
      };
      waiting.set(token, { settle, fail });
      try {
        sentAtMs = socket.send({ address, token, ...packet });
      } catch (error) {
        waiting.delete(token);
        clearTimeout(timer);
        failed(error instanceof Error ? error : new Error(String(error)));
        return;
      }
      if (early !== undefined) settle(early);
    });
  };

  return {
    family: socket.family,
    method: socket.method,
    probe,
    close: () => {
      shut();
      for (const { settle } of [...waiting.values()]) settle(null);
    },
  };
};
