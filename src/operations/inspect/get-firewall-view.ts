// How get_firewall shows what was read: names, comments and rule texts made safe and short, lists capped.
import * as z from 'zod';
import type { Counted, Rule, Table } from '../../host/firewall/model.ts';
import type { HookVerdict, Located } from '../../host/firewall/verdicts.ts';
import { plainText } from '../../model/plain-text.ts';

const maxChains = 30;
const maxSets = 20;

const chainSchema = z.strictObject({
  name: z.string(),
  hook: z.string().optional(),
  type: z.string().optional(),
  priority: z.number().optional(),
  policy: z.string().optional(),
  rules: z.number(),
});

export const tableSchema = z.strictObject({
  backend: z.enum(['nft', 'legacy']),
  family: z.string(),
  name: z.string(),
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
      elements: z.number().nullable(),
      comment: z.string().optional(),
    }),
  ),
});

const safeName = (name: string): string => plainText(name, 64);

const chainsOf = (table: Table): z.input<typeof tableSchema>['chains'] => {
  const counts = new Map<string, number>();
  for (const { chain } of table.rules) counts.set(chain, (counts.get(chain) ?? 0) + 1);
  const hooked = table.chains.filter(({ hook }) => hook !== null);
  const others = table.chains.filter(({ hook }) => hook === null);
  return [...hooked, ...others].slice(0, maxChains).map(({ name, hook, type, priority, policy }) => ({
    name: safeName(name),
    ...(hook === null ? {} : { hook: safeName(hook) }),
    ...(type === null ? {} : { type: safeName(type) }),
    ...(priority === null ? {} : { priority }),
    ...(policy === null ? {} : { policy: safeName(policy) }),
    rules: counts.get(name) ?? 0,
  }));
};

export const showTable = (table: Table, owners: readonly string[], dropped: Counted): z.input<typeof tableSchema> => ({
  backend: table.backend,
  family: table.family,
  name: safeName(table.name),
  owners: [...owners],
  rules: table.rules.length,
  dropped_packets: dropped.packets,
  dropped_bytes: dropped.bytes,
  chains_total: table.chains.length,
  chains: chainsOf(table),
  sets_total: table.sets.length,
  sets: table.sets.slice(0, maxSets).map(({ name, kind, type, elements, comment }) => ({
    name: safeName(name),
    kind,
    type: safeName(type),
    elements,
    ...(comment === null ? {} : { comment: plainText(comment, 100) }),
  })),
});

const placeShape = {
  family: z.string(),
  table: z.string(),
  chain: z.string(),
  handle: z.number().nullable().describe('null in legacy tables'),
  position: z.number().describe('From 1, in the chain'),
};

const placeOf = (table: Table, rule: Rule) => ({
  family: table.family,
  table: safeName(table.name),
  chain: safeName(rule.chain),
  handle: rule.handle,
  position: rule.position,
});

export const ruleSchema = z.strictObject({
  ...placeShape,
  backend: z.enum(['nft', 'legacy']),
  text: z.string(),
  packets: z.number().nullable().describe('null: not counted'),
  bytes: z.number().nullable(),
  comment: z.string().nullable(),
});

export const showRule = (table: Table, rule: Rule): z.input<typeof ruleSchema> => ({
  ...placeOf(table, rule),
  backend: table.backend,
  text: plainText(rule.text, 600),
  packets: rule.counter?.packets ?? null,
  bytes: rule.counter?.bytes ?? null,
  comment: rule.comment === null ? null : plainText(rule.comment, 128),
});

export const dropSchema = z.strictObject({
  ...placeShape,
  verdict: z.string(),
  packets: z.number(),
  bytes: z.number(),
  text: z.string(),
});

export const showDrop = ({ table, rule, counter }: Located & { counter: Counted }): z.input<typeof dropSchema> => ({
  ...placeOf(table, rule),
  verdict: rule.verdict ?? 'drop',
  ...counter,
  text: plainText(rule.text, 120),
});

export const hookSchema = z.strictObject({
  filtered: z.boolean().nullable().describe('null: unknown, part is hidden'),
  default: z.enum(['accept', 'drop', 'reject']).nullable().describe('For what no rule takes'),
  chains: z.number(),
});

type Hook = z.input<typeof hookSchema>;

/** What is not seen may still filter: `no` is then not known. */
export const showHook = (verdict: HookVerdict, partly: boolean): Hook => ({
  filtered: verdict.filtered || !partly ? verdict.filtered : null,
  default: verdict.default !== 'accept' || !partly ? verdict.default : null,
  chains: verdict.chains,
});

const hookText = (family: string, { filtered, default: verdict, chains }: Hook): string => {
  if (filtered === null) return `${family} not known`;
  if (chains === 0) return `${family} open`;
  return `${family} ${filtered ? 'filtered' : 'not filtered'}${verdict === null ? '' : ` (default ${verdict})`}`;
};

export const sentence = (hook: string, ipv4: Hook, ipv6: Hook): string =>
  `${hook}: ${hookText('IPv4', ipv4)}, ${hookText('IPv6', ipv6)}`;
