// network_monitor as a client calls it, on the real kernel: exact counts by every rung, who may count how, and interfaces that change meanwhile.
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import * as z from 'zod';
import { kernelTest as base } from '../helpers/kernel-test.ts';
import { connectServer, type ConnectedClient } from '../helpers/mcp-client.ts';
import type { Namespace } from '../helpers/netns.ts';
import { otherUsers, requireFeature } from '../helpers/skip.ts';
import { addresses, connectPair } from './counters.ts';
import { bpfFeature, tcxFeature } from './features.ts';

const sender = fileURLToPath(new URL('./udp-sender.ts', import.meta.url));
const program = fileURLToPath(new URL('../e2e/product-with-test-tools.ts', import.meta.url));

const sideSchema = z.looseObject({
  rung: z.string(),
  packets: z.number(),
  bytes: z.number(),
  multicast: z.number().nullable(),
  protocols: z.array(z.looseObject({ protocol: z.string(), packets: z.number() })).nullable(),
  families: z.record(z.string(), z.number()).nullable(),
  top_talkers: z
    .array(
      z.looseObject({
        address: z.string().optional(),
        process: z.string().nullable().optional(),
        packets: z.number().nullable(),
        bytes: z.number(),
      }),
    )
    .nullable(),
});
const answerSchema = z.looseObject({
  interface: z.string(),
  duration_s: z.number(),
  ended_early: z.string().nullable(),
  incoming: sideSchema.nullable(),
  outgoing: sideSchema.nullable(),
  method: z.looseObject({
    rung: z.string(),
    note: z.string(),
    refused: z.array(z.looseObject({ rungs: z.array(z.string()), code: z.string(), hint: z.string() })),
  }),
  notes: z.array(z.string()),
});
type Answer = z.infer<typeof answerSchema>;

const kernelTest = base.extend<{
  peer: Namespace;
  serve: (wrapper?: readonly string[], namespace?: Namespace) => Promise<ConnectedClient>;
}>({
  peer: async ({ namespace, openNamespace }, use) => {
    const peer = await openNamespace();
    await connectPair(namespace, peer);
    await use(peer);
  },
  serve: async ({ namespace }, use) => {
    const servers: ConnectedClient[] = [];
    await use(async (wrapper = []) => {
      const server = await connectServer({ namespace, program, wrapper, env: { HOME: '/nonexistent' } });
      servers.push(server);
      return server;
    });
    for (const server of servers) await server.close();
  },
});

/** The answer to a window in which `work` began once it counted. */
const during = async (
  { client }: ConnectedClient,
  input: Record<string, unknown>,
  work: () => Promise<unknown>,
): Promise<Answer> => {
  let working: Promise<unknown> | undefined;
  const params = { name: 'network_monitor', arguments: { duration_s: 6, interval_ms: 500, ...input } };
  const answer = await client.callTool(params, {
    onprogress: () => {
      working ??= work();
    },
  });
  await working;
  return answerSchema.parse(answer.structuredContent);
};

const packetsOf = (side: Answer['incoming'], protocol: string): number | undefined =>
  side?.protocols?.find((each) => each.protocol === protocol)?.packets;

const pings = async (peer: Namespace, count: number): Promise<void> => {
  for (const address of addresses.here) await peer.exec('ping', '-q', '-f', '-c', String(count), address);
};

kernelTest.for(['auto', 'xdp', 'tcx', 'clsact', 'nft'])(
  '2,000 pings of each family, method %s',
  async (method, { peer, serve, task, skip }) => {
    if (method !== 'nft') await requireFeature({ task, skip }, bpfFeature);
    if (method === 'tcx') await requireFeature({ task, skip }, tcxFeature);
    const { incoming, outgoing } = await during(await serve(), { interface: 'v0', method }, () => pings(peer, 2000));
    for (const side of [incoming, outgoing]) {
      expect(packetsOf(side, 'icmp')).toBe(2000);
      expect((packetsOf(side, 'icmpv6') ?? 0) - (side?.multicast ?? 0)).toBe(2000);
      const [v4, v6] = addresses.there;
      const talkers = side?.top_talkers ?? [];
      expect(talkers.find(({ address }) => address === v4)).toMatchObject({ packets: 2000, bytes: 2000 * 98 });
      expect(talkers.find(({ address }) => address === v6)?.packets).toBe(2000);
      expect(JSON.stringify(side).length).toBeLessThan(1400);
    }
  },
);

