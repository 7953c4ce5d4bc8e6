// A chain of network namespaces: a client, four routers and a target, with both families on every link, and what can be wrong with
// one of them. Node 0 is the client, nodes 1 to 4 are the routers at those hops, node 5 is the target.
import type { Namespace } from '../helpers/netns.ts';

export const routers = 4;
export const targetHop = routers + 1;

type Family = 4 | 6;

export interface PathChain {
  readonly client: Namespace;
  readonly target: Namespace;
  /** The namespace at a hop, the target's included. */
  node(hop: number): Namespace;
  /** The address with which a hop answers the client. */
  addressOf(hop: number, family?: Family): string;
  /** Drops what a router itself would say of expired packets: it forwards, and is silent. */
  silence(hop: number): Promise<void>;
  /** Milliseconds between two ICMP errors to the same host, after a first handful. */
  limitErrors(hop: number, everyMs: number): Promise<void>;
  /** An nft rule on what a router forwards towards the target. */
  forward(hop: number, rule: string): Promise<void>;
  /** An nft rule on what reaches a node itself. */
  input(hop: number, rule: string): Promise<void>;
  /** An nft rule on what a node itself sends. */
  output(hop: number, rule: string): Promise<void>;
  /** The MTU of the link behind a hop (0: the client), set on both of its ends. */
  setMtu(hop: number, bytes: number): Promise<void>;
}

const left = 'left';
const right = 'right';

/** The address of the node at either end of link `link`, which joins nodes `link` and `link + 1`. */
const addressOn = (link: number, end: 1 | 2, family: Family): string =>
  family === 4 ? `10.77.${link + 1}.${end}` : `fd77:${link + 1}::${end}`;

const networkOf = (link: number, family: Family): string =>
  family === 4 ? `10.77.${link + 1}.0/24` : `fd77:${link + 1}::/64`;

/** Lines for `ip -batch` in one node. */
const linksOf = (index: number): string[] => {
  const ends = [
    ...(index > 0 ? [{ device: left, link: index - 1, end: 2 as const }] : []),
    ...(index < targetHop ? [{ device: right, link: index, end: 1 as const }] : []),
  ];
  return ends.flatMap(({ device, link, end }) => [
    `address add ${addressOn(link, end, 4)}/24 dev ${device}`,
    `address add ${addressOn(link, end, 6)}/64 dev ${device} nodad`,
    `link set ${device} up`,
  ]);
};

const routesOf = (index: number): string[] =>
  ([4, 6] as const).flatMap((family) => [
    ...(index < targetHop ? [`route add default via ${addressOn(index, 2, family)}`] : []),
    ...Array.from(
      { length: Math.max(0, index - 1) },
      (_, link) => `route add ${networkOf(link, family)} via ${addressOn(index - 1, 1, family)}`,
    ),
  ]);

// A router of today limits its ICMP errors (a handful, then one a second); here only where a test wants it.
const unlimited = [
  'net.ipv4.icmp_ratelimit=0',
  'net.ipv4.icmp_msgs_per_sec=100000',
  'net.ipv4.icmp_msgs_burst=10000',
  'net.ipv6.icmp.ratelimit=0',
];

const forwarding = ['net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1'];

/** One script, run in the client, makes it all: hundreds of processes would take long on an emulated machine. */
const scriptFor = (nodes: readonly Namespace[]): string => {
  const ip = (index: number): string => (index === 0 ? 'ip' : `ip -n ${nodes[index]?.name ?? ''}`);
  const pairs = nodes
    .slice(1)
    .map(({ name }, index) => `${ip(index)} link add ${right} type veth peer name ${left} netns ${name}`);
  const batches = nodes.map((_, index) => `${ip(index)} -batch - <<END\n${linksOf(index).join('\n')}\nEND`);
  const routes = nodes.map((_, index) => `${ip(index)} -batch - <<END\n${routesOf(index).join('\n')}\nEND`);
  // The client's own settings stay: in the lab it is the host itself.
  const settings = nodes.slice(1).map(({ name }, index) => {
    const keys = index < routers ? [...unlimited, ...forwarding] : unlimited;
    return `ip netns exec ${name} sysctl -qw ${keys.join(' ')}`;
  });
  // A fresh link loses IPv6 packets while its ends look for each other.
  const reached = ([4, 6] as const).map(
    (family) =>
      `for try in 1 2 3 4 5 6 7 8 9; do ping -n -c 1 -W 1 ${addressOn(routers, 2, family)} >/dev/null && break; done`,
  );
  return [...pairs, ...settings, ...batches, ...routes, ...reached].join('\n');
};

/** The first namespace opened is the client. */
export const openChain = async (open: () => Promise<Namespace>): Promise<PathChain> => {
  const nodes: Namespace[] = [];
  for (let index = 0; index <= targetHop; index += 1) nodes.push(await open());
  const node = (index: number): Namespace => {
    const found = nodes[index];
    if (found === undefined) throw new Error(`the chain has no node ${index}`);
    return found;
  };
  await node(0).exec('sh', '-ec', scriptFor(nodes));

  const rule = async (hop: number, hook: string, text: string): Promise<void> => {
    const table = `add table inet path
      add chain inet path ${hook} { type filter hook ${hook} priority 0; }
      add rule inet path ${hook} ${text}`;
    await node(hop).exec('sh', '-ec', 'printf %s "$1" | nft -f -', 'sh', table);
  };

  return {
    client: node(0),
    target: node(targetHop),
    node,
    addressOf: (hop, family = 4) => addressOn(hop - 1, 2, family),
    silence: async (hop) => {
      await rule(hop, 'output', 'icmp type time-exceeded drop');
      await rule(hop, 'output', 'icmpv6 type time-exceeded drop');
    },
    limitErrors: async (hop, everyMs) => {
      await node(hop).exec('sysctl', '-qw', `net.ipv4.icmp_ratelimit=${everyMs}`, `net.ipv6.icmp.ratelimit=${everyMs}`);
    },
    forward: (hop, text) => rule(hop, 'forward', text),
    input: (hop, text) => rule(hop, 'input', text),
    output: (hop, text) => rule(hop, 'output', text),
    setMtu: async (hop, bytes) => {
      await node(hop).exec('ip', 'link', 'set', right, 'mtu', String(bytes));
      await node(hop + 1).exec('ip', 'link', 'set', left, 'mtu', String(bytes));
    },
  };
};
