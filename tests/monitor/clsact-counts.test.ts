// What the clsact rung counts against the interface's own counters and what was sent, with GSO and without, beside a foreign filter.
import { expect } from 'vitest';
import { kernelTest } from '../helpers/kernel-test.ts';
import type { Namespace } from '../helpers/netns.ts';
import { otherUsers, requireFeature } from '../helpers/skip.ts';
import { addresses, connectPair, type Counting, protocolPackets, startCounting } from './counters.ts';
import { bpfFeature } from './features.ts';

const both = [
  { rung: 'clsact', direction: 'incoming', talkers: 'address' },
  { rung: 'clsact', direction: 'outgoing', talkers: 'address' },
] as const;

const start = async (namespace: Namespace, peer: Namespace): Promise<Counting> => {
  await connectPair(namespace, peer);
  const counting = await startCounting(namespace, [...both]);
  expect(counting.opened.opened.map(({ rung }) => rung)).toEqual(['clsact', 'clsact']);
  return counting;
};

/** Counters and interface read together: once more whenever a packet came between the two. */
const settled = async (counting: Counting) => {
  for (;;) {
    const first = await counting.read();
    const { counted, link } = await counting.read();
    const [incoming, outgoing] = counted;
    if (incoming === undefined || outgoing === undefined || link === undefined)
      throw new Error(JSON.stringify(counting.opened));
    const still = first.counted.every(({ packets }, index) => packets === counted[index]?.packets);
    if (still && first.link?.rxPackets === link.rxPackets && first.link.txPackets === link.txPackets) {
      return { incoming, outgoing, link };
    }
  }
};
type Reading = Awaited<ReturnType<typeof settled>>;

const expectTheInterfaces = (after: Reading, before: Reading): void => {
  const since = (of: (reading: Reading) => number): number => of(after) - of(before);
  expect(since(({ incoming }) => incoming.packets)).toBe(since(({ link }) => link.rxPackets));
  expect(since(({ incoming }) => incoming.bytes)).toBe(since(({ link }) => link.rxBytes));
  expect(since(({ outgoing }) => outgoing.packets)).toBe(since(({ link }) => link.txPackets));
  expect(since(({ outgoing }) => outgoing.bytes)).toBe(since(({ link }) => link.txBytes));
};

const filters = async (namespace: Namespace): Promise<string> =>
  `${await namespace.exec('tc', 'filter', 'show', 'dev', 'v0', 'ingress')}${await namespace.exec('tc', 'qdisc', 'show', 'dev', 'v0')}`;

kernelTest(
  '10,000 pings of each family, a foreign filter behind ours',
  async ({ namespace, openNamespace, task, skip }) => {
    await requireFeature({ task, skip }, bpfFeature);
    const peer = await openNamespace();
    const counting = await start(namespace, peer);
    const foreign = 'filter add dev v0 ingress protocol ip prio 7 u32 match ip protocol 1 0xff flowid :1';
    await namespace.exec('tc', ...foreign.split(' '));
    const before = await settled(counting);
    for (const address of addresses.here) await peer.exec('ping', '-q', '-f', '-c', '10000', address);
    const after = await settled(counting);
    expectTheInterfaces(after, before);
    for (const side of ['incoming', 'outgoing'] as const) {
      expect(protocolPackets(after[side], before[side], 'ipv4', 1)).toBe(10_000);
      const reports = after[side].multicast - before[side].multicast;
      expect(protocolPackets(after[side], before[side], 'ipv6', 58) - reports).toBe(10_000);
      const talkers = after[side].talkers.talkers.map(({ address, packets }) => [address, packets]);
      for (const address of addresses.there) expect(talkers).toContainEqual([address, 10_000]);
    }
    await counting.agent.ask('close');
    const left = await filters(namespace);
    expect(left).toContain('u32');
    expect(left).not.toContain('netmcp');
    expect(await counting.agent.end()).toBe(0);
  },
);