kernelTest('proc counts packets and bytes, and says null to the rest', async ({ peer, serve }) => {
  const { incoming, outgoing, method } = await during(await serve(), { interface: 'v0', method: 'proc' }, () =>
    pings(peer, 2000),
  );
  for (const side of [incoming, outgoing]) {
    // Reports of group membership may come in between.
    expect(side?.packets).toBeGreaterThanOrEqual(4000);
    expect(side?.packets).toBeLessThan(4050);
    expect(side).toMatchObject({
      protocols: null,
      sizes: null,
      top_talkers: null,
      wire_packets: null,
      broadcast: null,
    });
  }
  expect(method.note).toContain('null is what the interface does not count');
});

kernelTest.for(['nft', 'tcx'])(
  'a talker has no more packets than the interface, also in traffic that goes on, method %s',
  async (method, { peer, serve, task, skip }) => {
    if (method === 'tcx') await requireFeature({ task, skip }, tcxFeature);
    const input = { interface: 'v0', method, duration_s: 2 };
    const { incoming } = await during(await serve(), input, () =>
      peer.exec('ping', '-q', '-f', '-w', '4', addresses.here[0]),
    );
    const packets = incoming?.top_talkers?.[0]?.packets ?? 0;
    expect(packets).toBeGreaterThan(1000);
    expect(packets).toBeLessThanOrEqual(incoming?.packets ?? 0);
  },
);

kernelTest.for([
  ['nft', 5000, 4096],
  ['auto', 40_000, 16_384],
] as const)(
  'more talkers than the table holds: the answer says that one may be missing, method %s',
  async ([method, count, room], { namespace, peer: _peer, serve, task, skip }) => {
    if (method === 'auto') await requireFeature({ task, skip }, bpfFeature);
    await namespace.exec('ip', 'route', 'add', '10.9.0.0/16', 'via', addresses.there[0]);
    const server = await serve();
    const send = (sent: number) => async (): Promise<void> => {
      expect(await namespace.exec(process.execPath, sender, '10.9.0.0/16', '6000', String(sent), '10')).toBe(
        `${sent}\n`,
      );
    };
    const input = { interface: 'v0', method, duration_s: 8 };
    const few = await during(server, { ...input, duration_s: 3 }, send(500));
    expect(few.notes).toEqual([]);
    const { notes, outgoing } = await during(server, input, send(count));
    expect(outgoing?.packets).toBeGreaterThanOrEqual(count);
    expect(notes).toEqual([
      `outgoing: more talkers came than the table holds (${room}), so top_talkers may lack a large one; its packets are in other_packets.`,
    ]);
  },
);

const bare = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', '--bounding-set', '-all'];

kernelTest(
  'without any capability the interface’s own counters answer, and the hint names what is missing',
  async ({ peer, serve, task, skip }) => {
    await requireFeature({ task, skip }, otherUsers);
    const server = await serve([...bare, '--inh-caps=-all']);
    const { incoming, method } = await during(server, { interface: 'v0' }, () => pings(peer, 500));
    expect(incoming?.rung).toBe('proc');
    expect(incoming?.packets).toBeGreaterThanOrEqual(1000);
    const refused = method.refused.flatMap(({ rungs }) => rungs);
    expect(refused).toEqual(expect.arrayContaining(['xdp', 'tcx', 'clsact', 'nft']));
    const hints = method.refused.map(({ hint }) => hint).join(' ');
    for (const capability of ['CAP_BPF', 'CAP_NET_ADMIN']) expect(hints).toContain(capability);
    // D-31: no advice to open the host.
    expect(hints).not.toMatch(/unprivileged_bpf_disabled|ulimit/);
  },
);

