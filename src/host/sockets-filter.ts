// Which sockets a caller means by an address, a prefix, a port or a process.
import { BlockList } from 'node:net';
import { NetError } from '../model/errors.ts';
import { addressSchema } from '../model/names.ts';
import type { Socket } from './sockets-text.ts';

const invalid = (text: string): NetError =>
  new NetError(
    'invalid_argument',
    `Argument address: '${text.slice(0, 60)}' is neither an address nor a prefix.`,
    'Give an IPv4 or IPv6 address such as 192.0.2.1 or fe80::1%eth0, or a prefix such as 10.0.0.0/8.',
  );

/** An address (a zone asks for the interface too) or a prefix, matched by value on either side. Throws invalid_argument. */
export const addressFilter = (text: string): ((socket: Socket) => boolean) => {
  const found = /^([0-9a-f:.]{2,45})(?:%([^%/\s]{1,15}))?(?:\/(\d{1,3}))?$/i.exec(text.trim());
  const [, written = '', zone, length] = found ?? [];
  const address = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(written)?.[1] ?? written;
  if (!addressSchema.safeParse(address).success) throw invalid(text);
  const family = address.includes(':') ? 'ipv6' : 'ipv4';
  const bits = family === 'ipv6' ? 128 : 32;
  const prefix = length === undefined ? bits : Number(length);
  if (prefix > bits) throw invalid(text);
  const list = new BlockList();
  list.addSubnet(address, prefix, family);
  const has = (endpoint: { address: string } | null): boolean =>
    endpoint !== null && endpoint.address.includes(':') === (family === 'ipv6') && list.check(endpoint.address, family);
  return (socket) => (zone === undefined || socket.interface === zone) && (has(socket.local) || has(socket.remote));
};

/** The local or the remote port. */
export const portFilter =
  (port: number) =>
  (socket: Socket): boolean =>
    socket.local.port === port || socket.remote?.port === port;

/** A process's name holds the text; the kernel keeps its first 15 characters, so a longer text may begin with them. */
export const nameMatches = (name: string, wanted: string): boolean => {
  const [known, asked] = [name.toLowerCase(), wanted.toLowerCase()];
  return known.includes(asked) || (known.length === 15 && asked.startsWith(known));
};
