// How get_firewall shows tables: chains, sets and maps, made safe and short, and trimmed to what an answer has left.
import * as z from 'zod';
import type { Counted, FirewallSet, Table } from '../../host/firewall/model.ts';
import { plainText } from '../../model/plain-text.ts';
import { safeName } from './get-firewall-view.ts';

const maxChains = 30;
export const maxSets = 20;
const maxDevices = 8;

const chainSchema = z.strictObject({
  name: z.string(),
  hook: z.string().optional(),
  type: z.string().optional(),
  priority: z.number().optional(),
  policy: z.string().optional(),
  devices: z.array(z.string()).optional(),
  rules: z.number(),
});

export const tableSchema = z.strictObject({
  backend: z.enum(['nft', 'legacy']),
  family: z.string(),
  name: z.string(),
  dormant: z.boolean().optional().describe('Switched off: filters nothing'),
  owners: z.array(z.string()).describe('Guessed from names'),
  rules: z.number(),
  dropped_packets: z.number().describe('By rules with counters'),
  dropped_bytes: z.number(),
  chains_total: z.number(),
  chains: z.array(chainSchema).describe('Hooked ones first'),
  sets_total: z.number(),
  sets: z.array(
    z.strictObject({
      name: z.string(),
      kind: z.enum(['set', 'map']),
      type: z.string(),
      flags: z.array(z.string()).optional(),
      elements: z.number().nullable(),
      first_elements: z.array(z.string()).optional().describe('detail full'),
      comment: z.string().optional(),
    }),
  ),
});

const chainsOf = (table: Table): z.input<typeof tableSchema>['chains'] => {
  const counts = new Map<string, number>();
  for (const { chain } of table.rules) counts.set(chain, (counts.get(chain) ?? 0) + 1);
  const hooked = table.chains.filter(({ hook }) => hook !== null);
  const others = table.chains.filter(({ hook }) => hook === null);
  return [...hooked, ...others].slice(0, maxChains).map(({ name, hook, type, priority, policy, devices }) => ({
    name: safeName(name),
    ...(hook === null ? {} : { hook: safeName(hook) }),
    ...(type === null ? {} : { type: safeName(type) }),
    ...(priority === null ? {} : { priority }),
    ...(policy === null ? {} : { policy: safeName(policy) }),
    ...(devices.length === 0 ? {} : { devices: devices.slice(0, maxDevices).map((device) => plainText(device, 16)) }),
    rules: counts.get(name) ?? 0,
  }));
};

export type Shown = z.input<typeof tableSchema>;

export interface AboutTable {
  owners: readonly string[];
  dropped: Counted;
}

export const showSet = ({ name, kind, type, flags, elements, comment }: FirewallSet): Shown['sets'][number] => ({
  name: safeName(name),
  kind,
  type: safeName(type),
  ...(flags.length === 0 ? {} : { flags: flags.slice(0, 8).map(safeName) }),
  elements,
  ...(comment === null ? {} : { comment: plainText(comment, 100) }),
});

export const showTable = (table: Table, { owners, dropped }: AboutTable): Shown => ({
  backend: table.backend,
  family: table.family,
  name: safeName(table.name),
  ...(table.dormant ? { dormant: true } : {}),
  owners: [...owners],
  rules: table.rules.length,
  dropped_packets: dropped.packets,
  dropped_bytes: dropped.bytes,
  chains_total: table.chains.length,
  chains: chainsOf(table),
  sets_total: table.sets.length,
  sets: table.sets.slice(0, maxSets).map(showSet),
});

export const sizeOf = (value: unknown): number => JSON.stringify(value).length + 1;

const fitting = <Item>(items: readonly Item[], characters: number): Item[] => {
  let left = characters;
  return items.filter((item) => {
    const size = sizeOf(item);
    if (size > left) return false;
    left -= size;
    return true;
  });
};

/** Chains and sets that do not fit into `characters` of JSON are left out: `chains_total` and `sets_total` tell. */
export const trimmed = (whole: Shown, characters: number): Shown => {
  if (sizeOf(whole) <= characters) return whole;
  const left = characters - sizeOf({ ...whole, chains: [], sets: [] });
  // Where both do not fit, chains have half of it and what sets leave.
  const chains = fitting(whole.chains, Math.max(left / 2, left - sizeOf(whole.sets)));
  return { ...whole, chains, sets: fitting(whole.sets, left - sizeOf(chains)) };
};
