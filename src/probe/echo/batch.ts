// Pings many addresses at once over one socket for each family, not faster than the host's neighbour and send queues take it.
import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { IpVersion } from '../../model/probe.ts';
import type { Echoes, EchoOutcome } from './echoes.ts';
import { type EchoReport, wordsOf } from './report.ts';

export interface BatchItem {
  address: string;
  family: IpVersion;
}

export interface BatchOptions {
  count: number;
  timeoutMs: number;
  payloadBytes: number;
  signal: AbortSignal;
}

/** Milliseconds between two packets on average, and how many may leave at once. */
const spacingMs = 0.25;
const burst = 16;
/** Between two packets to the same address. */
const intervalMs = 100;
/** Full queues of this host empty themselves: neighbours that do not answer are given up after 3 s. */
const retryMs = 50;
const maxRetries = 20;

const { ENOBUFS, EAGAIN, ENOMEM } = constants.errno;

const isFull = (outcome: EchoOutcome): boolean =>
  outcome.kind === 'error' &&
  outcome.answer.kind === 'local' &&
  [ENOBUFS, EAGAIN, ENOMEM].includes(outcome.answer.code);

/** Resolves when the next packet may leave. */
export const createPacer = (): ((signal: AbortSignal) => Promise<void>) => {
  let slot = 0;
  return async (signal) => {
    const now = performance.now();
    slot = Math.max(slot + spacingMs, now - burst * spacingMs);
    if (slot - now >= 1) await sleep(slot - now, undefined, { signal });
  };
};

export type PingOne = (item: BatchItem) => Promise<EchoReport>;

/** Throws the signal's reason. */
export const createBatchPing = (
  echoesOf: (family: IpVersion) => Promise<Echoes>,
  { count, timeoutMs, payloadBytes, signal }: BatchOptions,
): PingOne => {
  const pace = createPacer();
  const sendOne = async (echoes: Echoes, address: string): Promise<EchoOutcome> => {
    for (let attempt = 0; ; attempt += 1) {
      await pace(signal);
      signal.throwIfAborted();
      const outcome = await echoes.send({ address, timeoutMs, payloadBytes });
      if (!isFull(outcome) || attempt >= maxRetries) return outcome;
      await sleep(retryMs, undefined, { signal });
    }
  };
  return async ({ address, family }) => {
    const echoes = await echoesOf(family);
    const report: EchoReport = { method: echoes.method, sent: 0, replies: [], duplicates: 0, errors: [], notes: [] };
    for (let sequence = 1; sequence <= count; sequence += 1) {
      const startedAt = performance.now();
      const outcome = await sendOne(echoes, address);
      signal.throwIfAborted();
      report.sent += 1;
      if (outcome.kind === 'reply') {
        report.replies.push({ sequence, latencyMs: outcome.latencyMs, hopLimit: outcome.hopLimit });
      } else if (outcome.kind === 'error' && outcome.answer.kind !== 'echo_reply') {
        const { kind, from, mtu } = outcome.answer;
        report.errors.push({ sequence, from, kind, mtu, what: wordsOf(outcome.answer, family) });
      }
      const rest = intervalMs - (performance.now() - startedAt);
      if (sequence < count && rest > 0) await sleep(rest, undefined, { signal });
    }
    return report;
  };
};
