// batch_ping over a link with live and dead addresses, as root and without privileges.
import { expect } from 'vitest';
import { kernelTest } from '../helpers/kernel-test.ts';
import type { Namespace } from '../helpers/netns.ts';
import { otherUsers, requireFeature } from '../helpers/skip.ts';
import { nobody, processesIn, runEcho, setPingGroups } from './run-echo-agent.ts';

const batchPing = (namespace: Namespace, input: Record<string, unknown>, user: readonly string[] = []) =>
  runEcho(namespace, { operation: 'batch_ping', input }, user);

/** A link on which 192.0.2.1, .2 and .101 to .200 live, and fd00::1, ::2 and ::101 to ::110. */
const openLink = async (open: () => Promise<Namespace>): Promise<Namespace> => {
  const [client, peer] = [await open(), await open()];
  const addresses = (host: number): string[] => [`192.0.2.${host}/24`, `fd00::${host}/64`];
  await client.connect(peer, { device: 'c0', addresses: addresses(1) }, { device: 'p0', addresses: addresses(2) });
  const more = [
    'for i in $(seq 101 200); do ip address add 192.0.2.$i/24 dev p0; done',
    'for i in $(seq 101 110); do ip address add fd00::$i/64 dev p0; done',
  ];
  await peer.exec('sh', '-c', more.join('\n'));
  for (const address of ['192.0.2.2', 'fd00::2']) {
    await client.exec('ping', '-n', '-c', '1', '-w', '20', address);
  }
  return client;
};

const live = [1, 2, ...Array.from({ length: 100 }, (_, index) => 101 + index)].map((host) => `192.0.2.${host}`);

const matching = (pattern: RegExp): unknown => expect.stringMatching(pattern);

const targetsIn = (result: Record<string, unknown> | undefined): unknown[] => {
  const results = result?.['results'];
  if (!Array.isArray(results)) throw new Error('there are results');
  return results.map((entry: { target: unknown }) => entry.target);
};

kernelTest('a /24: exactly those that live answer, root or not', async ({ openNamespace, task, skip }) => {
  await requireFeature({ task, skip }, otherUsers);
  const client = await openLink(openNamespace);
  for (const [groups, user, method] of [
    ['none', [], 'icmp_raw'],
    ['all', nobody, 'icmp_datagram'],
  ] as const) {
    await setPingGroups(client, groups);
    const { result, progress, sockets } = await batchPing(client, { targets: ['192.0.2.0/24'] }, user);
    expect(result).toMatchObject({
      success: true,
      total_targets: 254,
      successful: 102,
      failed: 152,
      truncated: false,
      method,
      summary: 'Batch ping: 102/254 targets reachable',
      failures: [{ reason: 'no answer', count: 152, targets: ['192.0.2.3-192.0.2.100', '192.0.2.201-192.0.2.254'] }],
    });
    expect(targetsIn(result)).toEqual(live);
    expect(JSON.stringify(result).length).toBeLessThan(20_000);
    expect({ progress, sockets }).toEqual({ progress: 254, sockets: 0 });
    // A neighbour that was asked for in vain is not asked for again at once.
    await client.exec('ip', 'neigh', 'flush', 'all');
  }
});

kernelTest('both families, refusals and names in one batch', async ({ openNamespace }) => {
  const client = await openLink(openNamespace);
  const targets = [
    'fd00::100/120',
    '192.0.2.2',
    '169.254.169.254',
    '-f',
    'no-such-name.invalid',
    '192.0.3.1',
    'fd00::2',
  ];
  const { result } = await batchPing(client, { targets: targets.slice(1), count: 3 });
  expect(result).toMatchObject({ total_targets: 6, successful: 2, failed: 4 });
  expect(result?.['results']).toMatchObject([
    { target: '192.0.2.2', success: true },
    {
      target: '169.254.169.254',
      success: false,
      avg_latency_ms: null,
      error: matching(/^target_refused: /),
    },
    { target: '-f', success: false, error: matching(/^invalid_argument: /) },
    { target: 'no-such-name.invalid', success: false, error: matching(/^(not_found|timeout): /) },
    { target: '192.0.3.1', success: false, error: matching(/ENETUNREACH/) },
    { target: 'fd00::2', success: true },
  ]);
  const wide = await batchPing(client, { targets: targets.slice(0, 2) });
  // seq counts in tens: ::101 to ::109 and ::110, and the one of IPv4.
  expect(wide.result).toMatchObject({ total_targets: 257, successful: 11 });
});

kernelTest('by the ping program where no socket may be opened', async ({ openNamespace, task, skip }) => {
  await requireFeature({ task, skip }, otherUsers);
  const client = await openLink(openNamespace);
  await setPingGroups(client, 'none');
  const { result } = await batchPing(client, { targets: ['192.0.2.100/30', 'fd00::2'] }, nobody);
  expect(result).toMatchObject({ total_targets: 3, successful: 3, method: 'ping_binary' });
  expect(result?.['notes']).toEqual([matching(/64 processes.*net\.ipv4\.ping_group_range/)]);
});

kernelTest('cancelled, it ends within 500 ms and leaves nothing', async ({ openNamespace, task, skip }) => {
  await requireFeature({ task, skip }, otherUsers);
  const client = await openLink(openNamespace);
  await setPingGroups(client, 'none');
  for (const user of [[], nobody]) {
    const input = { targets: ['192.0.2.0/26'], timeout_s: 10 };
    const request = { operation: 'batch_ping', input, cancelAfterMs: 600 } as const;
    const { error, elapsedMs, sockets } = await runEcho(client, request, user);
    expect(error?.code).toBe('cancelled');
    expect(elapsedMs).toBeLessThan(500);
    expect(sockets).toBe(0);
    expect(await processesIn(client)).toBe('');
  }
});

kernelTest('D-24: more than 1,024 targets are refused', async ({ namespace }) => {
  const { error } = await batchPing(namespace, { targets: ['10.0.0.0/21'] });
  expect(error).toMatchObject({ code: 'limit_exceeded' });
});
