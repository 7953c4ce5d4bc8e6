// One direction counted by a BPF filter of clsact: the program is loaded, attached, read, and taken away with its filter.
import { errnoOf, fromUnknown, NetError } from '../../model/errors.ts';
import type { DirectionCounter, TrafficRequest } from '../../model/traffic.ts';
import { loadDirection } from '../bpf/monitor-programs.ts';
import { checkHeld } from './bpf-counter.ts';
import { attachClsact } from './clsact.ts';

const notes = {
  incoming:
    'Counted at the clsact hook, before every other tc filter and behind XDP: what an XDP program drops or redirects is not seen. A GRO packet is one in packets and its segments in wire_packets. A VLAN tag that the driver or kernel took off is not among the bytes.',
  outgoing:
    'Counted at the clsact hook, before every other tc filter and the qdisc: what these drop afterwards is counted too. A GSO packet is one in packets and its segments in wire_packets.',
} as const;

/** Without a record nobody could remove the filter after a kill, so without a place for it there is no filter. */
const recordsPlace = async (runtimeDir: () => Promise<string>): Promise<string> => {
  try {
    return await runtimeDir();
  } catch (error) {
    throw new NetError(
      'not_permitted',
      `A clsact filter outlives a killed netmcp, and there is no place to record it: ${fromUnknown(error).message}`,
      'Run netmcp as root, or let the service manager make its folder below /run (systemd: RuntimeDirectory=netmcp).',
      { cause: error },
    );
  }
};

export const openClsact = async (
  request: TrafficRequest,
  runtimeDir: () => Promise<string>,
  signal: AbortSignal,
): Promise<DirectionCounter> => {
  const { iface, ifindex, direction, talkers } = request;
  const place = await recordsPlace(runtimeDir);
  const loaded = await loadDirection({ hook: 'tc', direction, talkers, ifindex });
  try {
    signal.throwIfAborted();
    const attached = await attachClsact(place, { iface, ifindex, hook: direction, programFd: loaded.programFd });
    return {
      rung: 'clsact',
      note: notes[direction],
      read: async () => {
        await checkHeld(attached, request);
        return loaded.read();
      },
      talkers: async (limit) => (talkers === 'none' ? undefined : loaded.talkers(limit)),
      close: async () => {
        try {
          await attached.detach();
        } finally {
          loaded.close();
        }
      },
    };
  } catch (error) {
    loaded.close();
    // A full disk has no place for the record: said in the ladder's words, which then goes on.
    throw errnoOf(error) === undefined ? error : fromUnknown(error);
  }
};
