// Where an interface's packets begin, by its hardware type (ARPHRD_ of linux/if_arp.h).
import { NetError } from '../../model/errors.ts';
import type { LinkLayer } from '../../monitor/layout.ts';
import { bpfCalls } from './calls.ts';

const layers: Readonly<Record<number, LinkLayer>> = {
  1: 'ethernet',
  /** 6LoWPAN and such have others; PPP (512), IP tunnels (768 to 778, 823), raw IP (519) and tun or WireGuard (65534) have no header here. */
  512: 'raw_ip',
  519: 'raw_ip',
  768: 'raw_ip',
  769: 'raw_ip',
  772: 'loopback',
  776: 'raw_ip',
  65534: 'raw_ip',
};

/** Throws not_found when the interface is gone. */
export const linkLayerOf = async (ifindex: number): Promise<LinkLayer> => {
  const found = (await bpfCalls()).interfaceType(ifindex);
  if (found === undefined)
    throw new NetError('not_found', `Interface ${ifindex} is gone.`, 'List them with get_interfaces.');
  return layers[found.type] ?? 'other';
};
