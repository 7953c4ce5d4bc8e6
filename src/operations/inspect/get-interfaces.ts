// get_interfaces: the interfaces of this network namespace with addresses, link state and, if asked for, counters and offloads.
import * as z from 'zod';
import { interfaceNameSchema } from '../../model/names.ts';
import { offloadNames, offloadOf, type Feature } from '../../model/offloads.ts';
import type { OperationPorts } from '../../model/operation-ports.ts';
import type { InterfaceFacts } from '../../model/snapshot.ts';
import { defineOperation } from '../define.ts';
import { resultSchema } from '../frame/result.ts';
import { noSuchInterface } from './known-interface.ts';
import { readStatistics, statisticsSchema } from './statistics.ts';

/** A host with thousands of containers has as many interfaces; an answer with all of them helps nobody. */
const maxInterfaces = 200;
/** Offloads cost a process for each interface. */
const maxOffloads = 16;

const interfaceSchema = z.strictObject({
  name: z.string(),
  status: z.enum(['up', 'down']).describe('up: switched on and with carrier'),
  admin_up: z.boolean(),
  carrier: z.boolean(),
  ifindex: z.number(),
  kind: z.string().nullable().describe('veth, bridge, ...; null for hardware'),
  mac_address: z.string().nullable(),
  ipv4_addresses: z.array(z.string()),
  ipv6_addresses: z.array(z.string()),
  netmask: z.string().nullable().describe('Of the first IPv4 address'),
  mtu: z.number(),
  speed_mbps: z.number().nullable(),
  master: z.string().nullable(),
  detail: z
    .strictObject({
      ipv4_networks: z.array(z.string()),
      ipv6_networks: z.array(z.string()),
      min_mtu: z.number(),
      max_mtu: z.number().describe('0: the driver states none'),
      tx_queue_length_packets: z.number(),
      statistics: statisticsSchema.nullable(),
      offloads: z
        .partialRecord(z.enum(offloadNames), z.strictObject({ active: z.boolean(), fixed: z.boolean() }))
        .nullable()
        .describe('active: any feature of the group is on; fixed: none of them can be changed'),
    })
    .optional(),
});
type Shown = z.input<typeof interfaceSchema>;

const bare = (network: string): string => network.split('/')[0] ?? network;

/** `24` -> `255.255.255.0`. */
export const netmaskOf = (prefixLength: number): string =>
  [0, 1, 2, 3].map((octet) => 256 - 2 ** (8 - Math.min(8, Math.max(0, prefixLength - octet * 8)))).join('.');

const show = (facts: InterfaceFacts): Shown => {
  const prefix = facts.ipv4[0]?.split('/')[1];
  return {
    name: facts.name,
    status: facts.up && facts.carrier ? 'up' : 'down',
    admin_up: facts.up,
    carrier: facts.carrier,
    ifindex: facts.ifindex,
    kind: facts.kind,
    mac_address: facts.mac,
    ipv4_addresses: facts.ipv4.map(bare),
    ipv6_addresses: facts.ipv6.map(bare),
    netmask: prefix === undefined ? null : netmaskOf(Number(prefix)),
    mtu: facts.mtu,
    speed_mbps: facts.speed_mbps,
    master: facts.master,
  };
};

type Offloads = NonNullable<Shown['detail']>['offloads'];

const groupState = (members: readonly Feature[]): Pick<Feature, 'active' | 'fixed'> => ({
  active: members.some((member) => member.active),
  fixed: members.every((member) => member.fixed),
});

const grouped = (features: Readonly<Record<string, Feature>>): Offloads => {
  const groups: NonNullable<Offloads> = {};
  for (const name of offloadNames) {
    const members = Object.entries(features).flatMap(([feature, state]) =>
      offloadOf(feature) === name ? [state] : [],
    );
    if (members.length > 0) groups[name] = groupState(members);
  }
  return groups;
};

const readOffloads = async (name: string, ports: OperationPorts, signal: AbortSignal): Promise<Offloads> => {
  if ((await ports.exec.find('ethtool')) === undefined) return null;
  const { parseFeatures } = await import('../../resources/ethtool.ts');
  const { code, stdout } = await ports.exec.run({ binary: 'ethtool', args: ['-k', name], signal });
  return code === 0 ? grouped(parseFeatures(stdout)) : null;
};

const withDetail = async (
  all: readonly InterfaceFacts[],
  ports: OperationPorts,
  signal: AbortSignal,
): Promise<Shown[]> => {
  const statistics = await readStatistics(ports.kernel);
  return Promise.all(
    all.map(async (facts, index) => ({
      ...show(facts),
      detail: {
        ipv4_networks: facts.ipv4,
        ipv6_networks: facts.ipv6,
        min_mtu: facts.min_mtu,
        max_mtu: facts.max_mtu,
        tx_queue_length_packets: facts.txqueuelen,
        statistics: statistics.get(facts.name) ?? null,
        offloads: index < maxOffloads ? await readOffloads(facts.name, ports, signal) : null,
      },
    })),
  );
};

export const getInterfaces = defineOperation({
  name: 'get_interfaces',
  title: 'Get network interfaces',
  description:
    'Lists network interfaces with state, addresses, MTU and speed, and names the one of the default route. detail "full" adds counters, MTU bounds and offloads (of the first 16).',
  toolset: 'inspect',
  needs: 'none',
  annotations: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  input: z.strictObject({
    interface: interfaceNameSchema.optional().describe('Only this one'),
    detail: z.enum(['brief', 'full']).default('brief'),
  }),
  output: resultSchema({
    interfaces: z.array(interfaceSchema),
    default_interface: z.string().nullable(),
    total: z.number(),
    truncated: z.boolean(),
  }),
  run: async (input, ports, { signal }) => {
    const [{ readInterfaces }, { readDefaultInterface }] = await Promise.all([
      import('../../host/interfaces.ts'),
      import('../../host/facts.ts'),
    ]);
    const [byName, primary] = await Promise.all([readInterfaces(ports, signal), readDefaultInterface(ports.kernel)]);
    const all = Object.values(byName).sort((left, right) => left.ifindex - right.ifindex);
    const wanted = input.interface === undefined ? all : all.filter(({ name }) => name === input.interface);
    if (input.interface !== undefined && wanted.length === 0) {
      throw noSuchInterface(
        input.interface,
        all.map(({ name }) => name),
      );
    }
    const kept = wanted.slice(0, maxInterfaces);
    const interfaces = input.detail === 'full' ? await withDetail(kept, ports, signal) : kept.map(show);
    const up = wanted.filter((facts) => facts.up && facts.carrier).length;
    return {
      success: true,
      summary: `Found ${wanted.length} interface${wanted.length === 1 ? '' : 's'} (${up} up). Default route: ${primary ?? 'none'}.`,
      interfaces,
      default_interface: primary,
      total: wanted.length,
      truncated: kept.length < wanted.length,
    };
  },
});
