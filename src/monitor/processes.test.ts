import { expect, test } from 'vitest';
import { countedByProcess, sampledByProcess, type SocketSeen } from './processes.ts';
import { parseSoftnet, softnetBetween } from './softnet.ts';

const seen = (cookie: bigint, pid: number | undefined, received?: number): SocketSeen => ({
  cookie,
  pid,
  process: pid === undefined ? null : `p${pid}`,
  received,
  acknowledged: received === undefined ? undefined : received * 2,
});
const byCookie = (...sockets: SocketSeen[]): Map<bigint, SocketSeen> =>
  new Map(sockets.map((socket) => [socket.cookie, socket]));

test('counts of sockets go to their processes, less what was there before, and the rest to none', () => {
  const count = (socketCookie: bigint, packets: bigint, bytes: bigint) => ({
    direction: 'incoming' as const,
    socketCookie,
    packets,
    bytes,
  });
  const before = [count(1n, 5n, 500n)];
  const after = [
    count(1n, 6n, 600n),
    count(2n, 2n, 2000n),
    count(0n, 1n, 40n),
    count(9n, 1n, 60n),
    { ...count(1n, 100n, 100_000n), direction: 'outgoing' as const },
  ];
  expect(countedByProcess('incoming', before, after, byCookie(seen(1n, 10), seen(2n, 10)))).toEqual([
    { pid: 10, process: 'p10', packets: 3, bytes: 2100 },
    { pid: undefined, process: null, packets: 2, bytes: 100 },
  ]);
});

test('samples count from a connection’s first state, from 0 where it was born in the window', () => {
  const first = byCookie(seen(1n, 10, 1000));
  const latest = byCookie(seen(1n, 10, 1500), seen(2n, 11, 700), seen(3n, 12));
  expect(sampledByProcess('incoming', first, latest).map(({ pid, bytes }) => [pid, bytes])).toEqual([
    [11, 700],
    [10, 500],
  ]);
  expect(sampledByProcess('outgoing', first, latest).map(({ pid, bytes }) => [pid, bytes])).toEqual([
    [11, 1400],
    [10, 1000],
  ]);
});

test('softnet_stat: the second and third of each CPU’s hexadecimal numbers', () => {
  const before = parseSoftnet('0000a1 0000\n');
  expect(before).toEqual({ dropped: 0, timeSqueezed: 0 });
  const after = parseSoftnet('000000ff 0000000a 00000003 00000000\n00000001 00000001 00000010 00000000\n');
  expect(after).toEqual({ dropped: 11, timeSqueezed: 19 });
  expect(softnetBetween(after, before)).toEqual({ dropped: 0, timeSqueezed: 0 });
});
