// Reads one line of `ss -H -n -t -u -e -O` (iproute2 5.10 and newer). A line that is none is undefined; nothing here throws.
import { parseTcpInfo, type TcpInfo } from './sockets-tcp-info.ts';
import { stateOf, type SocketState } from './sockets-states.ts';

export interface Endpoint {
  /** Without zone; an IPv4-mapped IPv6 address is the IPv4 address. */
  address: string;
  /** 0: any. */
  port: number;
}

export interface Socket {
  protocol: 'tcp' | 'udp';
  /** Of the traffic: ipv4 also for an IPv6 socket that speaks to an IPv4-mapped address. */
  family: 'ipv4' | 'ipv6';
  state: SocketState;
  local: Endpoint;
  /** Null without a peer. */
  remote: Endpoint | null;
  /** The interface it is bound to, which is also the zone of a link-local address. */
  interface: string | null;
  /** A socket of :: that takes IPv4 too. */
  dual_stack: boolean;
  /** Bytes not read yet; of a listener: connections that wait to be accepted. */
  recv_queue: number;
  /** Bytes not acknowledged yet; of a listener: how many connections may wait. */
  send_queue: number;
  /** Null where the kernel keeps none (TIME_WAIT, SYN_RECEIVED). */
  uid: number | null;
  /** Of the socket, as in `/proc/PID/fd`; null where there is none. */
  inode: number | null;
  /** SO_COOKIE, never reused within a boot; null where ss prints none. */
  cookie: bigint | null;
  info: TcpInfo | null;
}

interface Written extends Endpoint {
  zone: string | null;
  star: boolean;
  family: 'ipv4' | 'ipv6';
}

/** `127.0.0.1%lo:53`, `[fe80::1]%eth0:22`, `[::ffff:10.0.0.1]:80`, `*:22` (IPv6 and IPv4), `0.0.0.0:*`. */
const endpoint = (text: string): Written | undefined => {
  const found = /^(\*|[0-9.]{7,15}|\[[0-9a-f:.]{2,45}\])(?:%([^%:\s]{1,15}))?:(\*|\d{1,5})$/i.exec(text);
  if (found === null) return undefined;
  const [, host = '', zone = null, port = ''] = found;
  const bare = host.replaceAll(/[[\]]/g, '');
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare)?.[1];
  return {
    address: host === '*' ? '::' : (mapped ?? bare),
    port: port === '*' ? 0 : Number(port),
    zone,
    star: host === '*',
    family: mapped === undefined && (host === '*' || bare.includes(':')) ? 'ipv6' : 'ipv4',
  };
};

/**
 * The path of a cgroup, which whoever made it may name freely, is the only foreign text of a line: what we look for stands
 * before it, or after the last arrow.
 */
const partsOf = (rest: string): { before: string; after: string } => {
  const cgroup = rest.search(/(?:^|\s)cgroup:/);
  const arrows = [...rest.matchAll(/\s(?:<->|-->|<--|---)(?=\s|$)/g)].at(-1)?.index;
  return {
    before: cgroup === -1 ? rest : rest.slice(0, cgroup),
    after: arrows === undefined ? '' : rest.slice(arrows + 4).trim(),
  };
};

const numberIn = (text: string, name: string): number | null => {
  const digits = new RegExp(`(?:^|\\s)${name}:(\\d{1,15})(?=\\s|$)`).exec(text)?.[1];
  return digits === undefined ? null : Number(digits);
};

/** Hexadecimal, as ss prints it. */
const cookieIn = (text: string): bigint | null => {
  const digits = /(?:^|\s)sk:([0-9a-f]{1,16})(?=\s|$)/.exec(text)?.[1];
  return digits === undefined ? null : BigInt(`0x${digits}`);
};

export const parseSocketLine = (line: string): Socket | undefined => {
  const found = /^(tcp|udp)\s+(\S{1,20})\s+(\d{1,15})\s+(\d{1,15})\s+(\S{1,80})\s+(\S{1,80})(?:\s+(.*))?$/.exec(line);
  if (found === null) return undefined;
  const [, netid, word = '', received, sent, here = '', there = '', rest = ''] = found;
  const protocol = netid === 'udp' ? 'udp' : 'tcp';
  const local = endpoint(here);
  const remote = endpoint(there);
  if (local === undefined || remote === undefined) return undefined;
  const { before, after } = partsOf(rest);
  const inode = numberIn(before, 'ino');
  const state = stateOf(word, protocol);
  const hasPeer = remote.port !== 0;
  const wildcard = local.address === '::';
  return {
    protocol,
    family: local.family === 'ipv4' || (hasPeer && remote.family === 'ipv4') ? 'ipv4' : 'ipv6',
    state,
    local: { address: local.address, port: local.port },
    remote: hasPeer ? { address: remote.address, port: remote.port } : null,
    interface: local.zone ?? remote.zone,
    dual_stack: wildcard && local.star,
    recv_queue: Number(received),
    send_queue: Number(sent),
    // ss leaves a uid of 0 out.
    uid: inode === null || inode === 0 ? null : (numberIn(before, 'uid') ?? 0),
    inode: inode === 0 ? null : inode,
    cookie: cookieIn(before),
    info: protocol === 'tcp' && state !== 'LISTEN' ? parseTcpInfo(after) : null,
  };
};
