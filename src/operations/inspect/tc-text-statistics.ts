// What a qdisc counts beyond packets and drops: ECN marks, flows, memory, delays, and the tins of cake.

import { namedStatistic } from './tc-options.ts';

/** Printed for every qdisc, and told under names of our own. */
const common = new Set(
  'kind handle parent root dev options refcnt bytes packets drops overlimits requeues backlog qlen offloaded ingress_block egress_block rate pps tins'.split(
    ' ',
  ),
);

const tinFields = [
  'sent_bytes',
  'sent_packets',
  'backlog_bytes',
  'drops',
  'ecn_mark',
  'ack_drops',
  'target_us',
  'peak_delay_us',
  'avg_delay_us',
  'base_delay_us',
  'sparse_flows',
  'bulk_flows',
  'unresponsive_flows',
];

/** sch_cake's tins in the kernel's order, by its diffserv mode; further modes have numbers. */
const tinNames: Readonly<Record<string, readonly string[]>> = {
  besteffort: ['best_effort'],
  diffserv3: ['bulk', 'best_effort', 'voice'],
  diffserv4: ['bulk', 'best_effort', 'video', 'voice'],
};

type Values = Readonly<Record<string, unknown>>;

const isValues = (value: unknown): value is Values => typeof value === 'object' && value !== null;

const tinOf = (tin: Values, name: string): Record<string, unknown> => {
  const rate = tin['threshold_rate'];
  return {
    tin: name,
    // tc tells bytes per second.
    ...(typeof rate === 'number' ? { threshold_mbps: (rate * 8) / 1e6 } : {}),
    ...Object.fromEntries(tinFields.flatMap((field) => (typeof tin[field] === 'number' ? [[field, tin[field]]] : []))),
  };
};

const tinsOf = (entry: Values): Record<string, unknown>[] => {
  const { tins, options } = entry;
  if (!Array.isArray(tins)) return [];
  const mode = isValues(options) ? options['diffserv'] : undefined;
  const names = typeof mode === 'string' ? tinNames[mode] : undefined;
  return tins.filter(isValues).map((tin, index) => tinOf(tin, names?.[index] ?? String(index)));
};

/** Undefined for kinds that count nothing of their own. */
export const qdiscStatistics = (entry: Values): Record<string, unknown> | undefined => {
  const scalars = Object.entries(entry).flatMap(([name, value]) =>
    !common.has(name) && ['number', 'boolean', 'string'].includes(typeof value) ? [namedStatistic(name, value)] : [],
  );
  const tins = tinsOf(entry);
  if (scalars.length === 0 && tins.length === 0) return undefined;
  return { ...Object.fromEntries(scalars), ...(tins.length === 0 ? {} : { tins }) };
};
