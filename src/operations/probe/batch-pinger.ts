// The way batch_ping pings on this host: over a shared socket a family, or by the ping program, a bounded number at a time.
import type { OperationPorts } from '../../model/operation-ports.ts';
import type { IpVersion } from '../../model/probe.ts';
import type { PingOne } from '../../probe/echo/batch.ts';
import type { Echoes } from '../../probe/echo/echoes.ts';
import type { EchoReport } from '../../probe/echo/report.ts';
import { binaryInstead, openPingMeans } from './echo-output.ts';

const payloadBytes = 56;
/** Processes of the ping program at a time. */
const maxProcesses = 32;

export interface BatchOptions {
  count: number;
  timeoutMs: number;
}

export interface Pinger {
  ping: PingOne;
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

const binaryPinger = (ports: OperationPorts, { count, timeoutMs }: BatchOptions, signal: AbortSignal): Pinger => {
  const inTurn = limited<EchoReport>(maxProcesses);
  return {
    ping: async ({ address, family }) => {
      const { pingByBinary } = await import('../../probe/ping-binary.ts');
      const request = { address, family, count, timeoutMs, intervalMs: 200, payloadBytes, dontFragment: false };
      return inTurn(() => pingByBinary(request, { exec: ports.exec, platform: ports.platform, signal }));
    },
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
    return binaryPinger(ports, options, signal);
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
    close: async () => {
      for (const end of await Promise.allSettled(opened.values())) if (end.status === 'fulfilled') end.value.close();
    },
  };
};
