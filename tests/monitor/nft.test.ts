// The nft rung on the real kernel: what it counts against the interface and the sender, and that no table stays, whatever ends its process.
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import * as z from 'zod';
import type { Namespace } from '../helpers/netns.ts';
import { startAgent } from './agent.ts';
import { addresses, type Counting, type Counts, indexOf, protocolPackets, startCounting } from './counters.ts';
import { joinedTest as kernelTest } from './joined-test.ts';

const sender = fileURLToPath(new URL('./udp-sender.ts', import.meta.url));

/** Any text with this in it. */
const containing = (text: string): unknown => expect.stringContaining(text);

const count = (namespace: Namespace, talkers: 'address' | 'port', wrapper: readonly string[] = []): Promise<Counting> =>
  startCounting(
    namespace,
    [
      { rung: 'nft', direction: 'incoming', talkers },
      { rung: 'nft', direction: 'outgoing', talkers },
    ],
    { wrapper },
  );

const both = async (counting: Counting) => {
  const { counted, link } = await counting.read();
  const [incoming, outgoing] = counted;
  if (incoming === undefined || outgoing === undefined || link === undefined)
    throw new Error(JSON.stringify(counting.opened));
  return { incoming, outgoing, link };
};

const tables = (namespace: Namespace): Promise<string> => namespace.exec('nft', 'list', 'tables');

/** The kernel removes an owned table once the socket of its dead process is closed. */
const untilNoTable = async (namespace: Namespace): Promise<void> => {
  for (let tries = 0; tries < 500 && (await tables(namespace)) !== ''; tries += 1) await sleep(10);
  expect(await tables(namespace)).toBe('');
};

const sumOf = ({ talkers }: Counts): number =>
  talkers.talkers.reduce((sum, { packets }) => sum + packets, talkers.otherPackets);

kernelTest(
  'pings and datagrams of both families are counted as the interface counts them',
  async ({ namespace, peer }) => {
    const counting = await count(namespace, 'address');
    const before = await both(counting);
    for (const address of addresses.here) await peer.exec('ping', '-q', '-f', '-c', '2000', address);
    await peer.exec(process.execPath, sender, addresses.here[1], '6000', '3000', '100');
    const after = await both(counting);
    const { incoming, outgoing, link } = after;
    expect(incoming.packets - before.incoming.packets).toBe(link.rxPackets - before.link.rxPackets);
    expect(incoming.bytes - before.incoming.bytes).toBe(link.rxBytes - before.link.rxBytes);
    expect(outgoing.packets - before.outgoing.packets).toBe(link.txPackets - before.link.txPackets);
    expect(outgoing.bytes - before.outgoing.bytes).toBe(link.txBytes - before.link.txBytes);
    expect(protocolPackets(incoming, before.incoming, 'ipv4', 1)).toBe(2000);
    expect(protocolPackets(outgoing, before.outgoing, 'ipv4', 1)).toBe(2000);
    expect(protocolPackets(incoming, before.incoming, 'ipv6', 17)).toBe(3000);
    for (const [now, then] of [
      [incoming, before.incoming],
      [outgoing, before.outgoing],
    ] as const) {
      expect(sumOf(now) - sumOf(then)).toBe(now.packets - then.packets);
      const sizes = now.sizes.reduce((sum, packets) => sum + packets, 0);
      expect(sizes).toBe(now.packets);
      expect(now.wirePackets).toBeUndefined();
    }
    const [v4, v6] = addresses.there;
    expect(incoming.talkers.talkers.find(({ address }) => address === v4)?.packets).toBe(2000);
    expect(incoming.talkers.talkers.find(({ address }) => address === v6)?.packets).toBeGreaterThanOrEqual(5000);
    // 100 bytes behind 62 of headers.
    expect((incoming.sizes[2] ?? 0) - (before.incoming.sizes[2] ?? 0)).toBe(3000);
    expect(await counting.agent.end()).toBe(0);
    await untilNoTable(namespace);
  },
);

kernelTest('ports are told apart by protocol, and the lower of both counts', async ({ namespace, peer }) => {
  const counting = await count(namespace, 'port');
  await peer.exec(process.execPath, sender, addresses.here[0], '6000', '1000', '10');
  await peer.exec(process.execPath, sender, addresses.here[0], '6001', '500', '10');
  const { incoming } = await both(counting);
  const packets = (port: number) =>
    incoming.talkers.talkers.find((talker) => talker.protocol === 17 && talker.port === port)?.packets;
  expect([packets(6000), packets(6001)]).toEqual([1000, 500]);
  expect(sumOf(incoming)).toBe(incoming.packets);
});

