// Reads `nft -a -t list ruleset` for one thing: each rule's text by its handle. Names and comments may hold line breaks and braces
// that forge lines, so a table's texts count only if they fit the JSON listing exactly; else the JSON is shown in their place.
import type { Table } from './model.ts';

interface RuleText {
  handle: number;
  text: string;
}

interface ChainText {
  rules: RuleText[];
  /** Of an ingress or egress chain, which JSON does not tell (nft 1.0.6). */
  devices: string[];
}

interface Texts {
  dormant: boolean;
  chains: Map<string, ChainText>;
}

/** Null for a table with a line that none of its chains explains. */
type TableTexts = Texts | null;

const hasHiddenLines = (text: string): boolean => /[\u0000-\u001f\u007f]/.test(text);

const depthOf = (text: string): number => {
  const unquoted = text.replaceAll(/"[^"]*"/g, '');
  return (unquoted.match(/\{/g) ?? []).length - (unquoted.match(/\}/g) ?? []).length;
};

const ruleEnd = /^(.*) # handle (\d{1,20})$/;
const isChainHead = (line: string): boolean => /^(?:type \S+ hook |policy |flags |comment ")/.test(line);

/** The last line that says `type` is nft's: a comment stands before it. */
const devicesOf = (lines: readonly string[]): string[] => {
  const head = lines.findLast((line) => line.startsWith('\t\ttype ')) ?? '';
  const [, one, several] = /\bhook (?:ingress|egress) device(?: ("[^"]*")|s = \{ ([^}]*) \})/.exec(head) ?? [];
  return (one ?? several ?? '')
    .split(', ')
    .map((name) => name.replaceAll('"', '').trim())
    .filter((name) => name !== '');
};

/** The lines between `chain NAME {` and its `}`; a rule spans lines only while a brace is open. */
const readRules = (lines: readonly string[]): RuleText[] | null => {
  const rules: RuleText[] = [];
  let open: string[] = [];
  for (const line of lines) {
    if (!line.startsWith('\t\t')) return null;
    const words = line.trim();
    if (open.length === 0 && rules.length === 0 && isChainHead(words) && !ruleEnd.test(words)) continue;
    open.push(words);
    const whole = open.join(' ');
    if (depthOf(whole) > 0) continue;
    const end = ruleEnd.exec(whole);
    if (end === null) return null;
    rules.push({ handle: Number(end[2]), text: end[1] ?? '' });
    open = [];
  }
  return open.length === 0 ? rules : null;
};

const readTable = (lines: readonly string[]): TableTexts => {
  const chains = new Map<string, ChainText>();
  for (let at = 0; at < lines.length; at += 1) {
    const name = /^\tchain (.+) \{(?: # handle \d+)?$/.exec(lines[at] ?? '')?.[1];
    if (name === undefined) continue;
    const end = lines.indexOf('\t}', at);
    const body = lines.slice(at + 1, end);
    const rules = end === -1 || chains.has(name) ? null : readRules(body);
    if (rules === null) return null;
    chains.set(name, { rules, devices: devicesOf(body) });
    at = end;
  }
  // nft writes a table's flags first, before anything that may have a comment.
  return { dormant: /^\tflags (?:\w+,)*dormant(?:,|$)/.test(lines[0] ?? ''), chains };
};

export const parseRuleTexts = (listing: string): Map<string, TableTexts> => {
  const tables = new Map<string, TableTexts>();
  const lines = listing.split('\n');
  for (let at = 0; at < lines.length; at += 1) {
    const name = /^table (.+) \{(?: # handle \d+)?$/.exec(lines[at] ?? '')?.[1];
    if (name === undefined) continue;
    const found = lines.indexOf('}', at);
    const end = found === -1 ? lines.length : found;
    // A name that comes twice is forged: neither is believed.
    tables.set(name, tables.has(name) ? null : readTable(lines.slice(at + 1, end)));
    at = end;
  }
  return tables;
};

const fits = (table: Table, texts: TableTexts | undefined): texts is Texts => {
  if (texts?.chains.size !== table.chains.length) return false;
  const strings = [
    table.name,
    ...table.chains.map(({ name }) => name),
    ...table.rules.map(({ comment }) => comment ?? ''),
  ];
  // JSON shows a line break in any other string of a rule (a log prefix, an interface) as an escape.
  if (strings.some(hasHiddenLines) || table.rules.some(({ text }) => /\\[nrtu]/.test(text))) return false;
  return table.chains.every(({ name }) => {
    const handles = table.rules.flatMap(({ chain, handle }) => (chain === name ? [handle] : []));
    const told = texts.chains.get(name)?.rules ?? [];
    return told.length === handles.length && told.every(({ handle }, at) => handle === handles[at]);
  });
};

/** The table with nft's own texts in its rules, and whether they could be believed. */
export const withTexts = (
  table: Table,
  texts: ReadonlyMap<string, TableTexts>,
): { table: Table; believed: boolean } => {
  const own = texts.get(`${table.family} ${table.name}`);
  if (!fits(table, own)) return { table, believed: table.rules.length === 0 };
  const byHandle = new Map(
    [...own.chains.values()].flatMap(({ rules }) => rules).map(({ handle, text }) => [handle, text]),
  );
  return {
    table: {
      ...table,
      dormant: own.dormant,
      chains: table.chains.map((chain) => {
        const devices = own.chains.get(chain.name)?.devices ?? [];
        return devices.length === 0 ? chain : { ...chain, devices };
      }),
      rules: table.rules.map((rule) => ({ ...rule, text: byHandle.get(rule.handle ?? -1) ?? rule.text })),
    },
    believed: true,
  };
};
