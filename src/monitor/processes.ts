// Traffic by process: counts by socket cookie, or what TCP says of each connection, joined with who held the socket when it was seen.
import type { TrafficDirection } from '../model/traffic.ts';

export interface SocketSeen {
  cookie: bigint;
  pid: number | undefined;
  process: string | null;
  /** Payload bytes that TCP has received, and that its peer has acknowledged; undefined for UDP and without tcp_info. */
  received: number | undefined;
  acknowledged: number | undefined;
}

export interface ProcessCount {
  pid: number | undefined;
  process: string | null;
  /** Undefined: the way of counting knows bytes only. */
  packets: number | undefined;
  bytes: number;
}

interface Tally {
  cookie: bigint;
  packets: number | undefined;
  bytes: number;
}

/** Largest first; what no known socket had is one entry without a process. */
const byProcess = (tallies: readonly Tally[], sockets: ReadonlyMap<bigint, SocketSeen>): ProcessCount[] => {
  const sums = new Map<string, ProcessCount>();
  for (const { cookie, packets, bytes } of tallies) {
    if (bytes <= 0 && (packets ?? 0) <= 0) continue;
    const { pid, process = null } = sockets.get(cookie) ?? {};
    const key = `${pid ?? ''} ${process ?? ''}`;
    const sum = sums.get(key);
    const all = packets === undefined ? undefined : packets + (sum?.packets ?? 0);
    sums.set(key, { pid, process, packets: all, bytes: bytes + (sum?.bytes ?? 0) });
  }
  return [...sums.values()].sort((one, other) => other.bytes - one.bytes);
};

export interface SocketCount {
  direction: TrafficDirection;
  socketCookie: bigint;
  packets: bigint;
  bytes: bigint;
}

const keyOf = ({ direction, socketCookie }: SocketCount): string => `${direction} ${socketCookie}`;

/** From the kernel's counts by socket, `before` and at the end of the window. */
export const countedByProcess = (
  direction: TrafficDirection,
  before: readonly SocketCount[],
  after: readonly SocketCount[],
  sockets: ReadonlyMap<bigint, SocketSeen>,
): ProcessCount[] => {
  const known = new Map(before.map((count) => [keyOf(count), count]));
  const tallies = after
    .filter((count) => count.direction === direction)
    .map((count) => {
      const earlier = known.get(keyOf(count));
      return {
        cookie: count.socketCookie,
        packets: Number(count.packets - (earlier?.packets ?? 0n)),
        bytes: Number(count.bytes - (earlier?.bytes ?? 0n)),
      };
    });
  return byProcess(tallies, sockets);
};

/** From samples of TCP's own counters: a connection's last known state less its first; one that was born in the window began at 0. */
export const sampledByProcess = (
  direction: TrafficDirection,
  first: ReadonlyMap<bigint, SocketSeen>,
  latest: ReadonlyMap<bigint, SocketSeen>,
): ProcessCount[] => {
  const of = (socket: SocketSeen | undefined): number =>
    (direction === 'incoming' ? socket?.received : socket?.acknowledged) ?? 0;
  const tallies = [...latest.values()].map((socket) => ({
    cookie: socket.cookie,
    packets: undefined,
    bytes: of(socket) - of(first.get(socket.cookie)),
  }));
  return byProcess(tallies, latest);
};
