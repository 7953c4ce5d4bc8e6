// Socket addresses of both families as the kernel wants and gives them (struct sockaddr_in, sockaddr_in6), and as text.
import { addressOf, parseAddress } from '../../model/address.ts';
import type { IpVersion } from '../../model/probe.ts';

const AF_INET = 2;
const AF_INET6 = 10;

export interface SocketAddress {
  address: string;
  port: number;
  /** Interface index of a link-local IPv6 address, else 0. */
  scope: number;
}

/** What follows the percent sign of `fe80::1%eth0`. */
export const zoneOf = (address: string): string | undefined => address.split('%')[1];

/** Undefined when the text is no address of that family. */
export const encodeAddress = (family: IpVersion, { address, port, scope }: SocketAddress): Buffer | undefined => {
  const parsed = parseAddress(address);
  if (parsed?.family !== family) return undefined;
  const out = Buffer.alloc(family === 4 ? 16 : 28);
  out.writeUInt16LE(family === 4 ? AF_INET : AF_INET6, 0);
  out.writeUInt16BE(port, 2);
  out.set(parsed.bytes, family === 4 ? 4 : 8);
  if (family === 6) out.writeUInt32LE(scope, 24);
  return out;
};

/** Undefined for what is no complete IPv4 or IPv6 socket address; the text has no zone. */
export const decodeAddress = (bytes: Buffer): SocketAddress | undefined => {
  const family = bytes.length < 16 ? 0 : bytes.readUInt16LE(0);
  if (family === AF_INET) {
    return { address: addressOf([...bytes.subarray(4, 8)]).text, port: bytes.readUInt16BE(2), scope: 0 };
  }
  if (family !== AF_INET6 || bytes.length < 28) return undefined;
  const { text } = addressOf([...bytes.subarray(8, 24)]);
  return { address: text, port: bytes.readUInt16BE(2), scope: bytes.readUInt32LE(24) };
};
