// The rung `proc`: differences of the interface's own statistics. Needs no privilege, and knows packets and bytes only.
import { NetError } from '../../model/errors.ts';
import type { DirectionCounter, DirectionCounts, LinkStatistics, TrafficRequest } from '../../model/traffic.ts';

const note =
  'The interface’s own counters know packets and bytes only: no protocols, sizes or talkers. Bytes are as the driver counts them, and a GSO or GRO packet is usually one.';

interface Own {
  packets: bigint;
  bytes: bigint;
  multicast: bigint;
}

export const openProc = async (
  { iface, ifindex, direction }: TrafficRequest,
  statistics: () => Promise<readonly LinkStatistics[]>,
): Promise<DirectionCounter> => {
  const now = async (): Promise<Own> => {
    const links = await statistics();
    // An interface keeps its index when it is renamed; without rtnetlink and sysfs none is known.
    const link = links.find((each) => (each.ifindex === 0 ? each.iface === iface : each.ifindex === ifindex));
    if (link === undefined) {
      throw new NetError('not_found', `The interface ${iface} is gone.`, 'See get_interfaces, and call again.');
    }
    return direction === 'incoming'
      ? { packets: link.rxPackets, bytes: link.rxBytes, multicast: link.multicast }
      : { packets: link.txPackets, bytes: link.txBytes, multicast: 0n };
  };
  const start = await now();
  return {
    rung: 'proc',
    note,
    read: async (): Promise<DirectionCounts> => {
      const { packets, bytes, multicast } = await now();
      return {
        packets: packets - start.packets,
        bytes: bytes - start.bytes,
        wirePackets: undefined,
        wireBytes: undefined,
        protocols: undefined,
        // Many drivers count none at all; one that has ever counted one does.
        multicast: multicast > 0n ? multicast - start.multicast : undefined,
        broadcast: undefined,
        sizes: undefined,
      };
    },
    talkers: async () => undefined,
    close: async () => undefined,
  };
};
