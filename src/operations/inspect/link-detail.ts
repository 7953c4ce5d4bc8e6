// What get_interfaces adds for detail "full": counters, limits, and what ethtool tells of driver, offloads and rings.
import * as z from 'zod';
import type { Link } from '../../host/links.ts';
import { interfaceNameSchema } from '../../model/names.ts';
import { offloadNames, offloadOf, type Feature } from '../../model/offloads.ts';
import type { OperationPorts } from '../../model/operation-ports.ts';
import { plainText } from '../../model/plain-text.ts';
import type { RingsObserved } from '../../model/rings.ts';
import { driverSchema, parseDriver, type Driver } from './driver-text.ts';
import { flatStatistics, statisticsSchema } from './statistics.ts';

const slots = z.number().nullable();
const ringsSchema = z.strictObject({ rx: slots, rx_maximum: slots, tx: slots, tx_maximum: slots });
type Rings = z.infer<typeof ringsSchema>;

export const detailSchema = z.strictObject({
  operstate: z.string().describe('RFC 2863'),
  min_mtu: z.number(),
  max_mtu: z.number().describe('0: the driver states none'),
  tx_queue_length_packets: z.number(),
  /** Free text that somebody gave it. */
  alias: z.string().nullable(),
  other_names: z.array(z.string()),
  vlan_id: z.number().nullable(),
  bridge_port_state: z.string().nullable(),
  statistics: statisticsSchema.nullable(),
  driver: driverSchema.nullable(),
  rings: ringsSchema.nullable().describe('Slots; null: the driver has none to set'),
  offloads: z
    .partialRecord(z.enum(offloadNames), z.strictObject({ active: z.boolean(), fixed: z.boolean() }))
    .nullable()
    .describe('active: any of the group is on; fixed: none can be changed'),
});
export type Detail = z.infer<typeof detailSchema>;
type Offloads = NonNullable<Detail['offloads']>;

const groupState = (members: readonly Feature[]): Pick<Feature, 'active' | 'fixed'> => ({
  active: members.some((member) => member.active),
  fixed: members.every((member) => member.fixed),
});

/** Kernel features by the groups that ethtool's short names stand for. */
export const groupedOffloads = (features: Readonly<Record<string, Feature>>): Offloads => {
  const groups: Offloads = {};
  for (const name of offloadNames) {
    const members = Object.entries(features).flatMap(([feature, state]) =>
      offloadOf(feature) === name ? [state] : [],
    );
    if (members.length > 0) groups[name] = groupState(members);
  }
  return groups;
};

const flatRings = (rings: RingsObserved): Rings | null =>
  rings === null
    ? null
    : {
        rx: rings.current.rx,
        rx_maximum: rings.maximum.rx,
        tx: rings.current.tx,
        tx_maximum: rings.maximum.tx,
      };

interface Told {
  driver: Driver | null;
  rings: Rings | null;
  offloads: Offloads | null;
}

const nothingTold: Told = { driver: null, rings: null, offloads: null };

/** ethtool can be asked about it: it is installed, and no part of the name could be an option. */
const askable = (link: Link): boolean => interfaceNameSchema.safeParse(link.ifname).success;

const askEthtool = async ({ ifname }: Link, { exec }: OperationPorts, signal: AbortSignal): Promise<Told> => {
  const [{ parseFeatures }, { parseRings }] = await Promise.all([
    import('../../resources/ethtool.ts'),
    import('../../resources/rings.ts'),
  ]);
  /** Null where the driver does not tell, or the interface has just gone. */
  const ask = async <Value>(option: '-i' | '-g' | '-k', parse: (text: string) => Value): Promise<Value | null> => {
    const { code, stdout } = await exec.run({ binary: 'ethtool', args: [option, ifname], signal });
    return code === 0 ? parse(stdout) : null;
  };
  return {
    driver: await ask('-i', parseDriver),
    rings: await ask('-g', (text) => flatRings(parseRings(text))),
    offloads: await ask('-k', (text) => groupedOffloads(parseFeatures(text))),
  };
};

export const detailOf = async (
  link: Link,
  ports: OperationPorts,
  { ethtool, signal }: { ethtool: boolean; signal: AbortSignal },
): Promise<Detail> => ({
  operstate: link.operstate.toLowerCase(),
  min_mtu: link.min_mtu,
  max_mtu: link.max_mtu,
  tx_queue_length_packets: link.txqlen,
  alias: link.ifalias === undefined ? null : plainText(link.ifalias, 256),
  other_names: link.altnames.slice(0, 8).map((name) => plainText(name, 128)),
  vlan_id: link.linkinfo?.info_kind === 'vlan' ? (link.linkinfo.info_data?.id ?? null) : null,
  bridge_port_state: link.linkinfo?.info_slave_data?.state ?? null,
  statistics: link.stats64 === undefined ? null : flatStatistics(link.stats64),
  ...(ethtool && askable(link) ? await askEthtool(link, ports, signal) : nothingTold),
});
