// Counters of all interfaces from /proc/net/dev: no process, and of this namespace whatever is mounted on /sys.
import * as z from 'zod';
import type { KernelFiles } from '../../model/ports.ts';

const counter = z.number().int().nonnegative();

export const statisticsSchema = z.strictObject({
  rx_bytes: counter,
  rx_packets: counter,
  rx_errors: counter,
  rx_dropped: counter,
  tx_bytes: counter,
  tx_packets: counter,
  tx_errors: counter,
  tx_dropped: counter,
});
export type Statistics = z.infer<typeof statisticsSchema>;

/** Fields after the name: rx bytes packets errs drop fifo frame compressed multicast, tx bytes packets errs drop ... */
export const parseStatistics = (text: string): Map<string, Statistics> =>
  new Map(
    text.split('\n').flatMap((line) => {
      const found = /^\s*(\S+):\s*(.+)$/.exec(line);
      if (found === null) return [];
      const [, name = '', rest = ''] = found;
      const [rx_bytes = 0, rx_packets = 0, rx_errors = 0, rx_dropped = 0, , , , , ...tx] = rest
        .trim()
        .split(/\s+/)
        .map(Number);
      const [tx_bytes = 0, tx_packets = 0, tx_errors = 0, tx_dropped = 0] = tx;
      return [
        [name, { rx_bytes, rx_packets, rx_errors, rx_dropped, tx_bytes, tx_packets, tx_errors, tx_dropped }] as const,
      ];
    }),
  );

export const readStatistics = async (kernel: KernelFiles): Promise<Map<string, Statistics>> =>
  parseStatistics((await kernel.read('/proc/self/net/dev')) ?? '');
