// Pings one address over a probe socket: packets at an interval, each with its own time to be answered.
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProbeSocket } from '../model/probe.ts';
import { createEchoes, type EchoOutcome, type Extra } from './echo/echoes.ts';
import { type EchoReport, type EchoRequest, wordsOf } from './echo/report.ts';

export interface PingCall {
  signal: AbortSignal;
  /** Packets settled so far. */
  onSettled?: (settled: number) => void;
}

const notesOf = (extras: Readonly<Record<Extra, number>>): string[] => [
  ...(extras.late === 0 ? [] : [`Replies after timeout_s, counted as lost: ${extras.late}.`]),
  ...(extras.foreign === 0 ? [] : [`Replies from other addresses, ignored: ${extras.foreign}.`]),
];

const note = (report: EchoReport, request: EchoRequest, sequence: number, outcome: EchoOutcome): void => {
  if (outcome.kind === 'reply') {
    report.replies.push({ sequence, latencyMs: outcome.latencyMs, hopLimit: outcome.hopLimit });
  } else if (outcome.kind === 'error') {
    const { kind, from, mtu } = outcome.answer;
    if (kind === 'echo_reply') return;
    report.errors.push({ sequence, from, kind, mtu, what: wordsOf(outcome.answer, request.family) });
  }
};

/** Closes the socket at its end. Throws the signal's reason. */
export const pingOver = async (
  socket: ProbeSocket,
  request: EchoRequest,
  { signal, onSettled }: PingCall,
): Promise<EchoReport> => {
  const { address, count, timeoutMs, intervalMs, payloadBytes, hopLimit, dontFragment } = request;
  const echoes = createEchoes(socket);
  const report: EchoReport = { method: socket.method, sent: 0, replies: [], duplicates: 0, errors: [], notes: [] };
  const extras = { duplicate: 0, late: 0, foreign: 0 };
  const stop = (): void => {
    echoes.close();
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    const outstanding: Promise<void>[] = [];
    let settled = 0;
    const send = async (sequence: number): Promise<void> => {
      const onExtra = (extra: Extra): void => {
        extras[extra] += 1;
      };
      const options = hopLimit === undefined ? { dontFragment } : { dontFragment, hopLimit };
      note(report, request, sequence, await echoes.send({ address, timeoutMs, payloadBytes, onExtra, ...options }));
      settled += 1;
      onSettled?.(settled);
    };
    for (let sequence = 1; sequence <= count; sequence += 1) {
      if (sequence > 1) await sleep(intervalMs, undefined, { signal });
      signal.throwIfAborted();
      report.sent += 1;
      outstanding.push(send(sequence));
    }
    await Promise.all(outstanding);
    signal.throwIfAborted();
  } finally {
    signal.removeEventListener('abort', stop);
    echoes.close();
  }
  const bySequence = (left: { sequence: number | null }, right: { sequence: number | null }): number =>
    (left.sequence ?? 0) - (right.sequence ?? 0);
  report.replies.sort(bySequence);
  report.errors.sort(bySequence);
  return { ...report, duplicates: extras.duplicate, notes: notesOf(extras) };
};
