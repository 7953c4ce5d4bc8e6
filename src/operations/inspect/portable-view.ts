// One interface as get_interfaces shows it where there is no rtnetlink (macOS, Windows).
import type { PortableAddress, PortableInterface } from '../../host/portable-interfaces.ts';
import { plainText } from '../../model/plain-text.ts';
import { addressFields, type Brief, type ShownAddress } from './link-view.ts';

/** RFC 4007 and RFC 3927: loopback is of the host, fe80::/10 and 169.254.0.0/16 of the link. */
const scopeOf = ({ address, internal }: PortableAddress): string => {
  if (internal) return 'host';
  return /^(fe[89ab][0-9a-f]:|169\.254\.)/i.test(address) ? 'link' : 'global';
};

const shown = (entry: PortableAddress): ShownAddress => ({
  address: entry.address,
  prefix_length: entry.prefix_length,
  family: entry.family,
  scope: scopeOf(entry),
  flags: [],
});

export const portableBrief = ({ name, mac, addresses }: PortableInterface, mostAddresses: number): Brief => ({
  name: plainText(name, 128),
  // The platform lists only what is up and running.
  status: 'up',
  admin_up: true,
  carrier: true,
  ifindex: addresses.find(({ zone }) => zone !== 0)?.zone ?? null,
  kind: null,
  mac_address: mac,
  ...addressFields(addresses.map(shown), mostAddresses),
  mtu: null,
  speed_mbps: null,
  duplex: null,
  driver: null,
  master: null,
  link: null,
});
