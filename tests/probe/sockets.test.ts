// The probe sockets on the real kernel: every method and family, the errors of routers, hosts and this host itself.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect } from 'vitest';
import { kernelTest } from '../helpers/kernel-test.ts';
import type { Namespace } from '../helpers/netns.ts';
import { otherUsers, requireFeature } from '../helpers/skip.ts';
import { listening } from './forging-responder.ts';
import { openRoutedNetwork, routerAddress, serverAddress } from './routed-network.ts';
import { type SocketReply, socketReplySchema, type SocketRequest } from './socket-agent.ts';

const agent = fileURLToPath(new URL('./socket-agent.ts', import.meta.url));
const forger = fileURLToPath(new URL('./forging-responder.ts', import.meta.url));
const nobody = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups'];

const run = async (
  namespace: Namespace,
  request: SocketRequest,
  user: readonly string[] = [],
): Promise<SocketReply> => {
  const [file, ...args] = [...user, process.execPath, agent, JSON.stringify(request)];
  return socketReplySchema.parse(JSON.parse(await namespace.exec(file, ...args)));
};

const allow = async (namespace: Namespace, range: 'open' | 'closed'): Promise<void> => {
  await namespace.exec('sysctl', '-qw', `net.ipv4.ping_group_range=${range === 'open' ? '0 2147483647' : '1 0'}`);
};

const families = [4, 6] as const;
const ways = [
  { method: 'icmp_datagram', methods: ['icmp'], range: 'open' },
  { method: 'icmp_raw', methods: ['icmp'], range: 'closed' },
  { method: 'udp', methods: ['udp'], range: 'closed' },
] as const;
const cases = families.flatMap((family) => ways.map((way) => ({ family, ...way })));

