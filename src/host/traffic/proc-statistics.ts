// Interface counters from /proc/net/dev (Documentation/filesystems/proc.rst), which the kernel sums up for people: fewer than rtnetlink's.
import type { KernelFiles } from '../../model/ports.ts';
import type { LinkStatistics } from '../../model/traffic.ts';

const IFF_UP = 1;
const IFF_LOOPBACK = 8;
const columns = 16;

const numberOf = (text: string | undefined): number | undefined => {
  const word = text?.trim() ?? '';
  return /^(0x[0-9a-f]+|\d+)$/i.test(word) ? Number(word) : undefined;
};

/** /sys has no `carrier` to read while an interface is down. */
const readQuietly = async (kernel: KernelFiles, path: string): Promise<string | undefined> => {
  try {
    return await kernel.read(path);
  } catch {
    return undefined;
  }
};

const linkOf = async (kernel: KernelFiles, iface: string, counters: readonly bigint[]): Promise<LinkStatistics> => {
  const [ifindex, flagsText, mtu, carrier, operstate] = await Promise.all(
    ['ifindex', 'flags', 'mtu', 'carrier', 'operstate'].map((file) =>
      readQuietly(kernel, `/sys/class/net/${iface}/${file}`),
    ),
  );
  const flags = numberOf(flagsText) ?? (iface === 'lo' ? IFF_UP | IFF_LOOPBACK : IFF_UP);
  const counter = (column: number): bigint => counters[column] ?? 0n;
  return {
    iface,
    ifindex: numberOf(ifindex) ?? 0,
    up: (flags & IFF_UP) !== 0,
    loopback: (flags & IFF_LOOPBACK) !== 0,
    carrier: carrier === undefined ? undefined : carrier.trim() === '1',
    operstate: operstate?.trim() ?? 'unknown',
    mtu: numberOf(mtu) ?? 0,
    rxBytes: counter(0),
    rxPackets: counter(1),
    rxErrors: counter(2),
    // With rx_missed_errors in it: the file adds them.
    rxDropped: counter(3),
    multicast: counter(7),
    txBytes: counter(8),
    txPackets: counter(9),
    txErrors: counter(10),
    txDropped: counter(11),
    others: {
      rx_fifo_errors: counter(4),
      rx_frame_errors: counter(5),
      rx_compressed: counter(6),
      tx_fifo_errors: counter(12),
      collisions: counter(13),
      tx_carrier_errors: counter(14),
      tx_compressed: counter(15),
    },
  };
};

/** What is unknown without /sys: ifindex and mtu are 0, every interface counts as up. */
export const readProcStatistics = async (kernel: KernelFiles): Promise<LinkStatistics[]> => {
  const text = (await kernel.read('/proc/net/dev')) ?? '';
  const lines = text.split('\n').flatMap((line) => {
    const [, iface, numbers] = /^\s*(\S+):\s*((?:\d+\s*)+)$/.exec(line) ?? [];
    const counters = (numbers ?? '').trim().split(/\s+/);
    return iface === undefined || counters.length < columns ? [] : [{ iface, counters: counters.map(BigInt) }];
  });
  return Promise.all(lines.map(({ iface, counters }) => linkOf(kernel, iface, counters)));
};
