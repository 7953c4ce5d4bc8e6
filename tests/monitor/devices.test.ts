// Devices that are no plain Ethernet pair: one among 50 siblings, packets without a link layer, and packets whose headers lie in another page.
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import * as z from 'zod';
import { kernelTest } from '../helpers/kernel-test.ts';
import { connectServer } from '../helpers/mcp-client.ts';
import type { Namespace } from '../helpers/netns.ts';
import { requireFeature, tapDevices } from '../helpers/skip.ts';
import { startAgent, type Agent } from './agent.ts';
import { addresses, connectPair, startCounting } from './counters.ts';
import { bpfFeature, tcxFeature } from './features.ts';

const program = fileURLToPath(new URL('../e2e/product-with-test-tools.ts', import.meta.url));
const sender = fileURLToPath(new URL('./udp-sender.ts', import.meta.url));

const sideSchema = z.looseObject({
  protocols: z.array(z.looseObject({ protocol: z.string(), packets: z.number() })),
});
const answerSchema = z.looseObject({ interface: z.string(), incoming: sideSchema, outgoing: sideSchema });

kernelTest(
  'among 50 siblings the default route’s interface is chosen, and one that is named counts its own alone',
  async ({ namespace, openNamespace, task, skip }) => {
    await requireFeature({ task, skip }, bpfFeature);
    const peer = await openNamespace();
    await connectPair(namespace, peer);
    const numbers = Array.from({ length: 25 }, (_, index) => index + 1);
    const batch = (side: Namespace, lines: readonly string[]): Promise<string> =>
      side.exec('sh', '-ec', `ip -batch - << END\n${lines.join('\n')}\nEND`);
    await batch(namespace, [
      ...numbers.map((n) => `link add s${n} type veth peer name t${n} netns ${peer.name}`),
      ...numbers.map((n) => `link add d${n} type veth peer name e${n}`),
      ...numbers.flatMap((n) => [`address add 10.7.${n}.1/24 dev s${n}`, `link set s${n} up`]),
    ]);
    await batch(
      peer,
      numbers.flatMap((n) => [`address add 10.7.${n}.2/24 dev t${n}`, `link set t${n} up`]),
    );
    await namespace.exec('ip', 'route', 'add', 'default', 'via', addresses.there[0]);
    const server = await connectServer({ namespace, program, env: { HOME: '/nonexistent' } });
    try {
      const during = async (input: Record<string, unknown>, work: () => Promise<unknown>) => {
        let working: Promise<unknown> | undefined;
        const params = { name: 'network_monitor', arguments: { duration_s: 3, interval_ms: 500, ...input } };
        const answer = await server.client.callTool(params, {
          onprogress: () => {
            working ??= work();
          },
        });
        await working;
        return answerSchema.parse(answer.structuredContent);
      };
      const pings = async (): Promise<void> => {
        for (const [address, count] of [
          [addresses.here[0], 700],
          ['10.7.7.1', 300],
          ['10.7.8.1', 500],
        ] as const)
          await peer.exec('ping', '-q', '-f', '-c', String(count), address);
      };
      for (const [input, name, count] of [
        [{}, 'v0', 700],
        [{ interface: 's7' }, 's7', 300],
      ] as const) {
        const answer = await during(input, pings);
        expect(answer.interface).toBe(name);
        for (const side of [answer.incoming, answer.outgoing])
          expect(side.protocols.find(({ protocol }) => protocol === 'icmp')?.packets).toBe(count);
      }
      await expect(server.call('network_monitor', { interface: 's77' })).rejects.toThrow('Did you mean');
    } finally {
      await server.close();
    }
  },
);

const hold = async (namespace: Namespace, name: string, mode: 'tun' | 'tap'): Promise<Agent> => {
  const agent = startAgent(namespace, 'tun-agent.ts', name, mode);
  expect(await agent.line()).toBe('ready');
  await namespace.exec('ip', 'link', 'set', name, 'up', 'mtu', '9000');
  return agent;
};

const countsSchema = z.object({
  counted: z.array(
    z.looseObject({
      packets: z.number(),
      bytes: z.number(),
      protocols: z
        .array(
          z.looseObject({
            family: z.string(),
            protocol: z.number().optional(),
            packets: z.number(),
            bytes: z.number(),
          }),
        )
        .optional(),
      talkers: z
        .looseObject({ talkers: z.array(z.looseObject({ address: z.string(), packets: z.number() })) })
        .optional(),
    }),
  ),
  link: z.looseObject({ rxPackets: z.number(), rxBytes: z.number(), txPackets: z.number(), txBytes: z.number() }),
});

const bytesOf = (length: number): string => length.toString(16).padStart(4, '0');
const v4 = (length: number): string => `4500${bytesOf(length)}0000000040110000c0000202c6336401`;
const v6 = (length: number): string =>
  `60000000${bytesOf(length - 40)}114020010db800000000000000000000000220010db8000000000000000000000099`;
const padded = (hex: string, length: number): string => hex.padEnd(length * 2, '0');

