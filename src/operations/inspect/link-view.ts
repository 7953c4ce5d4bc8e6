// One interface as get_interfaces shows it in brief, from what rtnetlink and sysfs tell of it.
import * as z from 'zod';
import type { Link, LinkAddress } from '../../host/links.ts';
import { plainText } from '../../model/plain-text.ts';

const addressSchema = z.strictObject({
  address: z.string(),
  prefix_length: z.number(),
  family: z.enum(['ipv4', 'ipv6']),
  scope: z.string(),
  flags: z.array(z.string()).describe('dynamic, deprecated, tentative, ...'),
  broadcast: z.string().optional(),
  peer: z.string().optional(),
  valid_s: z.number().optional(),
});
export type ShownAddress = z.infer<typeof addressSchema>;

export const briefFields = {
  name: z.string(),
  status: z.enum(['up', 'down']).describe('up: switched on and with carrier'),
  admin_up: z.boolean(),
  carrier: z.boolean(),
  ifindex: z.number().nullable(),
  kind: z.string().nullable().describe('null for hardware'),
  mac_address: z.string().nullable(),
  ipv4_addresses: z.array(z.string()),
  ipv6_addresses: z.array(z.string()),
  netmask: z.string().nullable().describe('Of the first IPv4 address'),
  addresses: z.array(addressSchema),
  addresses_total: z.number().optional().describe('Where not all are listed'),
  mtu: z.number().nullable(),
  speed_mbps: z.number().nullable(),
  duplex: z.enum(['full', 'half']).nullable(),
  driver: z.string().nullable(),
  master: z.string().nullable(),
  link: z.string().nullable().describe('Below it, or its peer'),
  link_ifindex: z.number().optional().describe('The same in another namespace'),
  link_netnsid: z.number().optional(),
};
export type Brief = z.infer<z.ZodObject<typeof briefFields, z.core.$strict>>;

/** `24` -> `255.255.255.0`. */
export const netmaskOf = (prefixLength: number): string =>
  [0, 1, 2, 3].map((octet) => 256 - 2 ** (8 - Math.min(8, Math.max(0, prefixLength - octet * 8)))).join('.');

/** What `ip` prints for no end: 2^32 - 1 seconds. */
const forever = 0xffffffff;

const shownAddress = (entry: LinkAddress): ShownAddress[] => {
  const { family, local, address, prefixlen, broadcast, scope, valid_life_time } = entry;
  if ((family !== 'inet' && family !== 'inet6') || local === undefined || prefixlen === undefined) return [];
  const lasts = valid_life_time === undefined || valid_life_time >= forever;
  return [
    {
      address: local,
      prefix_length: prefixlen,
      family: family === 'inet' ? 'ipv4' : 'ipv6',
      scope,
      flags: Object.entries(entry).flatMap(([name, value]) => (value === true ? [plainText(name, 32)] : [])),
      ...(broadcast === undefined ? {} : { broadcast }),
      ...(address === undefined ? {} : { peer: address }),
      ...(lasts ? {} : { valid_s: valid_life_time }),
    },
  ];
};

export const addressesOf = (link: Link): ShownAddress[] =>
  link.addr_info.flatMap((entry) => (entry === undefined ? [] : shownAddress(entry)));

/** The address fields, at most so many addresses in each. */
export const addressFields = (
  all: readonly ShownAddress[],
  most: number,
): Pick<Brief, 'ipv4_addresses' | 'ipv6_addresses' | 'netmask' | 'addresses' | 'addresses_total'> => {
  const kept = all.slice(0, most);
  const of = (family: ShownAddress['family']): string[] =>
    kept.filter((entry) => entry.family === family).map(({ address }) => address);
  const first = all.find(({ family }) => family === 'ipv4');
  return {
    ipv4_addresses: of('ipv4'),
    ipv6_addresses: of('ipv6'),
    netmask: first === undefined ? null : netmaskOf(first.prefix_length),
    addresses: kept,
    ...(kept.length < all.length ? { addresses_total: all.length } : {}),
  };
};

/** Link-layer addresses of six octets and more; tunnels have an IP address in this place. */
const macOf = ({ link_type, address }: Link): string | null =>
  link_type !== 'loopback' && address !== undefined && /^([0-9a-f]{2}:){5,19}[0-9a-f]{2}$/.test(address)
    ? address
    : null;

const nameOf = (name: string | null | undefined): string | null =>
  name === undefined || name === null ? null : plainText(name, 64);

export const isUp = ({ flags }: Link): boolean => flags.includes('UP') && flags.includes('LOWER_UP');

interface Hardware {
  speed_mbps: number | null;
  duplex: 'full' | 'half' | null;
  driver: string | null;
}

/** Kinds that ethtool calls otherwise; for all others the kernel itself answers with the kind. */
const kindDrivers = new Map([
  ['bond', 'bonding'],
  ['vlan', '802.1Q VLAN Support'],
]);

/** The driver of a software link, as `ethtool -i` names it, without asking it. */
const softwareDriver = (kind: string | undefined): string | null =>
  kind === undefined ? null : (kindDrivers.get(kind) ?? kind);

export const briefOf = (link: Link, hardware: Hardware, mostAddresses: number): Brief => ({
  name: plainText(link.ifname, 64),
  status: isUp(link) ? 'up' : 'down',
  admin_up: link.flags.includes('UP'),
  carrier: link.flags.includes('LOWER_UP'),
  ifindex: link.ifindex,
  kind: link.linkinfo?.info_kind ?? null,
  mac_address: macOf(link),
  ...addressFields(addressesOf(link), mostAddresses),
  mtu: link.mtu,
  ...hardware,
  driver: hardware.driver ?? softwareDriver(link.linkinfo?.info_kind),
  master: nameOf(link.master),
  link: nameOf(link.link),
  ...(link.link_index === undefined ? {} : { link_ifindex: link.link_index }),
  ...(link.link_netnsid === undefined ? {} : { link_netnsid: link.link_netnsid }),
});