kernelTest('frames to all and to groups', async ({ namespace, peer }) => {
  const counting = await count(namespace, 'address');
  const before = await both(counting);
  await peer.exec('ping', '-q', '-b', '-c', '3', '-i', '0.2', '-W', '1', '192.0.2.255').catch(() => undefined);
  await peer.exec('ping', '-q', '-c', '4', '-i', '0.2', '-W', '1', 'ff02::1%v1').catch(() => undefined);
  const { incoming } = await both(counting);
  expect(incoming.broadcast - before.incoming.broadcast).toBe(3);
  expect(incoming.multicast - before.incoming.multicast).toBeGreaterThanOrEqual(4);
});

kernelTest('a table of somebody else stays as it is, and may stand at the same hook', async ({ namespace, peer }) => {
  const foreign =
    'table netdev other { chain c { type filter hook ingress device "v0" priority -500; ip daddr 203.0.113.9 drop; }; }';
  await namespace.exec('nft', foreign);
  const listed = await namespace.exec('nft', 'list', 'table', 'netdev', 'other');
  const counting = await count(namespace, 'address');
  await peer.exec('ping', '-q', '-f', '-c', '100', addresses.here[0]);
  const { incoming } = await both(counting);
  expect(incoming.protocols.find(({ family, protocol }) => family === 'ipv4' && protocol === 1)?.packets).toBe(100);
  await counting.agent.end();
  for (let tries = 0; tries < 500 && (await tables(namespace)).includes('netmcp'); tries += 1) await sleep(10);
  expect(await tables(namespace)).toBe('table netdev other\n');
  expect(await namespace.exec('nft', 'list', 'table', 'netdev', 'other')).toBe(listed);
});

kernelTest('twenty counters started at once all count', async ({ namespace, peer }) => {
  const starting = Array.from({ length: 10 }, () => count(namespace, 'address'));
  const all = await Promise.all(starting);
  expect(all.map(({ opened }) => opened.error)).toEqual(all.map(() => undefined));
  await peer.exec('ping', '-q', '-f', '-c', '100', addresses.here[0]);
  for (const counting of all) {
    const { incoming, outgoing } = await both(counting);
    for (const { protocols } of [incoming, outgoing])
      expect(protocols.find(({ family, protocol }) => family === 'ipv4' && protocol === 1)?.packets).toBe(100);
  }
  await Promise.all(all.map(({ agent }) => agent.end()));
  await untilNoTable(namespace);
});

kernelTest('an interface that was renamed, or went, since it was chosen', async ({ namespace, peer: _peer }) => {
  const ifindex = await indexOf(namespace, 'v0');
  const refused = async (): Promise<unknown> => {
    const counters = [{ rung: 'nft', direction: 'incoming', talkers: 'none' }];
    const agent = startAgent(namespace, 'counter-agent.ts', JSON.stringify({ iface: 'v0', ifindex, counters }));
    const { error } = z.object({ error: z.unknown() }).parse(JSON.parse(await agent.line()));
    await agent.end();
    return error;
  };
  const renamed = { code: 'not_found', message: containing('v0 was renamed to w0') };
  await namespace.exec('ip', 'link', 'set', 'v0', 'down');
  await namespace.exec('ip', 'link', 'set', 'v0', 'name', 'w0');
  expect(await refused()).toMatchObject(renamed);
  // Another one of that name is not counted in its place.
  await namespace.exec('ip', 'link', 'add', 'v0', 'type', 'veth', 'peer', 'name', 'v9');
  expect(await refused()).toMatchObject(renamed);
  await namespace.exec('ip', 'link', 'del', 'w0');
  expect(await refused()).toMatchObject({ code: 'not_found', message: 'The interface v0 is gone.' });
  expect(await tables(namespace)).toBe('');
});

kernelTest('what lacks CAP_NET_ADMIN is told so', async ({ namespace, peer: _peer }) => {
  const counting = await count(namespace, 'address', ['setpriv', '--bounding-set', '-all', '--inh-caps', '-all']);
  expect(counting.opened.error).toMatchObject({
    code: 'not_permitted',
    hint: 'It needs the capability CAP_NET_ADMIN in the user namespace that owns this network namespace.',
  });
  await counting.agent.end();
  await untilNoTable(namespace);
});
