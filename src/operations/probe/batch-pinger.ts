// The way batch_ping pings on this host: over a shared socket a family, or by the ping program, a bounded number at a time.
import type { NetError } from '../../model/errors.ts';
import type { OperationPorts } from '../../model/operation-ports.ts';
import type { IpVersion } from '../../model/probe.ts';
import type { PingOne } from '../../probe/echo/batch.ts';
import type { Echoes } from '../../probe/echo/echoes.ts';
import type { EchoReport } from '../../probe/echo/report.ts';
import { binaryInstead, openPingMeans } from './echo-output.ts';

const payloadBytes = 56;
/** Processes of the ping program at a time. Each mostly waits; a megabyte or two of memory each. */
const maxProcesses = 64;

export interface BatchOptions {
  count: number;
  timeoutMs: number;
}

export interface Pinger {
  ping: PingOne;
  /** What the way of pinging costs, and how to mend it. */
  notes: readonly string[];
  close(): Promise<void>;
}

/** At most so many at a time; the others wait their turn. */
const limited = <Result>(max: number): ((work: () => Promise<Result>) => Promise<Result>) => {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running >= max) await new Promise<void>((go) => waiting.push(go));
    running += 1;
    try {
      return await work();
    } finally {
      running -= 1;
      waiting.shift()?.();
    }
  };
};

/** Starting a process holds everything else up for milliseconds: a turn of the event loop between two lets a cancellation in. */
const oneATurn = (): (() => Promise<void>) => {
  let last = Promise.resolve();
  return () => {
    last = last.then(
      () =>
        new Promise((go) => {
          setImmediate(go);
        }),
    );
    return last;
  };
};

const binaryPinger = (
  ports: OperationPorts,
  { count, timeoutMs }: BatchOptions,
  signal: AbortSignal,
  why: NetError,
): Pinger => {
  const inTurn = limited<EchoReport>(maxProcesses);
  const myTurn = oneATurn();
  return {
    ping: async ({ address, family }) => {
      const { pingByBinary } = await import('../../probe/ping-binary.ts');
      const request = { address, family, count, timeoutMs, intervalMs: 200, payloadBytes, dontFragment: false };
      return inTurn(async () => {
        await myTurn();
        return pingByBinary(request, { exec: ports.exec, platform: ports.platform, signal });
      });
    },
    notes: [
      `Pinged by the ping program, ${maxProcesses} processes at a time, which is slower: ${why.message}${why.code === 'not_permitted' ? ` ${why.hint}` : ''}`,
    ],
    close: async () => undefined,
  };
};

/** The first family decides the way: what is permitted for one is for the other. */
export const openPinger = async (
  ports: OperationPorts,
  first: IpVersion,
  options: BatchOptions,
  signal: AbortSignal,
): Promise<Pinger> => {
  const means = await openPingMeans(ports, first);
  if ('why' in means) {
    await binaryInstead(ports, means.why);
    return binaryPinger(ports, options, signal, means.why);
  }
  const [{ createEchoes }, { createBatchPing }] = await Promise.all([
    import('../../probe/echo/echoes.ts'),
    import('../../probe/echo/batch.ts'),
  ]);
  const opened = new Map<IpVersion, Promise<Echoes>>([[first, Promise.resolve(createEchoes(means.socket))]]);
  const echoesOf = (family: IpVersion): Promise<Echoes> => {
    const known = opened.get(family) ?? ports.probes.open(family, ['icmp']).then(createEchoes);
    opened.set(family, known);
    return known;
  };
  return {
    ping: createBatchPing(echoesOf, { ...options, payloadBytes, signal }),
    notes: [],
    close: async () => {
      for (const end of await Promise.allSettled(opened.values())) if (end.status === 'fulfilled') end.value.close();
    },
  };
};
