// What the BPF rungs count against the interface's own counters and against what was sent: pings, a bulk transfer, datagrams.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import type { Namespace } from '../helpers/netns.ts';
import { addresses, type Counting, type Counts, protocolPackets, startCounting } from './counters.ts';
import { joinedBpfTest as kernelTest } from './joined-test.ts';

const ways = ['xdp and tcx', 'tcx and tcx'] as const;

const count = (
  namespace: Namespace,
  way: (typeof ways)[number],
  talkers: 'address' | 'port' = 'address',
): Promise<Counting> =>
  startCounting(namespace, [
    { rung: way === 'xdp and tcx' ? 'xdp' : 'tcx', direction: 'incoming', talkers },
    { rung: 'tcx', direction: 'outgoing', talkers },
  ]);

interface Window {
  incoming: Counts;
  outgoing: Counts;
  before: { incoming: Counts; outgoing: Counts };
  /** What the interface itself counted. */
  link: { rxPackets: number; rxBytes: number; txPackets: number; txBytes: number };
}

/** What was counted while `work` ran, once nothing of it is under way any more. */
const during = async (counting: Counting, work: () => Promise<unknown>): Promise<Window> => {
  // A report of group membership may come at any time: counters and statistics go together when none came between two readings.
  const both = async () => {
    for (;;) {
      const first = await counting.read();
      const { counted, link } = await counting.read();
      const [incoming, outgoing] = counted;
      if (incoming === undefined || outgoing === undefined || link === undefined)
        throw new Error(JSON.stringify(counting.opened));
      const same = first.counted.every(({ packets }, index) => packets === counted[index]?.packets);
      if (same && first.link?.rxPackets === link.rxPackets && first.link.txPackets === link.txPackets)
        return { incoming, outgoing, link };
    }
  };
  const before = await both();
  await work();
  const after = await both();
  const since = (name: 'rxPackets' | 'rxBytes' | 'txPackets' | 'txBytes'): number =>
    after.link[name] - before.link[name];
  return {
    ...after,
    before,
    link: {
      rxPackets: since('rxPackets'),
      rxBytes: since('rxBytes'),
      txPackets: since('txPackets'),
      txBytes: since('txBytes'),
    },
  };
};

const sums = (after: Counts, before: Counts) => {
  const inProtocols = (counts: Counts): number => counts.protocols.reduce((sum, { packets }) => sum + packets, 0);
  const inSizes = (counts: Counts): number => counts.sizes.reduce((sum, packets) => sum + packets, 0);
  const inTalkers = ({ talkers }: Counts): number =>
    talkers.talkers.reduce((sum, { packets }) => sum + packets, talkers.otherPackets);
  const packets = after.packets - before.packets;
  return {
    packets,
    bytes: after.bytes - before.bytes,
    sums: [inProtocols, inSizes, inTalkers].map((of) => of(after) - of(before)),
  };
};

/** Every sum of a direction is its packets, and these are the interface's. */
const expectTheInterfaces = ({ incoming, outgoing, before, link }: Window): void => {
  const { rxPackets, rxBytes, txPackets, txBytes } = link;
  expect(sums(incoming, before.incoming)).toEqual({
    packets: rxPackets,
    bytes: rxBytes,
    sums: [rxPackets, rxPackets, rxPackets],
  });
  expect(sums(outgoing, before.outgoing)).toEqual({
    packets: txPackets,
    bytes: txBytes,
    sums: [txPackets, txPackets, txPackets],
  });
};

const talkerPackets = (counts: Counts, wanted: { address?: string; protocol?: number; port?: number }) =>
  counts.talkers.talkers.find(
    ({ address, protocol, port }) => address === wanted.address && protocol === wanted.protocol && port === wanted.port,
  )?.packets;

kernelTest.for(ways)('10,000 pings of each family, counted by %s', async (way, { namespace, peer }) => {
  const counting = await count(namespace, way);
  const window = await during(counting, async () => {
    for (const address of addresses.here) await peer.exec('ping', '-q', '-f', '-c', '10000', address);
  });
  expectTheInterfaces(window);
  const [v4, v6] = addresses.there;
  for (const [counts, before] of [
    [window.incoming, window.before.incoming],
    [window.outgoing, window.before.outgoing],
  ] as const) {
    expect(protocolPackets(counts, before, 'ipv4', 1)).toBe(10_000);
    // Reports of group membership are ICMPv6 too, and the only multicast here.
    expect(protocolPackets(counts, before, 'ipv6', 58) - (counts.multicast - before.multicast)).toBe(10_000);
    expect(talkerPackets(counts, { address: v4 })).toBe(10_000);
    expect(talkerPackets(counts, { address: v6 })).toBe(10_000);
    expect(counts.talkers.otherPackets).toBe(0);
  }
  expect(window.incoming.wirePackets).toBe(way === 'xdp and tcx' ? undefined : window.incoming.packets);
  expect(window.outgoing.wirePackets).toBe(window.outgoing.packets);
  expect(await counting.agent.end()).toBe(0);
});