kernelTest('uid 65534 with the three capabilities counts by XDP and tcx', async ({ peer, serve, task, skip }) => {
  for (const feature of [otherUsers, bpfFeature, tcxFeature]) await requireFeature({ task, skip }, feature);
  // CAP_NET_ADMIN, CAP_PERFMON, CAP_BPF: by number, since older programs do not know the names.
  const set = '-all,+cap_12,+cap_38,+cap_39';
  const ids = ['--reuid', '65534', '--regid', '65534', '--clear-groups'];
  const server = await serve([
    'setpriv',
    ...ids,
    `--bounding-set=${set}`,
    `--inh-caps=${set}`,
    `--ambient-caps=${set}`,
  ]);
  const { incoming, outgoing, method } = await during(server, { interface: 'v0' }, () => pings(peer, 500));
  expect([incoming?.rung, outgoing?.rung, method.refused]).toEqual(['xdp', 'tcx', []]);
  expect([packetsOf(incoming, 'icmp'), packetsOf(outgoing, 'icmp')]).toEqual([500, 500]);
});

kernelTest('loopback counts what it sends as received too', async ({ namespace, serve, task, skip }) => {
  await requireFeature({ task, skip }, bpfFeature);
  const answer = await during(await serve(), { interface: 'lo', duration_s: 3 }, () =>
    namespace.exec('ping', '-q', '-f', '-c', '300', '127.0.0.1'),
  );
  // Requests and replies, each sent and received.
  expect([packetsOf(answer.incoming, 'icmp'), packetsOf(answer.outgoing, 'icmp')]).toEqual([600, 600]);
});

kernelTest('an interface that goes down in the window', async ({ namespace, peer: _peer, serve }) => {
  const server = await serve();
  for (const method of ['auto', 'nft', 'proc']) {
    const answer = await during(server, { interface: 'v0', method, duration_s: 2 }, () =>
      namespace.exec('ip', 'link', 'set', 'v0', 'down'),
    );
    expect([method, answer.ended_early, answer.notes]).toEqual([
      method,
      null,
      ['The interface went down in the window.'],
    ]);
    await namespace.exec('ip', 'link', 'set', 'v0', 'up');
  }
});

kernelTest('an unprivileged user namespace that owns its network counts by nft', async ({ serve, task, skip }) => {
  await requireFeature({ task, skip }, otherUsers);
  const inside = ['sh', '-c', 'ip link set lo up && exec "$@"', 'sh'];
  const server = await serve([...bare, '--inh-caps=-all', 'unshare', '--map-root-user', '--net', ...inside]);
  const answer = await during(server, { interface: 'lo', duration_s: 3 }, async () => {
    const { pid } = server;
    const enter = spawn('nsenter', ['-t', String(pid), '-n', 'ping', '-q', '-f', '-c', '300', '127.0.0.1']);
    await new Promise((resolve) => enter.once('exit', resolve));
  });
  expect(answer.incoming?.rung).toBe('nft');
  // Requests and replies, each sent and received.
  expect([packetsOf(answer.incoming, 'icmp'), packetsOf(answer.outgoing, 'icmp')]).toEqual([600, 600]);
});

// D-32: nobody waits for what may never come.
kernelTest('a cancelled call detaches', async ({ namespace, peer: _peer, serve }) => {
  const { client } = await serve();
  const quit = new AbortController();
  const call = client.callTool(
    { name: 'network_monitor', arguments: { interface: 'v0', method: 'nft', duration_s: 300, interval_ms: 200 } },
    {
      signal: quit.signal,
      onprogress: () => {
        quit.abort();
      },
    },
  );
  await expect(call).rejects.toThrow();
  for (let tries = 0; tries < 500 && (await namespace.exec('nft', 'list', 'tables')) !== ''; tries += 1)
    await sleep(10);
  expect(await namespace.exec('nft', 'list', 'tables')).toBe('');
});

