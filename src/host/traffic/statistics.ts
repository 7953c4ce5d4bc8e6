// Every interface's own counters: by one rtnetlink dump, or from /proc/net/dev where no netlink socket can be had, which is said once.
import type { HostPorts } from '../../model/ports.ts';
import type { LinkStatistics } from '../../model/traffic.ts';
import { readLinkByName, readLinks } from '../netlink/links.ts';
import { openNetlink, type NetlinkSocket } from '../netlink/socket.ts';
import { readProcStatistics } from './proc-statistics.ts';

export interface LinkCounters {
  /** Every interface of this network namespace. */
  statistics(): Promise<LinkStatistics[]>;
  /** The interface that has this name now; undefined when there is none. */
  interfaceOf(name: string): Promise<LinkStatistics | undefined>;
}

/** `open` is another one in tests. */
export const createLinkCounters = (
  { kernel, log }: Pick<HostPorts, 'kernel' | 'log'>,
  open: () => Promise<NetlinkSocket> = openNetlink,
): LinkCounters => {
  let told = false;

  const opened = async (): Promise<NetlinkSocket | undefined> => {
    try {
      return await open();
    } catch (error) {
      // Without koffi, or with AF_NETLINK closed by a sandbox, the same numbers stand in a file, fewer of them.
      if (!told) {
        const reason = error instanceof Error ? error.message : String(error);
        log.warn(`interface statistics come from /proc/net/dev, which holds fewer counters than rtnetlink: ${reason}`);
      }
      told = true;
      return undefined;
    }
  };

  const withSocket = async <Value>(
    use: (socket: NetlinkSocket) => Promise<Value>,
    otherwise: () => Promise<Value>,
  ): Promise<Value> => {
    const socket = await opened();
    if (socket === undefined) return otherwise();
    try {
      return await use(socket);
    } finally {
      socket.close();
    }
  };

  return {
    statistics: () => withSocket(readLinks, () => readProcStatistics(kernel)),
    interfaceOf: (name) =>
      withSocket(
        (socket) => readLinkByName(socket, name),
        async () => (await readProcStatistics(kernel)).find(({ iface }) => iface === name),
      ),
  };
};