kernelTest('a tun device has no link layer: every rung counts whole IP packets', async ({ namespace, task, skip }) => {
  for (const feature of [tapDevices, bpfFeature, tcxFeature]) await requireFeature({ task, skip }, feature);
  const quiet = ['default.router_solicitations=0', 'default.accept_ra=0'];
  await namespace.exec('sysctl', '-qw', ...quiet.map((setting) => `net.ipv6.conf.${setting}`));
  const agent = await hold(namespace, 'tun0', 'tun');
  await namespace.exec('ip', 'address', 'add', '192.0.2.1/24', 'dev', 'tun0');
  await namespace.exec('ip', 'address', 'add', '2001:db8::1/64', 'dev', 'tun0');
  const places = [
    ...(['xdp', 'tcx', 'clsact', 'nft', 'proc'] as const).map((rung) => ({ rung, direction: 'incoming' }) as const),
    ...(['tcx', 'clsact', 'nft', 'proc'] as const).map((rung) => ({ rung, direction: 'outgoing' }) as const),
  ];
  const counting = await startCounting(
    namespace,
    places.map((place) => ({ ...place, talkers: 'address' })),
    { iface: 'tun0' },
  );
  expect(counting.opened.error).toBeUndefined();
  const read = async () => {
    await agent.ask('drain');
    return countsSchema.parse(JSON.parse(await counting.agent.ask('read')));
  };
  /** A report of group membership may come at any time, and counts at the interface once it is taken out. */
  const settled = async () => {
    for (;;) {
      const [first, second] = [await read(), await read()];
      const numbers = ({ counted, link }: typeof first): string =>
        [...counted.map(({ packets }) => packets), link.rxPackets, link.txPackets].join();
      if (numbers(first) === numbers(second)) return second;
    }
  };
  const before = await settled();
  await agent.ask(`write 300 ${padded(v4(200), 200)}`);
  await agent.ask(`write 200 ${padded(v6(1000), 1000)}`);
  expect(await namespace.exec(process.execPath, sender, '192.0.2.2', '6000', '300', '100')).toBe('300\n');
  await agent.ask('drain');
  expect(await namespace.exec(process.execPath, sender, '2001:db8::2', '6000', '200', '100')).toBe('200\n');
  const after = await settled();
  for (const [index, { rung, direction }] of places.entries()) {
    const [now, then] = [after.counted[index], before.counted[index]];
    const incoming = direction === 'incoming';
    const since = (of: (side: 'rxPackets' | 'rxBytes' | 'txPackets' | 'txBytes') => number): number[] =>
      incoming ? [of('rxPackets'), of('rxBytes')] : [of('txPackets'), of('txBytes')];
    expect([
      rung,
      direction,
      (now?.packets ?? 0) - (then?.packets ?? 0),
      (now?.bytes ?? 0) - (then?.bytes ?? 0),
    ]).toEqual([rung, direction, ...since((side) => after.link[side] - before.link[side])]);
    if (rung === 'proc') continue;
    const udp = (family: string) => now?.protocols?.find((each) => each.family === family && each.protocol === 17);
    const [v4Bytes, v6Bytes] = incoming ? [200, 1000] : [128, 148];
    expect([rung, direction, udp('ipv4')]).toMatchObject([rung, direction, { packets: 300, bytes: 300 * v4Bytes }]);
    expect([rung, direction, udp('ipv6')]).toMatchObject([rung, direction, { packets: 200, bytes: 200 * v6Bytes }]);
    const talkers = now?.talkers?.talkers.map(({ address, packets }) => [address, packets]);
    for (const talker of [
      ['192.0.2.2', 300],
      ['2001:db8::2', 200],
    ])
      expect([rung, direction, talkers]).toEqual([rung, direction, expect.arrayContaining([talker])]);
  }
  expect(await counting.agent.end()).toBe(0);
  expect(await agent.end()).toBe(0);
});

kernelTest(
  'headers that lie outside of the packet’s linear part are read all the same',
  async ({ namespace, task, skip }) => {
    for (const feature of [tapDevices, bpfFeature, tcxFeature]) await requireFeature({ task, skip }, feature);
    await namespace.exec('sysctl', '-qw', 'net.ipv6.conf.default.disable_ipv6=1');
    const agent = await hold(namespace, 'tap0', 'tap');
    const places = (['tcx', 'clsact', 'nft'] as const).map((rung) => ({ rung, direction: 'incoming' }) as const);
    const counting = await startCounting(
      namespace,
      places.map((place) => ({ ...place, talkers: 'address' })),
      { iface: 'tap0' },
    );
    expect(counting.opened.error).toBeUndefined();
    // struct virtio_net_hdr: hdr_len says that 14 bytes are linear. The kernel heeds it for what is larger than a page.
    const virtio = '0000 0e00 0000 0000 0000'.replaceAll(' ', '');
    const length = 5000;
    const frame = (type: string, packet: string): string =>
      virtio + padded(`020000000002020000000001${type}${packet}`, length + 14);
    await agent.ask(`write 100 ${frame('0800', v4(length))}`);
    await agent.ask(`write 70 ${frame('86dd', v6(length))}`);
    const { counted } = countsSchema.parse(JSON.parse(await counting.agent.ask('read')));
    for (const [index, { rung }] of places.entries()) {
      const each = counted[index];
      const protocols = each?.protocols?.map(({ family, protocol, packets }) => [family, protocol, packets]);
      expect([rung, each?.packets, each?.bytes, protocols?.sort()]).toEqual([
        rung,
        170,
        170 * (length + 14),
        [
          ['ipv4', 17, 100],
          ['ipv6', 17, 70],
        ],
      ]);
      const talkers = each?.talkers?.talkers.map(({ address, packets }) => [address, packets]);
      expect([rung, talkers]).toEqual([
        rung,
        [
          ['192.0.2.2', 100],
          ['2001:db8::2', 70],
        ],
      ]);
    }
    expect(await counting.agent.end()).toBe(0);
    expect(await agent.end()).toBe(0);
  },
);
