// The tcx rung (Linux 6.6): a BPF link at the tc hook, both directions. It stands before the others there, which go on as they are.
import type { DirectionCounter, TrafficRequest } from '../../model/traffic.ts';
import { openBpfCounter } from './bpf-counter.ts';
import { attachByLink } from './bpf-link.ts';

const attachTypes = { incoming: 46, outgoing: 47 } as const;
/** Without anybody named: before all, since a program that decides over a packet hides it from those behind. */
const BPF_F_BEFORE = 8;

export const tcNotes = {
  incoming:
    'Counts after GRO and before the firewall: a joined packet is one, and its segments are the wire packets. A VLAN tag is not among the bytes: the driver or the kernel has taken it off before.',
  outgoing:
    'Counts before GSO splits a packet and before queueing: a joined packet is one, its segments are the wire packets, and what a qdisc drops afterwards is included. A VLAN tag that is put in behind it is not among the bytes.',
} as const;

export const openTcx = (request: TrafficRequest, signal: AbortSignal): Promise<DirectionCounter> => {
  const { iface, ifindex, direction } = request;
  const place = {
    what: `Attaching a tcx program to ${iface}`,
    target: ifindex,
    attachType: attachTypes[direction],
    flags: BPF_F_BEFORE,
  };
  const attach = (programFd: number) => attachByLink(programFd, place);
  return openBpfCounter(request, { hook: 'tc', note: tcNotes[direction], attach }, signal);
};
