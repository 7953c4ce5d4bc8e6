// Echo requests over one socket, each with its own outcome. A reply counts only from the address asked, and only in time by the
// kernel's clock; what comes besides is counted. Closing ends every wait.
import { randomInt } from 'node:crypto';
import type { ProbeAnswer, ProbePacket, ProbeSocket } from '../../model/probe.ts';
import { mayReply } from '../reply-source.ts';

export type EchoOutcome =
  | { kind: 'reply'; latencyMs: number; hopLimit: number | null }
  | { kind: 'error'; answer: ProbeAnswer }
  | { kind: 'silent' };

export type Extra = 'duplicate' | 'late' | 'foreign';

export interface Echo extends Omit<ProbePacket, 'token'> {
  timeoutMs: number;
  /** Told of a second reply, one after the time, or one from another address. */
  onExtra?: (extra: Extra) => void;
}

export interface Echoes {
  readonly method: ProbeSocket['method'];
  send(echo: Echo): Promise<EchoOutcome>;
  /** What is outstanding ends as silent. */
  close(): void;
}

interface Entry {
  address: string;
  timeoutMs: number;
  sentAtMs: number;
  settle: ((outcome: EchoOutcome) => void) | undefined;
  answered: boolean;
  onExtra: ((extra: Extra) => void) | undefined;
}

const tokens = 65_536;

export const createEchoes = (socket: ProbeSocket): Echoes => {
  const entries = new Map<number, Entry>();
  // Nobody who does not see the packets can tell which number comes first.
  let next = randomInt(tokens);

  const settle = (entry: Entry, outcome: EchoOutcome): void => {
    const { settle: done } = entry;
    entry.settle = undefined;
    done?.(outcome);
  };

  const onReply = (entry: Entry, answer: ProbeAnswer): void => {
    const latencyMs = Math.max(0, answer.atMs - entry.sentAtMs);
    if (!mayReply(answer.from, entry.address)) {
      entry.onExtra?.('foreign');
    } else if (entry.answered) {
      entry.onExtra?.('duplicate');
    } else if (latencyMs > entry.timeoutMs || entry.settle === undefined) {
      entry.onExtra?.('late');
    } else {
      entry.answered = true;
      settle(entry, { kind: 'reply', latencyMs, hopLimit: answer.hopLimit });
    }
  };

  socket.onAnswer((answer) => {
    const entry = entries.get(answer.token);
    if (entry === undefined) return;
    if (answer.kind === 'echo_reply') onReply(entry, answer);
    else settle(entry, { kind: 'error', answer });
  });

  return {
    method: socket.method,
    send: ({ timeoutMs, onExtra, ...packet }) =>
      new Promise((resolve) => {
        const token = next;
        next = (next + 1) % tokens;
        const entry: Entry = {
          address: packet.address,
          timeoutMs,
          sentAtMs: 0,
          answered: false,
          onExtra,
          settle: (outcome) => {
            clearTimeout(timer);
            resolve(outcome);
          },
        };
        const timer = setTimeout(() => {
          // After a stall of this process the reply may lie in the socket already: it is read before this runs.
          setImmediate(() => {
            settle(entry, { kind: 'silent' });
          });
        }, timeoutMs);
        entries.set(token, entry);
        try {
          entry.sentAtMs = socket.send({ ...packet, token });
        } catch (error) {
          clearTimeout(timer);
          throw error;
        }
      }),
    close: () => {
      socket.close();
      for (const entry of entries.values()) settle(entry, { kind: 'silent' });
    },
  };
};
