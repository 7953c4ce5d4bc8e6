// Who holds which socket, looked at each interval, and traffic by process from it: counted by BPF where that may be had, else sampled.
import { NetError } from '../../model/errors.ts';
import type { OperationPorts } from '../../model/operation-ports.ts';
import type { ProcessTraffic, TrafficDirection } from '../../model/traffic.ts';
import {
  countedByProcess,
  sampledByProcess,
  type ProcessCount,
  type SocketCount,
  type SocketSeen,
} from '../../monitor/processes.ts';

export interface ProcessSampler {
  /** Looks at the sockets again: at the window's start, after each interval and at its end. */
  look(signal: AbortSignal): Promise<void>;
  counts(direction: TrafficDirection): Promise<ProcessCount[]>;
  /** How it was counted and what that cannot see. */
  note: string;
  close(): Promise<void>;
}

const countedNote =
  'Processes: IP packets counted by BPF for each socket, which is matched with its process each interval; a socket that lived between two looks has none.';
const sampledNote = (why: string): string =>
  `Processes: sampling of TCP connections (payload bytes acknowledged and received by tcp_info); UDP and what came after the last look at a connection are not seen. ${why}`;

const goesOn = ['rung_taken', 'missing_kernel_feature', 'not_permitted', 'missing_binary'];

type Opened = { traffic: ProcessTraffic } | { traffic: undefined; why: string };

const opened = async ({ traffic }: OperationPorts, ifindex: number, signal: AbortSignal): Promise<Opened> => {
  try {
    return { traffic: await traffic.openProcesses(ifindex, signal) };
  } catch (error) {
    if (!(error instanceof NetError) || !goesOn.includes(error.code)) throw error;
    return { traffic: undefined, why: `BPF does not count them here: ${error.message} ${error.hint}` };
  }
};

/** With what this kernel cannot tell apart. */
export const noteOf = (counting: Opened): string =>
  counting.traffic === undefined
    ? sampledNote(counting.why)
    : [countedNote, ...(counting.traffic.note === undefined ? [] : [counting.traffic.note])].join(' ');

/** The addresses of the interface: a connection belongs to the one whose address it has. */
const addressesOf = async (iface: string, { exec }: OperationPorts, signal: AbortSignal): Promise<Set<string>> => {
  const { readLinks } = await import('../../host/links.ts');
  const link = (await readLinks(exec, signal)).find(({ ifname }) => ifname === iface);
  return new Set((link?.addr_info ?? []).flatMap((entry) => entry?.local ?? []));
};

export const openProcessSampler = async (
  { iface, ifindex }: { iface: string; ifindex: number },
  ports: OperationPorts,
  signal: AbortSignal,
): Promise<ProcessSampler> => {
  const [{ readSockets }, { processName, socketOwners }] = await Promise.all([
    import('../../host/sockets.ts'),
    import('../../host/socket-owners.ts'),
  ]);
  const counting = await opened(ports, ifindex, signal);
  const addresses = counting.traffic === undefined ? await addressesOf(iface, ports, signal) : undefined;
  const sockets = new Map<bigint, SocketSeen>();
  let first: ReadonlyMap<bigint, SocketSeen> | undefined;
  let before: readonly SocketCount[] = [];

  const look = async (current: AbortSignal): Promise<void> => {
    const all = await readSockets(ports.exec, { tcpInfo: addresses !== undefined, signal: current });
    const here = all.filter(({ local }) => addresses === undefined || addresses.has(local.address));
    const owners = await socketOwners.find(new Set(here.flatMap(({ inode }) => inode ?? [])), current);
    for (const { cookie, inode, info } of here) {
      if (cookie === null) continue;
      const pid = owners.byInode.get(inode ?? -1)?.[0];
      const known = sockets.get(cookie);
      sockets.set(cookie, {
        cookie,
        // A connection in TIME_WAIT has no owner any more.
        pid: pid ?? known?.pid,
        process: pid === undefined ? (known?.process ?? null) : processName(pid),
        received: info?.bytes_received ?? known?.received,
        acknowledged: info?.bytes_acked ?? known?.acknowledged,
      });
    }
    if (first !== undefined) return;
    first = new Map(sockets);
    before = (await counting.traffic?.read()) ?? [];
  };

  return {
    look,
    counts: async (direction) =>
      counting.traffic === undefined
        ? sampledByProcess(direction, first ?? new Map<bigint, SocketSeen>(), sockets)
        : countedByProcess(direction, before, await counting.traffic.read(), sockets),
    note: noteOf(counting),
    close: async () => counting.traffic?.close(),
  };
};