kernelTest(
  'a transfer in packets as the kernel passes them and as on the wire',
  async ({ namespace, openNamespace, task, skip }) => {
    await requireFeature({ task, skip }, bpfFeature);
    const peer = await openNamespace();
    const counting = await start(namespace, peer);
    const program = (code: string): string[] => ['-e', `const net = require('node:net'); ${code}`];
    const bytes = 100 * 1024 * 1024;
    const before = await settled(counting);
    const [v4] = addresses.there;
    const server = peer.exec(
      process.execPath,
      ...program(`let got = 0; const server = net.createServer((socket) => { server.close(); socket.on('data', (data) => { got += data.length; })
      .on('end', () => { console.log(got); socket.end(); }); }).listen(5001, '${v4}');`),
    );
    const client = `const go = () => net.connect(5001, '${v4}').on('error', () => setTimeout(go, 50))
    .on('connect', function () { this.end(Buffer.alloc(${bytes})); this.resume(); }); go();`;
    await namespace.exec(process.execPath, ...program(client));
    expect(await server).toBe(`${bytes}\n`);
    const after = await settled(counting);
    expectTheInterfaces(after, before);
    const wirePackets = (after.outgoing.wirePackets ?? 0) - (before.outgoing.wirePackets ?? 0);
    const wireBytes = (after.outgoing.wireBytes ?? 0) - (before.outgoing.wireBytes ?? 0);
    const packets = after.outgoing.packets - before.outgoing.packets;
    // Segments of 1448 bytes with 66 of headers; the rest is what opens and closes the connection.
    expect(wirePackets).toBeGreaterThanOrEqual(Math.ceil(bytes / 1448));
    expect(wirePackets).toBeGreaterThan(packets * 2);
    expect(wireBytes).toBeGreaterThanOrEqual(bytes + Math.ceil(bytes / 1448) * 66);
    expect(wireBytes).toBeLessThan(bytes + wirePackets * 120);
    expect(await counting.agent.end()).toBe(0);
  },
);

kernelTest(
  'a process that may attach but not record says so and attaches nothing',
  async ({ namespace, openNamespace, task, skip }) => {
    await requireFeature({ task, skip }, bpfFeature);
    await requireFeature({ task, skip }, otherUsers);
    const peer = await openNamespace();
    await connectPair(namespace, peer);
    const caps = '+bpf,+net_admin,+perfmon';
    const who = ['--reuid', '65534', '--regid', '65534', '--clear-groups', '--inh-caps', caps, '--ambient-caps', caps];
    const { opened, agent } = await startCounting(namespace, [both[0]], { wrapper: ['setpriv', ...who] });
    const said: unknown = containing('RuntimeDirectory');
    expect(opened.error).toMatchObject({ code: 'not_permitted', hint: said });
    expect(await filters(namespace)).not.toContain('clsact');
    await agent.end();
  },
);

/** Any text with this in it. */
const containing = (text: string): unknown => expect.stringContaining(text);
/** Any text like this. */
const matching = (pattern: RegExp): unknown => expect.stringMatching(pattern);

/** A /run/netmcp of so little room, for the program behind it alone: `ip netns exec` gives it mounts of its own. */
const cramped = (options: string, fill = ':'): string[] => {
  const mount = `mkdir -p /run/netmcp && mount -t tmpfs -o mode=0700,${options} none /run/netmcp && ${fill}`;
  return ['sh', '-ec', `${mount} && exec "$@"`, 'sh'];
};

kernelTest.for([
  ['for its folder', cramped('nr_inodes=1'), /^\/run\/netmcp\/net-\S+ cannot be created \(ENOSPC\)/],
  ['for the lock', cramped('nr_inodes=2'), /^\/run\/netmcp\/net-\S+\/monitor\.lock, .* cannot be written \(ENOSPC\)/],
  ['for the records', cramped('nr_inodes=3'), /^\/run\/netmcp\/net-\S+\/monitor, .* cannot be written \(ENOSPC\)/],
  [
    'for what the record says',
    cramped('size=4k', 'head -c 4096 /dev/zero > /run/netmcp/full'),
    /^\/run\/netmcp\/net-\S+\/monitor\/clsact-\S+, .* cannot be written \(ENOSPC\)/,
  ],
  [
    'for the mark',
    cramped('nr_inodes=5'),
    /^\/run\/netmcp\/net-\S+\/monitor\/qdisc-\d+, .* cannot be written \(ENOSPC\)/,
  ],
] as const)(
  'a full /run, no room %s: the error names the file and says so, and nothing is left',
  async ([, wrapper, message], { namespace, openNamespace, task, skip }) => {
    await requireFeature({ task, skip }, bpfFeature);
    await connectPair(namespace, await openNamespace());
    const { opened, agent } = await startCounting(namespace, [both[0]], { wrapper });
    expect(opened.error).toMatchObject({
      code: 'storage_failed',
      hint: matching(/^Free space on its file system/),
    });
    expect(opened.error?.message.replace(/^A clsact filter outlives .*?: /, '')).toMatch(message);
    expect(await filters(namespace)).not.toMatch(/clsact|netmcp/);
    await agent.end();
  },
);
