// ping in namespaces: as root, as a user who may and one who may not open ping sockets, and against hosts that answer badly or not at all.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect } from 'vitest';
import { kernelTest } from '../helpers/kernel-test.ts';
import type { Namespace } from '../helpers/netns.ts';
import { otherUsers, requireFeature } from '../helpers/skip.ts';
import { listening } from './hostile-responder.ts';
import { openRoutedNetwork, routerAddress, serverAddress } from './routed-network.ts';
import { nobody, processesIn, runEcho, setPingGroups } from './run-echo-agent.ts';

const responder = fileURLToPath(new URL('./hostile-responder.ts', import.meta.url));

const ping = (namespace: Namespace, input: Record<string, unknown>, user: readonly string[] = []) =>
  runEcho(namespace, { operation: 'ping', input }, user);

const families = [4, 6] as const;

const ways = [
  { method: 'icmp_raw', groups: 'none', user: [] },
  { method: 'icmp_datagram', groups: 'all', user: nobody },
  { method: 'ping_binary', groups: 'none', user: nobody },
] as const;

describe.each(ways)('by $method', ({ method, groups, user }) => {
  kernelTest(
    'D-25: in both families a host that answers, one that is silent, one out of reach',
    async ({ openNamespace, task, skip }) => {
      if (user.length > 0) await requireFeature({ task, skip }, otherUsers);
      const { client } = await openRoutedNetwork(openNamespace);
      await setPingGroups(client, groups);
      for (const family of families) {
        const target = serverAddress[family];
        const { result } = await ping(client, { target, count: 3 }, user);
        expect(result).toMatchObject({
          success: true,
          target,
          resolved_ip: target,
          packets_sent: 3,
          packets_received: 3,
          packet_loss_percent: 0,
          duplicates: 0,
          replies: [1, 2, 3].map((sequence) => ({ sequence, ttl: 63 })),
          errors: [],
          method,
        });
        expect(String(result?.['summary'])).toMatch(
          new RegExp(`^${target} is reachable. 3/3 packets received, avg latency [0-9.]+ms$`),
        );
        const [min, avg, max] = ['min', 'avg', 'max'].map((figure) => Number(result?.[`${figure}_latency_ms`]));
        expect(min).toBeGreaterThan(0);
        expect(avg).toBeGreaterThanOrEqual(Number(min));
        expect(max).toBeGreaterThanOrEqual(Number(avg));

        const silent = family === 4 ? '10.1.0.99' : 'fd01::99';
        expect((await ping(client, { target: silent, count: 2, timeout_s: 0.3 }, user)).result).toMatchObject({
          success: false,
          packets_received: 0,
          packet_loss_percent: 100,
          min_latency_ms: null,
          avg_latency_ms: null,
          max_latency_ms: null,
          summary: `${silent} is unreachable. 0/2 packets received, nothing answered`,
        });

        const near = routerAddress[family];
        const { result: cut } = await ping(client, { target, count: 2, ttl: 1, timeout_s: 1 }, user);
        expect(cut).toMatchObject({ success: false, total_errors: 2 });
        expect(cut?.['errors']).toMatchObject([
          { sequence: 1, from: near, kind: 'time_exceeded' },
          { sequence: 2, from: near, kind: 'time_exceeded' },
        ]);

        const big = { target: near, count: 1, size_bytes: 1473, dont_fragment: true, timeout_s: 1 };
        const { result: tooLong } = await ping(client, big, user);
        expect(tooLong).toMatchObject({ success: false, errors: [{ from: null, kind: 'local' }] });
        expect(String(tooLong?.['summary'])).toMatch(/message too long.*1500/);
      }
    },
  );
});

kernelTest('an MTU on the way is told with its size', async ({ openNamespace }) => {
  const { client, router, server } = await openRoutedNetwork(openNamespace);
  await router.exec('ip', 'link', 'set', 'r1', 'mtu', '1400');
  await server.exec('ip', 'link', 'set', 's0', 'mtu', '1400');
  for (const family of families) {
    const input = { target: serverAddress[family], count: 1, size_bytes: 1420, dont_fragment: true };
    const { result } = await ping(client, input);
    expect(result?.['errors']).toEqual([
      {
        sequence: 1,
        from: routerAddress[family],
        kind: 'too_big',
        what: 'too large for the next link, MTU 1400',
      },
    ]);
    expect((await ping(client, { ...input, dont_fragment: false })).result).toMatchObject({ packets_received: 1 });
  }
});

kernelTest('where neither sockets nor the program may, the error names the fix', async ({ namespace, task, skip }) => {
  await requireFeature({ task, skip }, otherUsers);
  await setPingGroups(namespace, 'none');
  const { error } = await ping(namespace, { target: '127.0.0.1' }, [...nobody, '--no-new-privs']);
  expect(error?.code).toBe('not_permitted');
  expect(error?.hint).toContain("sysctl -w net.ipv4.ping_group_range='0 2147483647'");
});

kernelTest('hostile answers count for nothing, the honest one among them does', async ({ openNamespace }) => {
  const { client, server } = await openRoutedNetwork(openNamespace);
  await server.exec('sysctl', '-qw', 'net.ipv4.icmp_echo_ignore_all=1', 'net.ipv6.icmp.echo_ignore_all=1');
  // It ends with the namespace.
  const child = spawn('ip', ['netns', 'exec', server.name, process.execPath, responder, 'serve'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const printed: unknown = await once(child.stdout, 'data');
  expect(String(printed)).toContain(listening);
  for (const groups of ['none', 'all'] as const) {
    await setPingGroups(client, groups);
    for (const family of families) {
      const { result, error } = await ping(client, { target: serverAddress[family], count: 3 });
      expect(error).toBeUndefined();
      expect(result).toMatchObject({
        method: groups === 'all' ? 'icmp_datagram' : 'icmp_raw',
        packets_sent: 3,
        packets_received: 3,
        errors: [],
        notes: ['Replies from other addresses, ignored: 3.'],
      });
      // Two of each request; the third reply ends the run, so what follows it may come too late.
      expect(result?.['duplicates']).toBeOneOf([4, 5, 6]);
    }
  }
});

kernelTest('what is no target is refused before anything runs', async ({ namespace }) => {
  for (const target of [
    '-f',
    '--help',
    '-c1',
    '127.0.0.1; id',
    '$(id)',
    '169.254.169.254',
    '2852039166',
    'fd00:ec2::254',
  ]) {
    const { error, result } = await ping(namespace, { target });
    expect(result).toBeUndefined();
    expect(['invalid_argument', 'target_refused']).toContain(error?.code);
  }
});

kernelTest(
  'cancelled, it ends within 500 ms and leaves no process and no socket',
  async ({ openNamespace, task, skip }) => {
    await requireFeature({ task, skip }, otherUsers);
    const namespace = await openNamespace();
    for (const user of [[], nobody]) {
      await setPingGroups(namespace, 'none');
      const request = { operation: 'ping', input: { target: '::1', count: 100 }, cancelAfterMs: 400 } as const;
      const { error, elapsedMs, sockets } = await runEcho(namespace, request, user);
      expect(error?.code).toBe('cancelled');
      expect(elapsedMs).toBeLessThan(500);
      expect(sockets).toBe(0);
      expect(await processesIn(namespace)).toBe('');
    }
  },
);