const sender = fileURLToPath(new URL('./udp-sender.ts', import.meta.url));

kernelTest.for(ways)('30,000 datagrams, by port, counted by %s', async (way, { namespace, peer }) => {
  const counting = await count(namespace, way, 'port');
  const window = await during(counting, async () => {
    const send = ['6000', '30000', '100'];
    const [v4] = addresses.there;
    expect(await namespace.exec(process.execPath, sender, v4, ...send)).toBe('30000\n');
    const [, v6] = addresses.here;
    expect(await peer.exec(process.execPath, sender, v6, ...send)).toBe('30000\n');
  });
  expectTheInterfaces(window);
  expect(protocolPackets(window.outgoing, window.before.outgoing, 'ipv4', 17)).toBe(30_000);
  expect(protocolPackets(window.incoming, window.before.incoming, 'ipv6', 17)).toBe(30_000);
  expect(talkerPackets(window.outgoing, { protocol: 17, port: 6000 })).toBe(30_000);
  expect(talkerPackets(window.incoming, { protocol: 17, port: 6000 })).toBe(30_000);
  // 100 bytes with 42 or 62 of headers: the class from 128 to 255.
  expect((window.outgoing.sizes[2] ?? 0) - (window.before.outgoing.sizes[2] ?? 0)).toBeGreaterThanOrEqual(30_000);
  expect(await counting.agent.end()).toBe(0);
});

/** Sends 300 MB from the peer, over the pair's IPv4 addresses. */
const transfer = async (namespace: Namespace, peer: Namespace): Promise<void> => {
  const [address] = addresses.here;
  const server = spawn('ip', ['netns', 'exec', namespace.name, 'iperf3', '-s', '-1', '--forceflush'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await new Promise((resolve) => server.stdout.once('data', resolve));
    const done = new Promise((resolve) => server.once('exit', resolve));
    await peer.exec('iperf3', '-c', address, '-n', '300M');
    await done;
  } finally {
    server.kill('SIGKILL');
  }
};

/** TCP segments sent: OutSegs has those sent for the first time only. */
const segmentsSent = async (namespace: Namespace): Promise<number> => {
  const [names = [], values = []] = (await namespace.exec('cat', '/proc/net/snmp'))
    .split('\n')
    .filter((line) => line.startsWith('Tcp:'))
    .map((line) => line.split(' '));
  return Number(values[names.indexOf('OutSegs')]) + Number(values[names.indexOf('RetransSegs')]);
};

kernelTest.for(ways.flatMap((way) => (['on', 'off'] as const).map((gso) => [way, gso] as const)))(
  '300 MB of TCP counted by %s with GSO %s',
  async ([way, gso], { namespace, peer }) => {
    for (const [side, device] of [
      [namespace, 'v0'],
      [peer, 'v1'],
    ] as const)
      await side.exec('ethtool', '-K', device, ...['tso', gso, 'gso', gso, 'gro', gso]);
    const counting = await count(namespace, way);
    const segments = async () => ({ here: await segmentsSent(namespace), there: await segmentsSent(peer) });
    const before = await segments();
    const window = await during(counting, () => transfer(namespace, peer));
    const after = await segments();
    expectTheInterfaces(window);
    const { incoming, outgoing } = window;
    const [there] = addresses.there;
    expect(talkerPackets(incoming, { address: there })).toBe(
      protocolPackets(incoming, window.before.incoming, 'ipv4', 6),
    );
    for (const [counts, counted, sent] of [
      [incoming, window.before.incoming, after.there - before.there],
      [outgoing, window.before.outgoing, after.here - before.here],
    ] as const) {
      if (counts.wirePackets === undefined || counts.wireBytes === undefined) {
        expect([way, counts]).toEqual(['xdp and tcx', incoming]);
        continue;
      }
      const tcp = protocolPackets(counts, counted, 'ipv4', 6);
      const others = counts.packets - counted.packets - tcp;
      expect(counts.wirePackets - (counted.wirePackets ?? 0) - others).toBe(sent);
      // Ethernet, IPv4 and TCP with timestamps stand before every segment.
      expect(counts.wireBytes - counts.bytes).toBe((counts.wirePackets - counts.packets) * (14 + 20 + 32));
    }
    const joined = incoming.packets - window.before.incoming.packets < after.there - before.there;
    expect(joined).toBe(gso === 'on');
    expect(await counting.agent.end()).toBe(0);
  },
);
