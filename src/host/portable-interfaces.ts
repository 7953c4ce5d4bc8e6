// The interfaces as every platform tells them: those that are up and have an address, without link details.
import { networkInterfaces } from 'node:os';

export interface PortableAddress {
  address: string;
  prefix_length: number;
  family: 'ipv4' | 'ipv6';
  /** Of the loopback. */
  internal: boolean;
  /** Zone index of a link-local IPv6 address, the interface's number there. */
  zone: number;
}

export interface PortableInterface {
  name: string;
  mac: string | null;
  addresses: PortableAddress[];
}

const zeros = '00:00:00:00:00:00';

/** In the platform's order. */
export const readPortableInterfaces = (): PortableInterface[] =>
  Object.entries(networkInterfaces()).map(([name, entries = []]) => ({
    name,
    mac: entries.find(({ mac }) => mac !== zeros)?.mac ?? null,
    addresses: entries.map((entry) => ({
      address: entry.address,
      prefix_length: Number(entry.cidr?.split('/')[1] ?? (entry.family === 'IPv4' ? 32 : 128)),
      family: entry.family === 'IPv4' ? 'ipv4' : 'ipv6',
      internal: entry.internal,
      zone: entry.family === 'IPv6' ? entry.scopeid : 0,
    })),
  }));
