// Every rung at one interface at once, so that the same packets are counted by all: against the interface, its peer and the senders, exactly, with
// GSO and without, by address and by port; and what a rung cannot tell is stated in its note.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import * as z from 'zod';
import type { TrafficDirection } from '../../src/model/traffic.ts';
import type { Namespace } from '../helpers/netns.ts';
import { addresses, startCounting } from './counters.ts';
import { joinedBpfTest as kernelTest } from './joined-test.ts';

/** `proc` counts neither protocols nor the like: what is absent here was not counted, and is no 0. */
const countsSchema = z.looseObject({
  packets: z.number(),
  bytes: z.number(),
  wirePackets: z.number().optional(),
  wireBytes: z.number().optional(),
  protocols: z
    .array(z.looseObject({ family: z.string(), protocol: z.number().optional(), packets: z.number() }))
    .optional(),
  multicast: z.number().optional(),
  sizes: z.array(z.number()).optional(),
  talkers: z
    .looseObject({
      talkers: z.array(
        z.looseObject({
          address: z.string().optional(),
          protocol: z.number().optional(),
          port: z.number().optional(),
          packets: z.number(),
        }),
      ),
      otherPackets: z.number(),
    })
    .optional(),
});
type Counts = z.infer<typeof countsSchema>;
const readSchema = z.object({ counted: z.array(countsSchema) });

const directions = ['incoming', 'outgoing'] as const;
const places = [
  ...(['xdp', 'tcx', 'clsact', 'nft', 'proc'] as const).map((rung) => ({ rung, direction: 'incoming' }) as const),
  ...(['tcx', 'clsact', 'nft', 'proc'] as const).map((rung) => ({ rung, direction: 'outgoing' }) as const),
];
/** What must be in the note, since it makes a count another one than that of the wire. */
const biases = {
  xdp: /joined.* as one|one .*joined/i,
  tcx: /joined packet is one.*segments are the wire packets/,
  clsact: /packet is one.*segments in wire_packets/,
  nft: /G[SR]O packet is (usually )?one/,
  proc: /no protocols, sizes or talkers.*GSO or GRO packet is (usually )?one/,
} as const;

const files = ['rx_packets', 'rx_bytes', 'tx_packets', 'tx_bytes', 'tx_dropped'] as const;
/** A namespace's end of the pair by its own counters, and its TCP segments: OutSegs has those sent for the first time only. */
const endOf = async (namespace: Namespace, device: string): Promise<Record<string, number>> => {
  const paths = files.map((name) => `/sys/class/net/${device}/statistics/${name}`);
  const lines = (await namespace.exec('cat', ...paths, '/proc/net/snmp')).split('\n');
  const [names = [], values = []] = lines.filter((line) => line.startsWith('Tcp:')).map((line) => line.split(' '));
  const segments = Number(values[names.indexOf('OutSegs')]) + Number(values[names.indexOf('RetransSegs')]);
  return { ...Object.fromEntries(files.map((name, index) => [name, Number(lines[index])])), segments };
};

interface Reading {
  counted: readonly Counts[];
  here: Record<string, number>;
  there: Record<string, number>;
}

interface Counter {
  rung: keyof typeof biases;
  direction: TrafficDirection;
  /** Of the window. */
  packets: number;
  bytes: number;
  wirePackets: number | undefined;
  wireBytes: number | undefined;
  multicast: number | undefined;
  /** Packets in the sums over protocols, sizes and talkers; undefined for what the rung has none of. */
  sums: (number | undefined)[];
  protocol: (family: string, number: number) => number | undefined;
  talker: (wanted: Record<string, string | number>) => number | undefined;
}

interface Window {
  counters: Counter[];
  here: Record<string, number>;
  there: Record<string, number>;
}

const sumOf = (list: readonly { packets: number }[] | undefined): number | undefined =>
  list?.reduce((sum, { packets }) => sum + packets, 0);
const inSizes = ({ sizes }: Counts): number | undefined => sizes?.reduce((sum, packets) => sum + packets, 0);
const inTalkers = ({ talkers }: Counts): number | undefined =>
  talkers === undefined ? undefined : (sumOf(talkers.talkers) ?? 0) + talkers.otherPackets;

