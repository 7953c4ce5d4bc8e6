// How get_firewall shows what was read: names, comments and rule texts made safe and short, lists capped.
import * as z from 'zod';
import type { Counted, Rule, Table } from '../../host/firewall/model.ts';
import type { HookVerdict, Located } from '../../host/firewall/verdicts.ts';
import { plainText } from '../../model/plain-text.ts';

export const safeName = (name: string): string => plainText(name, 64);

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
  filtered: z.boolean().nullable().describe('null: unknown'),
  default: z.enum(['accept', 'drop', 'reject']).nullable().describe('For what no rule takes; null: unknown'),
  chains: z.number(),
  elsewhere: z.array(z.string()).describe('Chains of other hooks that may drop packets on the way'),
});

type Hook = z.input<typeof hookSchema>;

const maxElsewhere = 6;
const maxDevices = 8;

const placeText = ({ table, chain, scope }: HookVerdict['elsewhere'][number]): string => {
  const devices = chain.devices.slice(0, maxDevices).map((name) => plainText(name, 16));
  const more = chain.devices.length > maxDevices ? ' and more' : '';
  const on = devices.length === 0 ? '' : ` on ${devices.join(', ')}${more}`;
  const where = `${safeName(chain.hook ?? '')}${on}${scope === 'bridged' || scope === 'switched' ? ', bridged frames only' : ''}`;
  return `${table.backend === 'legacy' ? 'legacy ' : ''}${table.family} ${safeName(table.name)} ${safeName(chain.name)} (${where})`;
};

/** What is not seen may still filter: `no` is then not known. */
export const showHook = (verdict: HookVerdict, partly: boolean): Hook => ({
  filtered: verdict.filtered === false && partly ? null : verdict.filtered,
  default: verdict.default === 'accept' && partly ? null : verdict.default,
  chains: verdict.chains,
  elsewhere: [
    ...verdict.elsewhere.slice(0, maxElsewhere).map(placeText),
    ...(verdict.elsewhere.length > maxElsewhere ? [`and ${verdict.elsewhere.length - maxElsewhere} more`] : []),
  ],
});

const hookText = (family: string, { filtered, default: verdict, chains, elsewhere }: Hook): string => {
  if (filtered === null) return `${family} not known`;
  const bridged = filtered || elsewhere.length === 0 ? '' : ' but for bridged frames';
  if (chains === 0 && !filtered) return `${family} open${bridged}`;
  const isFiltered = filtered ? (chains === 0 ? 'filtered elsewhere' : 'filtered') : `not filtered${bridged}`;
  return `${family} ${isFiltered}${verdict === null ? '' : ` (default ${verdict})`}`;
};

/** One of the hook, and one of the chains elsewhere that may drop packets, where there are any. */
export const sentences = (hook: string, ipv4: Hook, ipv6: Hook): string[] => {
  const elsewhere = [...new Set([...ipv4.elsewhere, ...ipv6.elsewhere])];
  const shown = elsewhere.slice(0, 2).join(' and ');
  const more = elsewhere.length > 2 ? ` and ${elsewhere.length - 2} more` : '';
  const about = hook === 'Input' ? 'before input' : 'around forward';
  return [
    `${hook}: ${hookText('IPv4', ipv4)}, ${hookText('IPv6', ipv6)}`,
    ...(elsewhere.length === 0 ? [] : [`packets may be dropped ${about} by ${shown}${more}`]),
  ];
};
