import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { plainHops, simulatePath } from '../../../tests/probe/simulated-path.ts';
import { NetError } from '../../model/errors.ts';
import type { ProbeAnswer } from '../../model/probe.ts';
import { createProber } from './prober.ts';

const target = '192.0.2.1';
const reply = (token: number, from = target): ProbeAnswer => ({
  token,
  from,
  kind: 'echo_reply',
  code: 0,
  mtu: null,
  hopLimit: 64,
  atMs: performance.now(),
});

describe('createProber', () => {
  test('gives every probe its own answer', async () => {
    const { signal } = new AbortController();
    const prober = createProber(simulatePath(plainHops(3)), '192.0.2.3', signal);
    const outcomes = await Promise.all([3, 1, 2].map((hopLimit) => prober.probe({ hopLimit, timeoutMs: 2000 })));
    expect(outcomes.map(({ answer }) => answer?.from)).toEqual(['192.0.2.3', '192.0.2.1', '192.0.2.2']);
    expect(outcomes.every(({ rttMs }) => rttMs !== null && rttMs >= 0)).toBe(true);
    prober.close();
  });

  test('a late answer is nobody’s, and a second one changes nothing', async () => {
    const socket = simulatePath([{ addresses: [target], silent: () => true }]);
    const prober = createProber(socket, target, new AbortController().signal);
    const first = prober.probe({ timeoutMs: 5 });
    expect((await first).answer).toBeNull();
    const second = prober.probe({ timeoutMs: 1000 });
    const [one, two] = socket.sent.map(({ token }) => token);
    socket.inject(reply(one ?? 0));
    await pause(5);
    socket.inject(reply(two ?? 0));
    socket.inject({ ...reply(two ?? 0), kind: 'unreachable' });
    expect((await second).answer).toMatchObject({ kind: 'echo_reply', token: two });
    prober.close();
  });

  test('an answer given while it is being sent is kept', async () => {
    const socket = simulatePath([{ addresses: [target], silent: () => true }]);
    const eager = {
      ...socket,
      send: (packet: Parameters<typeof socket.send>[0]) => {
        const at = socket.send(packet);
        socket.inject(reply(packet.token));
        return at;
      },
    };
    const prober = createProber(eager, target, new AbortController().signal);
    expect((await prober.probe({ timeoutMs: 1000 })).answer?.kind).toBe('echo_reply');
    prober.close();
  });

  test('no token is used twice while one is outstanding, also after the last one', async () => {
    const socket = simulatePath([{ addresses: [target], silent: () => true }], { method: 'udp' });
    const prober = createProber(socket, target, new AbortController().signal);
    const probes = Array.from({ length: 16_384 }, () => prober.probe({ timeoutMs: 60_000 }));
    const tokens = socket.sent.map(({ token }) => token);
    expect(new Set(tokens).size).toBe(16_384);
    expect([Math.min(...tokens), Math.max(...tokens)]).toEqual([33_434, 49_817]);
    prober.close();
    expect((await Promise.all(probes)).every(({ answer }) => answer === null)).toBe(true);
  });

  test.each(['udp', 'icmp_raw'] as const)('what somebody else replies answers no probe by %s', async (method) => {
    const socket = simulatePath([{ addresses: [target], silent: () => true }], { method });
    const prober = createProber(socket, target, new AbortController().signal);
    const outcome = prober.probe({ timeoutMs: 50 });
    socket.inject(reply(socket.sent[0]?.token ?? 0, '203.0.113.66'));
    expect((await outcome).answer).toBeNull();
    prober.close();
  });

  test('the first sequence number cannot be told, the first port is that of traceroute', async () => {
    const firsts = (method: 'udp' | 'icmp_raw'): number[] =>
      Array.from({ length: 20 }, () => {
        const socket = simulatePath([{ addresses: [target], silent: () => true }], { method });
        const prober = createProber(socket, target, new AbortController().signal);
        void prober.probe({ timeoutMs: 60_000 });
        prober.close();
        return socket.sent[0]?.token ?? -1;
      });
    expect(new Set(firsts('icmp_raw')).size).toBeGreaterThan(15);
    expect(new Set(firsts('udp'))).toEqual(new Set([33_434]));
  });

  test('an abort ends every wait with its reason and closes the socket', async () => {
    const socket = simulatePath([{ addresses: [target], silent: () => true }]);
    const controller = new AbortController();
    const prober = createProber(socket, target, controller.signal);
    const waits = [1, 2, 3].map(() => prober.probe({ timeoutMs: 60_000 }));
    const reason = new NetError('cancelled', 'Told to.', 'Call again.');
    controller.abort(reason);
    const ends = await Promise.allSettled(waits);
    expect(ends).toEqual(ends.map(() => ({ status: 'rejected', reason })));
    expect(socket.closed).toBe(true);
    expect(() => prober.probe({ timeoutMs: 1 })).toThrow(reason);
  });
});