describe.each(cases)('IPv$family by $method', ({ family, method, methods, range }) => {
  const closedPort = { kind: 'unreachable', code: family === 4 ? 3 : 4 };
  const answered = method === 'udp' ? closedPort : { kind: 'echo_reply', code: 0 };

  kernelTest('answers of hosts and routers', async ({ openNamespace }) => {
    const { client, router } = await openRoutedNetwork(openNamespace);
    await allow(client, range);
    await router.exec('ip', 'link', 'set', 'r1', 'mtu', '1400');
    const [near, far] = [routerAddress[family], serverAddress[family]];
    const nowhere = family === 4 ? '10.9.0.1' : 'fd09::1';
    await router.exec('ip', `-${family}`, 'route', 'add', 'unreachable', family === 4 ? '10.9.0.0/24' : 'fd09::/64');
    const tooBig = { address: far, payloadBytes: 1420, dontFragment: true };
    const reply = await run(client, {
      family,
      methods: [...methods],
      packets: [
        { address: near, token: 40_001 },
        { address: far, token: 40_002, payloadBytes: 0 },
        { address: far, token: 40_003, hopLimit: 1 },
        { address: nowhere, token: 40_004 },
        { ...tooBig, token: 40_005 },
        { address: near, token: 40_006, payloadBytes: 1473, dontFragment: true },
        { address: near, token: 40_007, payloadBytes: 60_000 },
      ],
    });
    expect(reply).toMatchObject({ method, leaked: 0 });
    const byToken = [...reply.answers].sort((left, right) => left.token - right.token);
    expect(byToken).toMatchObject([
      { token: 40_001, from: near, ...answered, hopLimit: 64 },
      { token: 40_002, from: far, ...answered, hopLimit: 63 },
      { token: 40_003, from: near, kind: 'time_exceeded', code: 0, hopLimit: 64 },
      { token: 40_004, from: near, kind: 'unreachable', code: family === 4 ? 1 : 0 },
      { token: 40_005, from: near, kind: 'too_big', mtu: 1400 },
      { token: 40_006, from: null, kind: 'local', code: 90, mtu: 1500 },
      { token: 40_007, from: near, ...answered },
    ]);
    for (const { rttMs } of byToken) expect(rttMs).toBeGreaterThanOrEqual(0);
  });

  kernelTest(
    'errors about what was not sent are passed over, those about what was are heard',
    async ({ openNamespace }) => {
      const { client, server } = await openRoutedNetwork(openNamespace);
      await allow(client, range);
      await server.exec('sysctl', '-qw', 'net.ipv4.icmp_echo_ignore_all=1', 'net.ipv6.icmp.echo_ignore_all=1');
      // The kernel of the server would answer for its closed ports.
      await server.exec('nft', 'add table inet t');
      await server.exec('nft', 'add chain inet t o { type filter hook output priority 0; }');
      await server.exec('nft', 'add rule inet t o icmp type destination-unreachable icmp code port-unreachable drop');
      await server.exec(
        'nft',
        'add rule inet t o icmpv6 type destination-unreachable icmpv6 code port-unreachable drop',
      );
      // It ends with the namespace.
      const child = spawn('ip', ['netns', 'exec', server.name, process.execPath, forger, 'serve'], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const printed: unknown = await once(child.stdout, 'data');
      expect(String(printed)).toContain(listening);
      const address = serverAddress[family];
      const packets = Array.from({ length: 7 }, (_, index) => ({ address, token: 40_000 + index }));
      const { answers } = await run(client, { family, methods: [...methods], packets });
      const unreachable = { from: address, kind: 'unreachable', code: family === 4 ? 1 : 3 };
      expect([...answers].sort((left, right) => left.token - right.token)).toMatchObject([
        { token: 40_003, ...unreachable },
        { token: 40_004, from: address, kind: 'time_exceeded', code: 0 },
        { token: 40_005, ...unreachable },
        { token: 40_006, ...unreachable },
      ]);
    },
  );

  kernelTest('what this host itself refuses', async ({ openNamespace }) => {
    const { client } = await openRoutedNetwork(openNamespace);
    await allow(client, range);
    await client.exec('ip', '-4', 'route', 'del', 'default');
    await client.exec('ip', '-6', 'route', 'del', 'default');
    const far = serverAddress[family];
    const odd = family === 4 ? ['10.1.0.255', 13] : ['fe80::1%nowhere', 19];
    const [oddAddress, oddCode] = odd;
    const reply = await run(client, {
      family,
      methods: [...methods],
      packets: [
        { address: far, token: 1 },
        { address: String(oddAddress), token: 2 },
        { address: routerAddress[family], token: 3 },
      ],
    });
    const byToken = [...reply.answers].sort((left, right) => left.token - right.token);
    expect(byToken).toMatchObject([
      { token: 1, from: null, kind: 'local', code: 101 },
      { token: 2, from: null, kind: 'local', code: oddCode },
      { token: 3, from: routerAddress[family], ...answered },
    ]);
  });
});

kernelTest('link-local addresses keep their zone in the answer', async ({ openNamespace }) => {
  const { client, router } = await openRoutedNetwork(openNamespace);
  const addresses = await router.exec('ip', '-6', '-o', 'address', 'show', 'dev', 'r0', 'scope', 'link');
  const bare = /inet6 (fe80::[0-9a-f:]+)\//.exec(addresses)?.[1] ?? '';
  for (const methods of [['icmp'], ['udp']] as const) {
    const packets = [{ address: `${bare}%c0`, token: 40_000 }];
    const { answers } = await run(client, { family: 6, methods: [...methods], packets });
    expect(answers).toMatchObject([{ token: 40_000, from: `${bare}%c0` }]);
  }
});

kernelTest('a firewall on the way out is an answer', async ({ namespace }) => {
  await namespace.exec('nft', 'add table inet t');
  await namespace.exec('nft', 'add chain inet t o { type filter hook output priority 0; policy drop; }');
  const packets = [{ address: '127.0.0.1', token: 1 }];
  const { answers } = await run(namespace, { family: 4, methods: ['icmp'], packets });
  expect(answers).toMatchObject([{ kind: 'local', code: 1 }]);
});

kernelTest('many closed ports at once: each has its own answer', async ({ namespace }) => {
  for (const family of families) {
    const address = family === 4 ? '127.0.0.1' : '::1';
    const packets = Array.from({ length: 60 }, (_, index) => ({ address, token: 50_000 + index }));
    const { answers } = await run(namespace, { family, methods: ['udp'], packets });
    expect(new Set(answers.map(({ token }) => token)).size).toBe(60);
    expect(answers.every(({ kind, from }) => kind === 'unreachable' && from === address)).toBe(true);
  }
});

describe('without privileges', () => {
  kernelTest(
    'echo where the group may, else not_permitted with the fix; UDP always',
    async ({ namespace, task, skip }) => {
      await requireFeature({ task, skip }, otherUsers);
      const packets = [{ address: '::1', token: 1 }];
      await allow(namespace, 'open');
      expect(await run(namespace, { family: 6, methods: ['icmp'], packets }, nobody)).toMatchObject({
        method: 'icmp_datagram',
        answers: [{ kind: 'echo_reply', from: '::1' }],
      });
      await allow(namespace, 'closed');
      const { error, leaked } = await run(namespace, { family: 6, methods: ['icmp'], packets }, nobody);
      expect({ code: error?.code, leaked }).toEqual({ code: 'not_permitted', leaked: 0 });
      expect(error?.hint).toContain("sysctl -w net.ipv4.ping_group_range='0 2147483647'");
      expect(error?.hint).toContain('AmbientCapabilities=CAP_NET_RAW');
      expect(await run(namespace, { family: 6, methods: ['icmp', 'udp'], packets }, nobody)).toMatchObject({
        method: 'udp',
        answers: [{ kind: 'unreachable', code: 4 }],
      });
    },
  );
});
