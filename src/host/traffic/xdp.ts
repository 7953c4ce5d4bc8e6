// The XDP rungs: the earliest place for incoming packets. Another XDP program at the interface stays, and is rung_taken.
import { NetError } from '../../model/errors.ts';
import type { HostPorts } from '../../model/ports.ts';
import type { DirectionCounter, TrafficRequest } from '../../model/traffic.ts';
import { linkLayerOf } from '../bpf/link-layer.ts';
import { openBpfCounter } from './bpf-counter.ts';
import { attachByLink } from './bpf-link.ts';

const BPF_XDP = 37;
const XDP_FLAGS_SKB_MODE = 2;
const XDP_FLAGS_DRV_MODE = 4;

const notes = {
  xdp: 'Generic XDP counts a packet that GSO or GRO has joined as one and knows nothing of its segments; it sees packets before the firewall and copies the ones that are not in one piece. A VLAN tag that the driver took off is not among the bytes.',
  xdp_native:
    'XDP in the driver counts what the driver hands over, before GRO and the firewall. On a veth it costs the peer its TSO, and the interface’s own rx_bytes may leave out link-layer headers. A VLAN tag that the hardware took off is not among the bytes.',
} as const;

/** Features that generic XDP switches off for good (net/core/dev.c, generic_xdp_install), by ethtool's names. */
const lostFeatures = ['large-receive-offload', 'rx-gro-hw'] as const;

const unsuitable = (message: string, hint: string): NetError => new NetError('missing_kernel_feature', message, hint);

/** A look must not change the interface, so one that would lose a feature is left to the next rung. */
const checkFeatures = async (iface: string, host: HostPorts, signal: AbortSignal): Promise<void> => {
  const { code, stdout, stderr } = await host.exec.run({ binary: 'ethtool', args: ['-k', iface], signal });
  if (code !== 0) throw unsuitable(`The features of ${iface} cannot be read: ${stderr.trim()}`, 'Count by tcx.');
  const lost = lostFeatures.filter((name) => new RegExp(`^\\s*${name}: on`, 'm').test(stdout));
  if (lost.length === 0) return;
  throw unsuitable(
    `Generic XDP would switch off ${lost.join(' and ')} at ${iface}, and the kernel would not switch it on again.`,
    'Count by tcx, which leaves it as it is.',
  );
};

export const openXdp = async (
  request: TrafficRequest,
  host: HostPorts,
  signal: AbortSignal,
): Promise<DirectionCounter> => {
  const { iface, ifindex, direction } = request;
  const rung = request.rung === 'xdp_native' ? 'xdp_native' : 'xdp';
  if (direction === 'outgoing') {
    throw new NetError('invalid_argument', 'XDP sees incoming packets only.', 'Count outgoing ones by tcx or clsact.');
  }
  if ((await linkLayerOf(ifindex)) === 'other')
    throw unsuitable(`XDP does not say where the headers of ${iface} begin.`, 'Count by tcx.');
  if (rung === 'xdp') await checkFeatures(iface, host, signal);
  const place = {
    what: `Attaching ${rung === 'xdp' ? 'generic XDP' : 'XDP in the driver'} to ${iface}`,
    target: ifindex,
    attachType: BPF_XDP,
    flags: rung === 'xdp' ? XDP_FLAGS_SKB_MODE : XDP_FLAGS_DRV_MODE,
    taken: `another XDP program is attached to ${iface}`,
  };
  const attach = (programFd: number) => attachByLink(programFd, place);
  return openBpfCounter({ ...request, rung }, { hook: 'xdp', note: notes[rung], attach }, signal);
};
