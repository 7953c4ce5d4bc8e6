// `netmcp metrics` on the real host: counters read once, without what a start of the tools does.
import { createHostPorts } from './host/host-ports.ts';
import { createLinkCounters } from './host/traffic/statistics.ts';
import type { MetricsSource } from './cli/metrics.ts';
import { NetError } from './model/errors.ts';
import type { Log } from './model/ports.ts';
import { metricsText } from './monitor/metrics.ts';
import { writePublicFile } from './store/public-file.ts';

export const metricsOf = (log: Log): MetricsSource => {
  const host = createHostPorts(log);
  return {
    text: async () => {
      if (process.platform !== 'linux') {
        throw new NetError('unsupported_platform', 'netmcp metrics reads Linux’s counters.', 'Run it on Linux.');
      }
      const [links, softnet] = await Promise.all([
        createLinkCounters(host).statistics(),
        host.kernel.read('/proc/net/softnet_stat'),
      ]);
      return metricsText(links, softnet ?? '');
    },
    write: writePublicFile,
  };
};