kernelTest(
  'an interface that goes, comes back or is renamed in the window',
  async ({ namespace, peer: _peer, serve }) => {
    const server = await serve();
    const ip = (...words: string[]): Promise<string> => namespace.exec('ip', ...words);
    const add = (): Promise<string> => ip('link', 'add', 'd0', 'type', 'veth', 'peer', 'name', 'd9');
    for (const method of ['auto', 'nft', 'proc']) {
      await add();
      await ip('link', 'set', 'd0', 'up');
      const gone = await during(server, { interface: 'd0', method }, () => ip('link', 'del', 'd0'));
      expect(gone.ended_early, method).toContain('d0 went away');
      expect(gone.duration_s).toBeLessThan(6);
      await add();
      const anew = await during(server, { interface: 'd0', method }, async () => {
        await ip('link', 'del', 'd0');
        await add();
      });
      expect(anew.ended_early, method).toMatch(/d0 was removed and made anew|d0 went away/);
      expect(anew.notes.join(' '), method).toContain('d0 is down');
      const named = await during(server, { interface: 'd0', method, duration_s: 2 }, () =>
        ip('link', 'set', 'd0', 'name', 'd1'),
      );
      if (method === 'nft') expect(named.ended_early).toContain('renamed to d1');
      else expect([named.ended_early, named.notes.join(' ')]).toEqual([null, expect.stringContaining('renamed to d1')]);
      await ip('link', 'del', 'd1');
    }
  },
);

kernelTest('large frames, and an interface that is not here', async ({ namespace, openNamespace, serve }) => {
  const peer = await openNamespace();
  await connectPair(namespace, peer, 9000);
  const server = await serve();
  const { incoming } = await during(server, { interface: 'v0', duration_s: 3 }, () =>
    peer.exec('ping', '-q', '-f', '-c', '200', '-s', '8000', addresses.here[0]),
  );
  expect(incoming?.top_talkers?.[0]).toMatchObject({ packets: 200, bytes: 200 * (8000 + 42) });
  await expect(server.call('network_monitor', { interface: 'v00' })).rejects.toThrow('Did you mean v0?');
  const elsewhere = `e${process.pid}`;
  await peer.exec('ip', 'link', 'set', 'v1', 'down');
  await peer.exec('ip', 'link', 'set', 'v1', 'name', elsewhere);
  await expect(server.call('network_monitor', { interface: elsewhere })).rejects.toThrow(`ip netns exec ${peer.name}`);
  // No other namespace is asked for what ip would take for an option.
  await expect(server.call('network_monitor', { interface: '--help' })).rejects.toThrow('There is no interface --help');
  await expect(server.call('network_monitor', {})).rejects.toThrow('There is no default route');
  await namespace.exec('ip', 'route', 'add', 'default', 'via', addresses.there[0]);
  // D-34: the names that its documents and its code had.
  const seed = await server.call('network_monitor', { network_operation: 'incoming', duration: 1 });
  expect(answerSchema.parse(seed)).toMatchObject({ interface: 'v0', outgoing: null });
});

const transfer = async (namespace: Namespace, peer: Namespace, megabytes: number): Promise<void> => {
  const server = spawn('ip', ['netns', 'exec', namespace.name, 'iperf3', '-s', '-1', '--forceflush'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await new Promise((resolve) => server.stdout.once('data', resolve));
    // Slow enough to be looked at while it lasts.
    await peer.exec('iperf3', '-c', addresses.here[0], '-n', `${megabytes}M`, '-b', '80M');
  } finally {
    server.kill('SIGKILL');
  }
};

kernelTest.for([
  [
    'counted',
    ['sh', '-c', 'mount -t cgroup2 none /sys/fs/cgroup && exec "$@"', 'sh'],
    'IP packets counted by BPF for each socket',
  ],
  ['sampled', ['setpriv', '--bounding-set', '-bpf,-sys_admin,-perfmon'], 'sampling of TCP connections'],
] as const)('by process, %s', async ([way, wrapper, note], { namespace, peer, serve, task, skip }) => {
  if (way === 'counted') await requireFeature({ task, skip }, bpfFeature);
  const server = await serve(wrapper);
  const answer = await during(server, { interface: 'v0', by: 'process', duration_s: 8 }, () =>
    transfer(namespace, peer, 30),
  );
  const talker = answer.incoming?.top_talkers?.[0];
  expect(talker?.process).toBe('iperf3');
  expect(answer.method.note).toContain(note);
  const payload = 30 * 1024 * 1024;
  if (way === 'counted') expect(talker?.bytes).toBeGreaterThanOrEqual(payload);
  // What came after the last look is missing.
  else expect(talker?.bytes).toBeGreaterThan(payload / 2);
});
