// Interfaces as the kernel tells them by RTM_GETLINK: what they are and their 64-bit counters, all of them by one dump.
import { setImmediate } from 'node:timers/promises';
import type { LinkStatistics } from '../../model/traffic.ts';
import { attributesByType, textAttribute, textOf, u32Of, u8Of } from './attributes.ts';
import type { NetlinkMessage } from './messages.ts';
import { RouteError, type NetlinkSocket } from './socket.ts';

const RTM_NEWLINK = 16;
const RTM_GETLINK = 18;
const IFF_UP = 1;
const IFF_LOOPBACK = 8;
const IFLA_IFNAME = 3;
const IFLA_MTU = 4;
const IFLA_OPERSTATE = 16;
const IFLA_STATS64 = 23;
const IFLA_CARRIER = 33;
const ENODEV = 19;
const wanted = [IFLA_IFNAME, IFLA_MTU, IFLA_OPERSTATE, IFLA_STATS64, IFLA_CARRIER];
/** Links read before other work of this process gets a turn. */
const linksPerTurn = 50;
/** struct ifinfomsg */
const headerBytes = 16;
/** IFNAMSIZ without the zero byte at the end. */
const longestName = 15;
/** Dumps that interfaces came or went in are asked for again this often; then the last one is taken. */
const tries = 5;

/** `IF_OPER_*` by number. */
const operstates = ['unknown', 'notpresent', 'down', 'lowerlayerdown', 'testing', 'dormant', 'up'] as const;

/** struct rtnl_link_stats64 behind the nine that LinkStatistics names; kernels append to it. */
const furtherFields = [
  'collisions',
  'rx_length_errors',
  'rx_over_errors',
  'rx_crc_errors',
  'rx_frame_errors',
  'rx_fifo_errors',
  'rx_missed_errors',
  'tx_aborted_errors',
  'tx_carrier_errors',
  'tx_fifo_errors',
  'tx_heartbeat_errors',
  'tx_window_errors',
  'rx_compressed',
  'tx_compressed',
  'rx_nohandler',
  'rx_otherhost_dropped',
] as const;
const namedFields = 9;

/** Undefined for a message that is no whole RTM_NEWLINK with a name and counters. */
export const readLink = ({ type, body }: NetlinkMessage): LinkStatistics | undefined => {
  if (type !== RTM_NEWLINK || body.length < headerBytes) return undefined;
  const flags = body.readUInt32LE(8);
  const attributes = attributesByType(body.subarray(headerBytes), wanted);
  const iface = textOf(attributes.get(IFLA_IFNAME));
  const counters = attributes.get(IFLA_STATS64);
  if (iface === undefined || iface === '' || counters === undefined || counters.length < namedFields * 8)
    return undefined;
  const counter = (index: number): bigint => counters.readBigUInt64LE(index * 8);
  const up = (flags & IFF_UP) !== 0;
  const carrier = u8Of(attributes.get(IFLA_CARRIER));
  const others: Record<string, bigint> = {};
  for (const [index, name] of furtherFields.entries()) {
    if ((namedFields + index + 1) * 8 <= counters.length) others[name] = counter(namedFields + index);
  }
  return {
    iface,
    ifindex: body.readInt32LE(4),
    up,
    loopback: (flags & IFF_LOOPBACK) !== 0,
    carrier: up && carrier !== undefined ? carrier === 1 : undefined,
    operstate: operstates[u8Of(attributes.get(IFLA_OPERSTATE)) ?? 0] ?? 'unknown',
    mtu: u32Of(attributes.get(IFLA_MTU)) ?? 0,
    rxPackets: counter(0),
    txPackets: counter(1),
    rxBytes: counter(2),
    txBytes: counter(3),
    rxErrors: counter(4),
    txErrors: counter(5),
    rxDropped: counter(6),
    txDropped: counter(7),
    multicast: counter(8),
    others,
  };
};

const linksOf = async (messages: readonly NetlinkMessage[]): Promise<LinkStatistics[]> => {
  const byIndex = new Map<number, LinkStatistics>();
  for (const [index, message] of messages.entries()) {
    if (index % linksPerTurn === linksPerTurn - 1) await setImmediate();
    const link = readLink(message);
    if (link !== undefined) byIndex.set(link.ifindex, link);
  }
  return [...byIndex.values()];
};

/**
 * Every interface, in the kernel's order. Where interfaces come and go so fast that no dump is whole, one of them may be missing; what is
 * told is exact all the same.
 */
export const readLinks = async (socket: NetlinkSocket): Promise<LinkStatistics[]> => {
  for (let left = tries; ; left -= 1) {
    const { messages, interrupted } = await socket.dump(RTM_GETLINK, [Buffer.alloc(headerBytes)]);
    if (!interrupted || left <= 1) return linksOf(messages);
  }
};

/** The interface that has this name now. */
export const readLinkByName = async (socket: NetlinkSocket, name: string): Promise<LinkStatistics | undefined> => {
  if (name === '' || Buffer.byteLength(name) > longestName || name.includes('\0')) return undefined;
  try {
    const body = [Buffer.alloc(headerBytes), textAttribute(IFLA_IFNAME, name)];
    return (await linksOf(await socket.request({ type: RTM_GETLINK, flags: 0, body })))[0];
  } catch (error) {
    if (error instanceof RouteError && error.errno === ENODEV) return undefined;
    throw error;
  }
};
