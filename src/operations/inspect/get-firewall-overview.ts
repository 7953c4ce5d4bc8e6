// What get_firewall says of the whole firewall: verdicts for each hook, NAT, the busiest drops, and one sentence.
import * as z from 'zod';
import type { Manager } from '../../host/firewall/owners.ts';
import type { Firewall } from '../../host/firewall/read.ts';
import type * as Verdicts from '../../host/firewall/verdicts.ts';
import { plainText } from '../../model/plain-text.ts';
import { dropSchema, hookSchema, sentences, showDrop, showHook } from './get-firewall-view.ts';

const maxNat = 10;
const maxDrops = 10;
const maxPorts = 60;
const familySchema = z.strictObject({ input: hookSchema, forward: hookSchema, output: hookSchema });

export const overviewSchema = z.strictObject({
  ipv4: familySchema,
  ipv6: familySchema,
  nat_total: z.number(),
  nat: z.array(
    z.strictObject({
      kind: z.string(),
      protocol: z.string().nullable(),
      port: z.string().nullable().describe('Destination port it matches'),
      to: z.string().nullable(),
      table: z.string(),
      chain: z.string(),
    }),
  ),
  top_drops: z.array(dropSchema),
  accepted_ports: z
    .array(z.string())
    .describe('FAMILY PROTOCOL/PORT of plain accept rules for input; finer rules let in more, others may still refuse'),
});
const shortOrNull = (text: string | null): string | null => (text === null ? null : plainText(text, 80));

type Overview = z.input<typeof overviewSchema>;

export const overviewOf = ({ tables, hidden }: Firewall, verdicts: typeof Verdicts): Overview => {
  const { hookVerdict, natRules, dropRules, acceptedPorts } = verdicts;
  const family = (name: 'ipv4' | 'ipv6'): Overview['ipv4'] => ({
    input: showHook(hookVerdict(tables, name, 'input'), hidden.length > 0),
    forward: showHook(hookVerdict(tables, name, 'forward'), hidden.length > 0),
    output: showHook(hookVerdict(tables, name, 'output'), hidden.length > 0),
  });
  const nat = natRules(tables);
  return {
    ipv4: family('ipv4'),
    ipv6: family('ipv6'),
    nat_total: nat.length,
    nat: nat.slice(0, maxNat).map(({ table, rule, nat: { kind, to } }) => ({
      kind,
      protocol: shortOrNull(rule.matched.protocol),
      port: shortOrNull(rule.matched.port),
      to: shortOrNull(to),
      table: `${table.family} ${plainText(table.name, 64)}`,
      chain: plainText(rule.chain, 64),
    })),
    top_drops: dropRules(tables)
      .filter(({ counter }) => counter.packets > 0)
      .slice(0, maxDrops)
      .map(showDrop),
    accepted_ports: acceptedPorts(tables)
      .slice(0, maxPorts)
      .map(({ family: of, protocol, port }) => `${of} ${protocol}/${port}`),
  };
};

/** Nothing is seen, which does not mean that nothing is there. */
export const isHidden = ({ tables, hidden }: Firewall): boolean => tables.length === 0 && hidden.length > 0;

/** What the verdicts leave open, and why. */
export const notesOf = ({ tables }: Firewall): string[] => {
  const dormant = tables.filter((table) => table.dormant);
  const names = dormant.slice(0, 5).map(({ family, name }) => `${family} ${plainText(name, 64)}`);
  const unsure = tables.filter((table) => !table.dormant && table.rules.some((rule) => rule.unsure));
  const rules = unsure.flatMap((table) => table.rules.filter((rule) => rule.unsure)).length;
  return [
    ...(dormant.length === 0
      ? []
      : [
          `Switched off (dormant), so their chains see no packet: ${names.join(', ')}${dormant.length > 5 ? ', ...' : ''}.`,
        ]),
    ...(rules === 0
      ? []
      : [
          `Whether ${rules} rule${rules === 1 ? ' drops' : 's drop'} packets is not known: a program decides (queue), or a verdict map whose elements are not listed.`,
        ]),
  ];
};

const managersText = (managers: readonly Manager[]): string => {
  const active = managers.filter((manager) => manager.active).map(({ name }) => name);
  return active.length === 0 ? '' : ` Active by their files: ${active.join(', ')}.`;
};

export const summaryOf = (firewall: Firewall, overview: Overview, managers: readonly Manager[]): string => {
  const { tables, hidden } = firewall;
  if (isHidden(firewall)) return `${hidden[0] ?? ''}${managersText(managers)}`;
  const rules = tables.reduce((sum, table) => sum + table.rules.length, 0);
  if (rules === 0 && tables.every(({ chains }) => chains.every(({ policy }) => policy !== 'drop'))) {
    return hidden.length === 0
      ? `No firewall rules: everything is accepted.${managersText(managers)}`
      : `No firewall rules among what can be seen. ${hidden[0] ?? ''}${managersText(managers)}`;
  }
  const dormant = tables.filter((table) => table.dormant).length;
  const words = [
    ...sentences('Input', overview.ipv4.input, overview.ipv6.input),
    ...sentences('Forward', overview.ipv4.forward, overview.ipv6.forward),
    overview.nat_total === 0 ? 'no NAT' : `${overview.nat_total} NAT rule${overview.nat_total === 1 ? '' : 's'}`,
    `${tables.length} table${tables.length === 1 ? '' : 's'} with ${rules} rule${rules === 1 ? '' : 's'}${dormant === 0 ? '' : `, ${dormant} of them dormant: switched off`}`,
  ];
  return `${words.join('; ')}.${managersText(managers)}${hidden.length > 0 ? ' Part of it is hidden.' : ''}`;
};
