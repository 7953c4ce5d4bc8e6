// The port Traffic: each rung is loaded when it is first tried, so that a start pays for none.
import type { HostPorts } from '../../model/ports.ts';
import type { DirectionCounter, Traffic, TrafficRequest } from '../../model/traffic.ts';

/** `runtimeDir`: of this boot and namespace, where what outlives a process is recorded. */
export const createTraffic = (host: HostPorts, runtimeDir: () => Promise<string>): Traffic => {
  let counters: Promise<{ statistics: Traffic['statistics'] }> | undefined;
  const statistics: Traffic['statistics'] = async () => {
    counters ??= import('./statistics.ts').then(({ createLinkCounters }) => createLinkCounters(host));
    return (await counters).statistics();
  };

  const open = async (request: TrafficRequest, signal: AbortSignal): Promise<DirectionCounter> => {
    switch (request.rung) {
      case 'xdp':
      case 'xdp_native':
        return (await import('./xdp.ts')).openXdp(request, host, signal);
      case 'tcx':
        return (await import('./tcx.ts')).openTcx(request, signal);
      case 'clsact':
        return (await import('./clsact-counter.ts')).openClsact(request, runtimeDir, signal);
      case 'nft':
        return (await import('./nft.ts')).openNft(request, { exec: host.exec, runtimeDir }, signal);
      case 'proc':
        return (await import('./proc.ts')).openProc(request, statistics);
    }
  };

  return {
    open,
    openProcesses: async (ifindex, signal) => (await import('./processes.ts')).openProcesses(ifindex, host, signal),
    statistics,
    removeLeftovers: async () =>
      (await import('./leftovers.ts')).removeLeftovers({ runtimeDir: await runtimeDir(), exec: host.exec }),
  };
};
