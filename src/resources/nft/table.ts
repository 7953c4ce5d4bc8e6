// The whole table of a list of entries: the lines that make it, and what nft will then list.
import { canonicalLine } from './canonical.ts';
import type { PlacedEntry } from './entries.ts';
import type { Table } from './listing.ts';
import type { ChainName, Rendered, Rule, SourceSet } from './rules.ts';
import { renderEntry, shortHash } from './rules.ts';

export const tableName = 'inet netmcp';

/** In hook order. Priorities are numbers: -150 mangle, -100 dstnat, 100 srcnat, -5 just before the filter chains of others. */
const chains: readonly { name: ChainName; head: string }[] = [
  { name: 'nat_prerouting', head: 'type nat hook prerouting priority -100' },
  { name: 'limit_input', head: 'type filter hook input priority -5' },
  { name: 'mark_dscp', head: 'type filter hook postrouting priority -150' },
  // After mark_dscp, so that a class can be chosen by the mark we have just set.
  { name: 'set_class', head: 'type filter hook postrouting priority -149' },
  { name: 'nat_postrouting', head: 'type nat hook postrouting priority 100' },
];

/** Sources a set can remember: 65,535 entries are at most about 16 MB of kernel memory. */
const setSize = 65_535;

/** The rule's identity, kept in its comment: a hash of the chain and the text we gave nft, and what the rule is for. */
const ruleId = (rule: Rule): string => `netmcp:${shortHash(`${rule.chain} ${rule.text}`)}:${rule.role}`;

const setBody = (set: SourceSet): string =>
  [
    `type ${set.family}_addr;`,
    `size ${String(setSize)};`,
    `flags ${set.timeout === undefined ? 'dynamic' : 'dynamic,timeout'};`,
    ...(set.timeout === undefined ? [] : [`timeout ${String(set.timeout)}s;`]),
  ].join(' ');

/** One exemption an interface is enough, however many limits ask for it. */
const withoutRepeatedExemptions = (rules: readonly Rule[]): Rule[] =>
  rules.filter(
    (rule, index) =>
      rule.role !== 'exempt' ||
      rules.findIndex((other) => other.role === 'exempt' && other.text === rule.text) === index,
  );

interface Layout {
  sets: { name: string; body: string }[];
  /** Only chains that have rules. */
  chains: { name: ChainName; body: string; rules: Rule[] }[];
}

const layOut = (entries: readonly PlacedEntry[]): Layout => {
  const rendered: Rendered[] = entries.map(renderEntry);
  const rules = withoutRepeatedExemptions(rendered.flatMap((part) => part.rules));
  return {
    sets: rendered.flatMap((part) => part.sets).map((set) => ({ name: set.name, body: setBody(set) })),
    chains: chains
      .map(({ name, head }) => ({
        name,
        body: `${head}; policy accept;`,
        rules: rules.filter((rule) => rule.chain === name),
      }))
      .filter((chain) => chain.rules.length > 0),
  };
};

/** Lines that fill an empty table. One command a line: nft 0.9.8 crashes on a table block with dynamic sets that follows another command. */
export const renderLines = (entries: readonly PlacedEntry[]): string[] => {
  const { sets, chains: used } = layOut(entries);
  return [
    ...sets.map(({ name, body }) => `add set ${tableName} ${name} { ${body} }`),
    ...used.map(({ name, body }) => `add chain ${tableName} ${name} { ${body} }`),
    ...used.flatMap(({ name, rules }) =>
      rules.map((rule) => `add rule ${tableName} ${name} ${rule.text} comment "${ruleId(rule)}"`),
    ),
  ];
};

/** What a listing of the filled table reads as. */
export const expectedTable = (entries: readonly PlacedEntry[]): Table => {
  const { sets, chains: used } = layOut(entries);
  return {
    objects: [
      ...sets.map(({ name, body }) => ({ kind: 'set', name, text: canonicalLine(body) })),
      ...used.map(({ name, body }) => ({ kind: 'chain', name, text: canonicalLine(body) })),
    ],
    rules: used.flatMap(({ name, rules }) =>
      rules.map((rule) => ({ chain: name, id: ruleId(rule), text: canonicalLine(rule.text) })),
    ),
  };
};
