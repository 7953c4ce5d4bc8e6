// The history of a server that was asked to keep one: the sampler with the host's clocks, counters and default route.
import type { History } from './model/history.ts';
import type { OperationPorts } from './model/operation-ports.ts';

export const watchRates = async ({ settings, traffic, kernel, clock, log }: OperationPorts): Promise<History> => {
  const [{ startSampler }, { readIpv4DefaultInterface }] = await Promise.all([
    import('./monitor/sampler.ts'),
    import('./host/facts.ts'),
  ]);
  return startSampler({
    names: settings.history.interfaces,
    statistics: () => traffic.statistics(),
    preferred: async () => (await readIpv4DefaultInterface(kernel)) ?? undefined,
    now: () => ({ wall: clock.now(), boot: clock.bootTimeMs(), running: performance.now() }),
    warn: (message) => {
      log.warn(message);
    },
  });
};
