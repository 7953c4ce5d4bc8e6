// Facts for rules: what this host and link are, and what would stand on them once the wishes do. Unknown things are absent.
import type { Policy } from '../model/policy.ts';
import { type InterfaceFacts, type Snapshot, addressOf } from '../model/snapshot.ts';
import { sysctlObservedSchema } from '../model/sysctl.ts';
import type { Fact, Facts } from '../policy/evaluate.ts';
import { isRecord } from '../model/record.ts';

export const roles = ['client', 'server', 'router'] as const;
export type Role = (typeof roles)[number];

/** What the caller knows of the link and the host cannot. */
export interface LinkFacts {
  down_mbps?: number | undefined;
  up_mbps?: number | undefined;
  rtt_ms?: number | undefined;
}

export interface FactsInput {
  snapshot: Snapshot;
  iface: string;
  policy: Policy;
  /** By knob id, as they would stand. */
  wishes: Readonly<Record<string, unknown>>;
  emulate: boolean;
  role?: Role | undefined;
  link?: LinkFacts | undefined;
}

const tunnels = [
  'tun',
  'tap',
  'gre',
  'gretap',
  'ipip',
  'sit',
  'ip6tnl',
  'ip6gre',
  'wireguard',
  'vxlan',
  'geneve',
  'vti',
  'xfrm',
  'ppp',
];
/** Drivers of network cards that a hypervisor makes up. */
const virtualDrivers = ['virtio_net', 'vmxnet3', 'vif', 'xen_netfront', 'hv_netvsc', 'ena', 'gve', 'ibmveth'];

/** ethernet, wifi, virtual, tunnel or loopback. */
export const linkType = ({ name, kind, wireless, driver }: InterfaceFacts): string => {
  if (name === 'lo') return 'loopback';
  if (wireless === true) return 'wifi';
  if (kind !== null) return tunnels.includes(kind) ? 'tunnel' : 'virtual';
  return typeof driver === 'string' && virtualDrivers.includes(driver) ? 'virtual' : 'ethernet';
};

const entry = (value: unknown, key: string): unknown =>
  isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined;

/** Bytes in flight at a rate in Mbit/s over a round trip in ms. */
const product = (mbps: number | undefined, rtt: number | undefined): number | undefined =>
  mbps === undefined || rtt === undefined ? undefined : Math.round((mbps * 1e6 * rtt) / 8000);

const asFact = (text: string): Fact => (/^-?[0-9]{1,15}$/.test(text) ? Number(text) : text);

const sysctlFacts = ({ snapshot, policy, wishes }: FactsInput): [string, Fact][] =>
  [...policy.cardsByKey.keys()].flatMap((key): [string, Fact][] => {
    const wished = entry(wishes['sysctl'], key);
    const read = sysctlObservedSchema.safeParse(snapshot.observed[addressOf('sysctl', key)]);
    const value =
      typeof wished === 'string' || typeof wished === 'number'
        ? String(wished)
        : read.success
          ? read.data?.value
          : undefined;
    if (value === undefined) return [];
    const words = value.trim().split(/\s+/);
    const name = `sysctl.${key}`;
    if (words.length === 1) return [[name, asFact(value.trim())]];
    return [
      [name, words.join(' ')],
      [`${name}.last`, asFact(words.at(-1) ?? '')],
    ];
  });

const hostFacts = ({ snapshot, policy, role }: FactsInput): [string, Fact | undefined][] => {
  const [major = 0, minor = 0] = snapshot.kernel.split('.').map((part) => Number.parseInt(part, 10));
  const { features, memory_bytes: memory } = snapshot;
  const qdiscs = ['fq', 'fq_codel', 'cake', 'htb', 'tbf', 'sfq', 'netem', 'ingress', 'pfifo_fast'];
  const controls = [...new Set(['bbr', 'cubic', 'reno', ...features.congestion_controls])];
  return [
    ['role', role],
    ['memory_bytes', memory],
    ['cpus', snapshot.cpus],
    ['kernel_version', major * 1000 + minor],
    ['initial_netns', snapshot.initial_netns],
    ['net_admin', snapshot.net_admin],
    ['buffer_memory_limit_bytes', Math.floor((memory * policy.limits.socket_buffer_memory_percent) / 100)],
    ['has.conntrack', features.conntrack],
    ['has.nftables', features.nftables],
    ['has.ifb', features.ifb],
    ...qdiscs.map((kind): [string, Fact] => [`has.qdisc.${kind}`, features.qdiscs.includes(kind)]),
    ...controls.map((name): [string, Fact] => [
      `has.congestion_control.${name}`,
      features.congestion_controls.includes(name),
    ]),
  ];
};

const linkFacts = ({ snapshot, iface, link }: FactsInput): [string, Fact | undefined][] => {
  const facts = snapshot.interfaces[iface];
  if (facts === undefined) return [];
  const speed = facts.speed_mbps ?? undefined;
  return [
    ['link.type', linkType(facts)],
    ['link.speed_mbps', speed],
    ['link.down_mbps', link?.down_mbps],
    ['link.up_mbps', link?.up_mbps],
    ['link.rtt_ms', link?.rtt_ms],
    ['link.mtu', facts.mtu],
    ['link.queues', facts.queues],
    ['bdp_down_bytes', product(link?.down_mbps ?? speed, link?.rtt_ms)],
    ['bdp_up_bytes', product(link?.up_mbps ?? speed, link?.rtt_ms)],
    ['ipv4', facts.ipv4.length > 0],
    ['ipv6', facts.ipv6.some((address) => !address.startsWith('fe80:'))],
  ];
};

const scalar = (value: unknown): Fact | undefined =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : undefined;

/** The root qdisc that stands now, where nothing wished decides it. */
const standingQdisc = ({ snapshot, iface, wishes }: FactsInput): Fact | undefined => {
  if (['qdisc', 'shaper', 'htb_classes', 'netem'].some((knob) => Object.hasOwn(wishes, knob))) return undefined;
  const qdiscs = entry(snapshot.observed[addressOf('tc', iface)], 'qdiscs');
  if (!Array.isArray(qdiscs)) return undefined;
  return scalar(
    entry(
      qdiscs.find((qdisc) => entry(qdisc, 'parent') === 'root'),
      'kind',
    ),
  );
};

const wishFacts = (input: FactsInput): [string, Fact | undefined][] => [
  ...Object.entries(input.wishes).map(([knob, wish]): [string, Fact | undefined] => [
    `wish.${knob}`,
    wish === null || wish === undefined ? undefined : true,
  ]),
  ['qdisc.type', scalar(entry(input.wishes['qdisc'], 'type')) ?? standingQdisc(input)],
  ['qdisc.bandwidth_mbit', scalar(entry(entry(input.wishes['qdisc'], 'params'), 'bandwidth_mbit'))],
  ['shaper.egress_mbit', scalar(entry(input.wishes['shaper'], 'egress_mbit'))],
  ['offloads.lro', scalar(entry(input.wishes['offloads'], 'lro'))],
  ['mtu', scalar(input.wishes['mtu'])],
  ['packet_steering.rps_flow_count', scalar(entry(input.wishes['packet_steering'], 'rps_flow_count'))],
  ['emulate', input.emulate],
];

export const factsOf = (input: FactsInput): Facts =>
  new Map(
    [...hostFacts(input), ...linkFacts(input), ...wishFacts(input), ...sysctlFacts(input)].flatMap(
      ([name, value]): [string, Fact][] => (value === undefined ? [] : [[name, value]]),
    ),
  );
