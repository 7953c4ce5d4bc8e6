// Two namespaces joined by a veth pair, a counting agent in the first, and what the tests compare its counts with.
import * as z from 'zod';
import type { Namespace } from '../helpers/netns.ts';
import { type Agent, startWrapped } from './agent.ts';
import type { CounterRequest } from './counter-agent.ts';

const talkerSchema = z.looseObject({
  family: z.string(),
  address: z.string().optional(),
  protocol: z.number().optional(),
  port: z.number().optional(),
  packets: z.number(),
  bytes: z.number(),
});
const countsSchema = z.looseObject({
  packets: z.number(),
  bytes: z.number(),
  wirePackets: z.number().optional(),
  wireBytes: z.number().optional(),
  protocols: z.array(
    z.looseObject({
      family: z.string(),
      protocol: z.number().optional(),
      packets: z.number(),
      bytes: z.number(),
    }),
  ),
  multicast: z.number(),
  broadcast: z.number(),
  sizes: z.array(z.number()),
  talkers: z
    .looseObject({
      talkers: z.array(talkerSchema),
      total: z.number(),
      otherPackets: z.number(),
      otherBytes: z.number(),
    })
    .default({ talkers: [], total: 0, otherPackets: 0, otherBytes: 0 }),
});
export type Counts = z.infer<typeof countsSchema>;
const linkSchema = z.looseObject({
  rxPackets: z.number(),
  txPackets: z.number(),
  rxBytes: z.number(),
  txBytes: z.number(),
});
const readSchema = z.object({ counted: z.array(countsSchema), link: linkSchema.optional() });
const openedSchema = z.object({
  opened: z.array(z.object({ rung: z.string(), note: z.string() })),
  error: z.looseObject({ code: z.string(), message: z.string(), hint: z.string() }).optional(),
});

export const addresses = { here: ['192.0.2.1', '2001:db8::1'], there: ['192.0.2.2', '2001:db8::2'] } as const;

/** v0 here and v1 there, with neighbours known, so that nothing is sent to find them. */
export const connectPair = async (here: Namespace, there: Namespace, mtu = 1500): Promise<void> => {
  for (const side of [here, there]) {
    const still = ['default.router_solicitations=0', 'default.accept_ra=0'];
    await side.exec('sysctl', '-qw', ...still.map((setting) => `net.ipv6.conf.${setting}`));
  }
  const withLength = ([v4, v6]: readonly [string, string]): string[] => [`${v4}/24`, `${v6}/64`];
  await here.connect(
    there,
    { device: 'v0', addresses: withLength(addresses.here) },
    { device: 'v1', addresses: withLength(addresses.there) },
  );
  const macOf = async (side: Namespace, device: string): Promise<string> =>
    (await side.exec('cat', `/sys/class/net/${device}/address`)).trim();
  const neighbours = [
    [here, 'v0', addresses.there, await macOf(there, 'v1')],
    [there, 'v1', addresses.here, await macOf(here, 'v0')],
  ] as const;
  for (const [side, device, others, mac] of neighbours) {
    await side.exec('ip', 'link', 'set', device, 'mtu', String(mtu));
    for (const address of others)
      await side.exec('ip', 'neighbour', 'replace', address, 'lladdr', mac, 'dev', device, 'nud', 'permanent');
  }
};

export const indexOf = async (namespace: Namespace, device: string): Promise<number> =>
  Number(await namespace.exec('cat', `/sys/class/net/${device}/ifindex`));

export interface Counting {
  agent: Agent;
  opened: z.infer<typeof openedSchema>;
  read: () => Promise<z.infer<typeof readSchema>>;
}

export const startCounting = async (
  namespace: Namespace,
  counters: CounterRequest['counters'],
  options: { iface?: string; wrapper?: readonly string[] } = {},
): Promise<Counting> => {
  const { iface = 'v0', wrapper = [] } = options;
  const request: CounterRequest = { iface, ifindex: await indexOf(namespace, iface), counters };
  const agent = startWrapped(namespace, wrapper, 'counter-agent.ts', JSON.stringify(request));
  const opened = openedSchema.parse(JSON.parse(await agent.line()));
  return { agent, opened, read: async () => readSchema.parse(JSON.parse(await agent.ask('read'))) };
};

/** Packets of one protocol in `after` that were not in `before`. */
export const protocolPackets = (
  { protocols }: Counts,
  before: Counts,
  family: string,
  protocol: number | undefined,
): number => {
  const of = (list: Counts['protocols']): number =>
    list.find((entry) => entry.family === family && entry.protocol === protocol)?.packets ?? 0;
  return of(protocols) - of(before.protocols);
};
