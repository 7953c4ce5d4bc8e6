// Link-local IPv6 addresses and the interface each of them needs (RFC 4007): without one, nothing can be sent there.
import { existsSync } from 'node:fs';
import { networkInterfaces, type NetworkInterfaceInfo } from 'node:os';
import type { Address } from '../../model/address.ts';
import { NetError } from '../../model/errors.ts';

export interface Interfaces {
  /** By name or number. */
  has: (zone: string) => boolean;
  /** Those with a link-local IPv6 address. */
  linkLocal: () => readonly string[];
}

const all = (): [string, NetworkInterfaceInfo][] =>
  Object.entries(networkInterfaces()).flatMap(([name, infos = []]) =>
    infos.map((info): [string, NetworkInterfaceInfo] => [name, info]),
  );

export const systemInterfaces: Interfaces = {
  // Node leaves out interfaces that are down; they are none the less there.
  has: (zone) =>
    all().some(
      ([name, info]) => name === zone || (info.family === 'IPv6' && info.scopeid > 0 && String(info.scopeid) === zone),
    ) || existsSync(`/sys/class/net/${zone}`),
  linkLocal: () => [...new Set(all().flatMap(([name, { address }]) => (/^fe[89ab]/i.test(address) ? [name] : [])))],
};

const maxNamed = 8;

const isLinkLocal = ({ family, bytes }: Address): boolean =>
  family === 6 && bytes[0] === 0xfe && ((bytes[1] ?? 0) & 0xc0) === 0x80;

/** Throws invalid_argument for a link-local address without an interface, or with one that is not there. */
export const checkZone = (address: Address, interfaces: Interfaces): void => {
  if (!isLinkLocal(address)) return;
  const [plain = '', zone] = address.text.split('%');
  if (zone !== undefined && interfaces.has(zone)) return;
  const names = interfaces.linkLocal().slice(0, maxNamed);
  const example = `Write ${plain}%${names[0] ?? 'INTERFACE'}`;
  throw new NetError(
    'invalid_argument',
    zone === undefined
      ? `${plain} is link-local: it means another host on every interface, and no interface is named.`
      : `${address.text} names the interface ${zone}, which this host does not have.`,
    names.length === 0
      ? `${example} with the interface it is behind; none has a link-local IPv6 address now (get_interfaces).`
      : `${example}${names.length === 1 ? '' : ` or the like`}; interfaces with link-local addresses: ${names.join(', ')}.`,
  );
};
