// One direction counted by a BPF filter of clsact: the program is loaded, attached, read, and taken away with its filter.
import { errnoOf, fromUnknown, NetError } from '../../model/errors.ts';
import type { DirectionCounter, TrafficRequest } from '../../model/traffic.ts';
import { loadDirection } from '../bpf/monitor-programs.ts';
import { checkHeld } from './bpf-counter.ts';
import { attachClsact } from './clsact.ts';

const notes = {
  incoming:
    'Counted at the clsact hook, before every other tc filter and behind XDP: what an XDP program drops or redirects is not seen. A GRO packet is one in packets and its segments in wire_packets. A VLAN tag is not among the bytes: the driver or the kernel has taken it off before.',
  outgoing:
    'Counted at the clsact hook, before every other tc filter and the qdisc: what these drop afterwards is counted too. A GSO packet is one in packets and its segments in wire_packets. A VLAN tag that is put in behind it is not among the bytes.',
} as const;

/** Without a record nobody could remove the filter after a kill, so without a place for it there is no filter. */
const recordsPlace = async (runtimeDir: () => Promise<string>): Promise<string> => {
  try {
    return await runtimeDir();
  } catch (error) {
    const { code, message, hint } = fromUnknown(error);
    throw new NetError(
      code,
      `A clsact filter outlives a killed netmcp, and there is no place to record it: ${message}`,
      code === 'not_permitted'
        ? 'Run netmcp as root, or let the service manager make its folder below /run (systemd: RuntimeDirectory=netmcp).'
        : hint,
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
