// Many ports of one address: a bounded number at once, over all scans together too, a bounded number a second, and a second look at the
// few that kept silent.
import { setTimeout as sleep } from 'node:timers/promises';
import { NetError } from '../../model/errors.ts';
import { scanConnections } from '../limits.ts';
import { abortInSlices } from './abort-in-slices.ts';
import { connectTo, type PortAnswer } from './connect.ts';

/** New connections a second; 4,096 ports then take at least two. */
const startsPerSecond = 2000;
/** Milliseconds of starts that may come at once, so that a busy process keeps its pace. */
const burstMs = 25;
/** Share of silent ports up to which silence may be a lost packet and is worth asking again. */
const fewSilent = 0.1;
/** Milliseconds the second look waits at least; else ten times the slowest answer so far. */
const minAgainMs = 100;
/** Milliseconds to wait when the process has no file descriptor left, until some connection has ended. */
const exhaustedPauseMs = 20;

export interface ScanRequest {
  address: string;
  ports: readonly number[];
  timeoutMs: number;
  maxConcurrent: number;
  signal: AbortSignal;
  onDone: (done: number, open: number) => void;
}

export interface ScanReport {
  answers: ReadonlyMap<number, PortAnswer>;
  /** How many were asked a second time. */
  askedAgain: number;
}

const pacer = (signal: AbortSignal): (() => Promise<void>) => {
  let next = performance.now();
  return async () => {
    const now = performance.now();
    next = Math.max(next, now - burstMs) + 1000 / startsPerSecond;
    if (next > now + 1) await sleep(next - now, undefined, { signal });
  };
};

/** Throws cancelled, limit_exceeded; no connection is left then. */
export const scanPorts = async (request: ScanRequest): Promise<ScanReport> => {
  const { address, ports, timeoutMs, maxConcurrent, onDone } = request;
  const limiter = await scanConnections();
  const places = limiter.share(maxConcurrent);
  // One failure ends the others too.
  const own = new AbortController();
  const signal = AbortSignal.any([request.signal, own.signal]);
  const nextSlice = abortInSlices(signal);
  const pace = pacer(signal);
  const answers = new Map<number, PortAnswer>();
  let open = 0;

  const connect = async (port: number, waitMs: number): Promise<PortAnswer> => {
    const slice = nextSlice();
    for (;;) {
      try {
        const { answer, socket } = await connectTo({ address, port, timeoutMs: waitMs, signal: slice });
        socket?.destroy();
        return answer;
      } catch (error) {
        const others = limiter.taken() > 1 && error instanceof NetError && error.code === 'limit_exceeded';
        if (!others) throw error;
        await sleep(exhaustedPauseMs, undefined, { signal: slice });
      }
    }
  };
  /** Never rejects: a failure aborts the scan. */
  const look = async (port: number, waitMs: number): Promise<void> => {
    try {
      const answer = await connect(port, waitMs);
      answers.set(port, answer);
      if (answer.state === 'open') open += 1;
    } catch (error) {
      own.abort(error);
    }
  };
  const lookAll = async (those: readonly number[], waitMs: number, before: number): Promise<void> => {
    const underWay = new Set<Promise<void>>();
    let done = 0;
    try {
      for (const port of those) {
        const leave = await places.acquire(signal);
        const looking = look(port, waitMs).finally(() => {
          leave();
          underWay.delete(looking);
          done += 1;
          if (!signal.aborted) onDone(Math.min(before + done, ports.length), open);
        });
        underWay.add(looking);
        await pace();
      }
    } catch (error) {
      own.abort(error);
    }
    await Promise.all(underWay);
    signal.throwIfAborted();
  };

  await lookAll(ports, timeoutMs, 0);
  const silent = ports.filter((port) => answers.get(port)?.state === 'filtered');
  if (silent.length === 0 || silent.length > ports.length * fewSilent) return { answers, askedAgain: 0 };
  const slowest = Math.max(
    ...[...answers.values()].flatMap(({ state, timeMs }) => (state === 'filtered' ? [] : [timeMs])),
  );
  await lookAll(silent, Math.min(timeoutMs, Math.max(minAgainMs, 10 * slowest)), ports.length);
  return { answers, askedAgain: silent.length };
};