const counterOf = ({ rung, direction }: (typeof places)[number], after: Counts, before: Counts): Counter => {
  const since = (of: (counts: Counts) => number | undefined): number | undefined => {
    const now = of(after);
    return now === undefined ? undefined : now - (of(before) ?? 0);
  };
  return {
    rung,
    direction,
    packets: after.packets - before.packets,
    bytes: after.bytes - before.bytes,
    wirePackets: since((counts) => counts.wirePackets),
    wireBytes: since((counts) => counts.wireBytes),
    multicast: since((counts) => counts.multicast),
    sums: [since((counts) => sumOf(counts.protocols)), since(inSizes), since(inTalkers)],
    protocol: (family, number) =>
      since(({ protocols }) =>
        sumOf(protocols?.filter((entry) => entry.family === family && entry.protocol === number)),
      ),
    talker: (wanted) =>
      since(({ talkers }) =>
        sumOf(
          talkers?.talkers.filter((talker) => Object.entries(wanted).every(([name, value]) => talker[name] === value)),
        ),
      ),
  };
};

const sender = fileURLToPath(new URL('./udp-sender.ts', import.meta.url));

/** Sends 300 MB from `peer`; a window of less than the receiver's backlog, so that no packet is lost between the two ends. */
const transfer = async (namespace: Namespace, peer: Namespace): Promise<void> => {
  const server = spawn('ip', ['netns', 'exec', namespace.name, 'iperf3', '-s', '-1', '--forceflush'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await new Promise((resolve) => server.stdout.once('data', resolve));
    const done = new Promise((resolve) => server.once('exit', resolve));
    await peer.exec('iperf3', '-c', addresses.here[0], '-n', '300M', '-w', '256K');
    await done;
  } finally {
    server.kill('SIGKILL');
  }
};

/** Every rung counts the interface's own packets and bytes, which are the other end's, and puts each packet in one class of each kind. */
const expectTheInterfaces = ({ counters, here, there }: Window): void => {
  expect([here['rx_packets'], here['rx_bytes']]).toEqual([there['tx_packets'], there['tx_bytes']]);
  expect([here['tx_packets'], here['tx_bytes']]).toEqual([there['rx_packets'], there['rx_bytes']]);
  for (const { rung, direction, packets, bytes, sums } of counters) {
    const way = direction === 'incoming' ? 'rx' : 'tx';
    expect([rung, direction, packets, bytes]).toEqual([rung, direction, here[`${way}_packets`], here[`${way}_bytes`]]);
    const each = rung === 'proc' ? undefined : packets;
    expect([rung, direction, ...sums]).toEqual([rung, direction, each, each, each]);
  }
};

kernelTest.for([
  ['on', 'address'],
  ['off', 'port'],
] as const)(
  'pings, datagrams and a bulk transfer counted by every rung, GSO %s, talkers by %s',
  { timeout: 180_000 },
  async ([gso, by], { namespace, peer }) => {
    for (const [side, device] of [
      [namespace, 'v0'],
      [peer, 'v1'],
    ] as const)
      await side.exec('ethtool', '-K', device, ...['tso', gso, 'gso', gso, 'gro', gso]);
    const { agent, opened } = await startCounting(
      namespace,
      places.map((place) => ({ ...place, talkers: by })),
    );
    expect(opened.error).toBeUndefined();
    expect(opened.opened.map(({ rung }) => rung)).toEqual(places.map(({ rung }) => rung));
    for (const [index, { rung }] of places.entries()) expect(opened.opened[index]?.note).toMatch(biases[rung]);

    const look = async () => readSchema.parse(JSON.parse(await agent.ask('read'))).counted;
    const packetsOf = (counted: readonly Counts[]): number[] => counted.map(({ packets }) => packets);
    /** A report of group membership may come at any time: what is read together is what did not change meanwhile. */
    const settled = async (): Promise<Reading> => {
      for (;;) {
        const first = await look();
        const [here, there] = [await endOf(namespace, 'v0'), await endOf(peer, 'v1')];
        const counted = await look();
        if (packetsOf(first).join() === packetsOf(counted).join()) return { counted, here, there };
      }
    };
    const none: Counts = { packets: 0, bytes: 0 };
    let last = await settled();
    const during = async (work: () => Promise<unknown>): Promise<Window> => {
      const before = last;
      await work();
      last = await settled();
      const minus = (side: 'here' | 'there') =>
        Object.fromEntries(
          Object.entries(last[side]).map(([name, value]) => [name, value - (before[side][name] ?? 0)]),
        );
      return {
        counters: places.map((place, index) =>
          counterOf(place, last.counted[index] ?? none, before.counted[index] ?? none),
        ),
        here: minus('here'),
        there: minus('there'),
      };
    };

    const pings = await during(async () => {
      for (const address of addresses.here) await peer.exec('ping', '-q', '-f', '-c', '10000', address);
    });
    expectTheInterfaces(pings);
    for (const { rung, protocol, talker, multicast } of pings.counters) {
      if (rung === 'proc') continue;
      expect([rung, protocol('ipv4', 1)]).toEqual([rung, 10_000]);
      // Reports of group membership are ICMPv6 too, and the only multicast here.
      expect([rung, (protocol('ipv6', 58) ?? 0) - (multicast ?? 0)]).toEqual([rung, 10_000]);
      if (by === 'address')
        for (const address of addresses.there) expect([rung, talker({ address })]).toEqual([rung, 10_000]);
    }

    const send = ['6000', '30000', '100'];
    const datagrams = await during(async () => {
      expect(await namespace.exec(process.execPath, sender, addresses.there[0], ...send)).toBe('30000\n');
      expect(await peer.exec(process.execPath, sender, addresses.here[1], ...send)).toBe('30000\n');
    });
    expectTheInterfaces(datagrams);
    for (const { rung, direction, protocol, talker } of datagrams.counters) {
      if (rung === 'proc') continue;
      expect([rung, protocol(direction === 'incoming' ? 'ipv6' : 'ipv4', 17)]).toEqual([rung, 30_000]);
      if (by === 'port') expect([rung, talker({ protocol: 17, port: 6000 })]).toEqual([rung, 30_000]);
    }

    const bulk = await during(() => transfer(namespace, peer));
    expectTheInterfaces(bulk);
    expect([bulk.here['tx_dropped'], bulk.there['tx_dropped']]).toEqual([0, 0]);
    for (const { rung, direction, packets, bytes, wirePackets, wireBytes, protocol, talker } of bulk.counters) {
      const side = direction === 'incoming' ? bulk.there : bulk.here;
      const sent = side['segments'] ?? 0;
      expect(sent).toBeGreaterThan(direction === 'incoming' ? (300 * 1024 * 1024) / 1448 - 1 : 100);
      if (rung === 'proc') {
        expect([wirePackets, wireBytes, protocol('ipv4', 6)]).toEqual([undefined, undefined, undefined]);
        continue;
      }
      const tcp = protocol('ipv4', 6) ?? 0;
      if (gso === 'off') expect([rung, direction, tcp]).toEqual([rung, direction, sent]);
      else if (direction === 'incoming') expect(tcp).toBeLessThan(sent);
      const told = by === 'address' ? { address: addresses.there[0] } : { protocol: 6, port: 5201 };
      expect([rung, direction, talker(told)]).toEqual([rung, direction, tcp]);
      if (rung === 'xdp' || rung === 'nft') {
        expect([rung, wirePackets, wireBytes]).toEqual([rung, undefined, undefined]);
        continue;
      }
      expect([rung, direction, (wirePackets ?? 0) - (packets - tcp)]).toEqual([rung, direction, sent]);
      // Ethernet, IPv4 and TCP with timestamps stand before every segment.
      expect((wireBytes ?? 0) - bytes).toBe(((wirePackets ?? 0) - packets) * (14 + 20 + 32));
    }
    expect(directions.map((each) => bulk.counters.filter(({ direction }) => direction === each).length)).toEqual([
      5, 4,
    ]);
    expect(await agent.end()).toBe(0);
  },
);
