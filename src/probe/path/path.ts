// One path being probed hop by hop: what each hop answered so far, and where the path ends. Discovery sends to many hops at once,
// a few probes on the way at a time and paced, so that no router sees a burst.
import { setTimeout as pause } from 'node:timers/promises';
import { endsPath, fromTarget } from '../answers.ts';
import type { Outcome, Prober } from './prober.ts';

export interface PathOptions {
  /** The address at the end. */
  target: string;
  maxHops: number;
  timeoutMs: number;
  payloadBytes?: number;
}

export interface Path {
  /** Outcomes by hop: the first entry is hop 1. Those behind the end are dropped. */
  hops(): readonly (readonly Outcome[])[];
  /**
   * The hop at which the path ends, as soon as it is known: the first at which the target answered, else the first whose latest
   * answer was a refusal, since a router may refuse for a moment only.
   */
  end(): number | undefined;
  /** The last hop that probes have been sent to. */
  probed(): number;
  /** The last hop worth asking again: the end, or a little behind the last that answered. */
  limit(): number;
  /** Sends without waiting for the answer. */
  send(hop: number): void;
  /** A probe to each hop, until one ends the path or the hops run out. Answers may still be on their way. */
  discover(): Promise<void>;
  /** Waits until every hop up to the end has answered or run out of time. */
  settle(until?: () => boolean): Promise<void>;
}

/** Hosts and many routers answer UDP only by ICMP errors, a handful at once and then one a second. */
const paces = { icmp: { window: 16, paceMs: 10 }, udp: { window: 6, paceMs: 50 } };

/** Milliseconds between two probes in a row. */
export const paceOf = ({ method }: Pick<Prober, 'method'>): number =>
  (method === 'udp' ? paces.udp : paces.icmp).paceMs;

/** Hops behind the last answer that are asked again. */
const beyond = 2;

export const createPath = (prober: Prober, options: PathOptions, signal: AbortSignal): Path => {
  const { maxHops, target, ...probe } = options;
  const { window, paceMs } = prober.method === 'udp' ? paces.udp : paces.icmp;
  const hops: Outcome[][] = Array.from({ length: maxHops }, () => []);
  const running = new Map<Promise<void>, number>();
  const refusing = new Set<number>();
  let reachedAt: number | undefined;
  let farthest = 0;
  let probed = 0;

  const note = (hop: number, outcome: Outcome): void => {
    hops[hop - 1]?.push(outcome);
    if (outcome.answer === null) return;
    farthest = Math.max(farthest, hop);
    const ends = endsPath(outcome.answer);
    if (ends && fromTarget(outcome.answer, target)) reachedAt = Math.min(reachedAt ?? hop, hop);
    else if (ends) refusing.add(hop);
    else refusing.delete(hop);
  };
  const end = (): number | undefined => reachedAt ?? (refusing.size === 0 ? undefined : Math.min(...refusing));

  const send = (hop: number): void => {
    probed = Math.max(probed, hop);
    const task = prober.probe({ hopLimit: hop, ...probe }).then((outcome) => {
      note(hop, outcome);
    });
    const tracked = task.finally(() => running.delete(tracked));
    // An abort is told to whoever waits; nobody may be waiting for this one.
    tracked.catch(() => undefined);
    running.set(tracked, hop);
  };

  const settle = async (until: () => boolean = () => false): Promise<void> => {
    for (;;) {
      signal.throwIfAborted();
      const awaited = [...running].filter(([, hop]) => hop <= (end() ?? maxHops)).map(([task]) => task);
      if (awaited.length === 0 || until()) return;
      await Promise.race(awaited);
    }
  };

  return {
    hops: () => hops.slice(0, end() ?? probed),
    end,
    probed: () => probed,
    limit: () => end() ?? Math.min(maxHops, farthest + beyond),
    send,
    settle,
    discover: async () => {
      for (let hop = 1; hop <= (end() ?? maxHops); hop += 1) {
        while (running.size >= window) await Promise.race(running.keys());
        if (hop > (end() ?? maxHops)) return;
        send(hop);
        await pause(paceMs, undefined, { signal });
      }
    },
  };
};
