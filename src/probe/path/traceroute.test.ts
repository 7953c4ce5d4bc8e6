import { describe, expect, test } from 'vitest';
import { plainHops, simulatePath, type SimulatedHop } from '../../../tests/probe/simulated-path.ts';
import type { IpVersion, ProbeSocket } from '../../model/probe.ts';
import { createProber } from './prober.ts';
import { traceroute, type Trace, type TracerouteRequest } from './traceroute.ts';

interface Scene {
  options?: { family?: IpVersion; method?: ProbeSocket['method']; open?: boolean; interfaceMtu?: number };
  request?: Partial<TracerouteRequest>;
}

const trace = async (hops: readonly SimulatedHop[], { options = {}, request = {} }: Scene = {}): Promise<Trace> => {
  const { signal } = new AbortController();
  const target = options.open === false ? '203.0.113.9' : (hops.at(-1)?.addresses[0] ?? '');
  const prober = createProber(simulatePath(hops, options), target, signal);
  try {
    return await traceroute(
      prober,
      { target, maxHops: 30, timeoutMs: 150, probesPerHop: 3, ...request },
      { signal, progress: () => undefined },
    );
  } finally {
    prober.close();
  }
};

/** The hops with one of them changed. */
const withHop = (count: number, hop: number, change: Partial<SimulatedHop>): SimulatedHop[] =>
  plainHops(count).map((plain, index) => (index === hop - 1 ? { ...plain, ...change } : plain));

const addressesOf = ({ hops }: Trace): (string | null)[] => hops.map(({ ip }) => ip);
const numbered = (...numbers: number[]): string[] => numbers.map((number) => `192.0.2.${number}`);

describe('traceroute', () => {
  test('stops at the target and asks every hop as often as wanted', async () => {
    const found = await trace(plainHops(5));
    expect(found).toMatchObject({ reached: true, totalHops: 5, issues: [], silentHopsCut: 0 });
    expect(addressesOf(found)).toEqual(numbered(1, 2, 3, 4, 5));
    expect(found.hops.map(({ sent, received }) => [sent, received])).toEqual(found.hops.map(() => [3, 3]));
  });

  test('several addresses of one hop are all listed, the most frequent first', async () => {
    const ecmp = withHop(3, 2, { addresses: ['198.51.100.1', '198.51.100.2', '198.51.100.2'] });
    const { hops } = await trace(ecmp);
    expect(hops[1]).toMatchObject({ ip: '198.51.100.2', addresses: ['198.51.100.2', '198.51.100.1'] });
  });

  test('a hop that answers too late is silent, and its answer belongs to nobody', async () => {
    const found = await trace(withHop(4, 2, { delayMs: 400 }));
    expect(addressesOf(found)).toEqual(['192.0.2.1', null, '192.0.2.3', '192.0.2.4']);
    expect(found.reached).toBe(true);
  });

  test('a lost first answer of the target does not move it', async () => {
    const found = await trace(withHop(3, 3, { silent: (n) => n === 0 }));
    expect(found).toMatchObject({ reached: true, totalHops: 3 });
    expect(addressesOf(found)).toEqual(numbered(1, 2, 3));
    expect(found.issues.join(' ')).toContain('1 of 3 probes unanswered');
  });

  test('a router that refuses for a moment does not end the path', async () => {
    const socket = simulatePath(plainHops(4));
    const { signal } = new AbortController();
    const prober = createProber(socket, '192.0.2.4', signal);
    const request = { target: '192.0.2.4', maxHops: 30, timeoutMs: 150, probesPerHop: 3 };
    const run = traceroute(prober, request, { signal, progress: () => undefined });
    const token = socket.sent[0]?.token ?? 0;
    socket.inject({ token, from: '192.0.2.1', kind: 'unreachable', code: 1, mtu: null, hopLimit: 64, atMs: 0 });
    const again = await run;
    expect(again).toMatchObject({ reached: true, totalHops: 4 });
    prober.close();
  });

  test('a router that translates addresses speaks for the target before the target does', async () => {
    const nat = withHop(4, 3, { addresses: ['192.0.2.4'] });
    const found = await trace(nat);
    expect(found.hops.map(({ is_destination: here }) => here)).toEqual([false, false, false, true]);
    expect(found).toMatchObject({ reached: true, totalHops: 4 });
  });

  for (const [family, code] of [
    [4, 13],
    [6, 1],
  ] as const) {
    test(`an administrative prohibition ends an IPv${family} path and is told in words`, async () => {
      const found = await trace(withHop(5, 3, { refuses: { kind: 'unreachable', code } }), { options: { family } });
      expect(found).toMatchObject({ reached: false, totalHops: 4 });
      expect(found.hops[3]?.error).toContain('administratively prohibited');
      expect(found.issues[0]).toContain('192.0.2.3');
    });
  }

  test('a closed port of the target is what a UDP probe hopes for', async () => {
    const closed = withHop(3, 3, { refuses: { kind: 'unreachable', code: 3 } });
    expect(await trace(closed, { options: { method: 'udp' } })).toMatchObject({ reached: true, issues: [] });
    const byEcho = await trace(closed);
    expect(byEcho.reached).toBe(true);
    expect(byEcho.issues.join(' ')).toContain('port unreachable');
  });

  test('silence to the end is cut, counted and named', async () => {
    const found = await trace(plainHops(2), { options: { open: false }, request: { maxHops: 12 } });
    expect(found).toMatchObject({ reached: false, totalHops: 2, probedHops: 12, silentHopsCut: 7 });
    expect(found.hops).toHaveLength(5);
    expect(found.issues[0]).toContain('Silence after hop 2');
  });

  test('a target behind more hops than allowed is named as such', async () => {
    const found = await trace(plainHops(6), { request: { maxHops: 4 } });
    expect(found.issues[0]).toContain('farther than 4 hops');
  });

  test('what this host refuses ends it at once', async () => {
    const found = await trace(plainHops(3), { options: { interfaceMtu: 60 } });
    expect(found.hops).toHaveLength(1);
    expect(found.issues[0]).toContain('No probe got out');
    expect(found.issues[0]).toContain('EMSGSIZE');
  });
});
