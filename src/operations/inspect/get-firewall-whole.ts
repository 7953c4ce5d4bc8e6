// The tables of a page of get_firewall's rules, with what their rules need to be understood: chains, and the first elements of sets.
import type { Rule, Table } from '../../host/firewall/model.ts';
import { plainText } from '../../model/plain-text.ts';
import { type AboutTable, maxSets, showSet, type Shown, showTable, sizeOf, trimmed } from './get-firewall-tables.ts';

/** As in nft's texts and JSON: `@name`, wherever it is no part of a longer name. */
const namesIn = (rules: readonly Rule[]): Set<string> =>
  new Set(rules.flatMap(({ text }) => [...text.matchAll(/@([\w./-]{1,128})/g)].map(([, name = '']) => name)));

interface Room {
  /** Rules of the page. */
  rules: readonly Rule[];
  /** The page continues this table: only the sets its rules speak of are shown, and no chains. */
  continued: boolean;
  characters: number;
}

const showWhole = (table: Table, about: AboutTable, { rules, continued, characters }: Room): Shown => {
  const whole: Shown = { ...showTable({ ...table, sets: [] }, about), sets_total: table.sets.length };
  const named = namesIn(rules);
  const spokenOf = table.sets.filter(({ name }) => named.has(name));
  const others = continued ? [] : table.sets.filter(({ name }) => !named.has(name));
  const sets = [...spokenOf, ...others]
    .slice(0, maxSets)
    .map((set) => ({ ...showSet(set), first_elements: set.first.map((element) => plainText(element, 80)) }));
  const chains = continued ? [] : whole.chains;
  return trimmed({ ...whole, chains, sets }, characters);
};

interface Pages {
  /** Rules of the page, and whether it is the first. */
  rules: readonly Rule[];
  first: boolean;
  characters: number;
  about: (table: Table) => AboutTable;
}

/** Tables whose rules begin on the page, or continue there and need sets to be understood; those without rules on the first page. */
export const showWholes = (
  tables: readonly Table[],
  { rules, first, characters, about }: Pages,
): { tables: Shown[]; notes: string[] } => {
  const onPage = new Set(rules);
  const wanted = tables.flatMap((table) => {
    const own = table.rules.filter((rule) => onPage.has(rule));
    const start = table.rules[0];
    const begins = start === undefined ? first : onPage.has(start);
    const named = namesIn(own);
    const continued = !begins && table.sets.some(({ name }) => named.has(name));
    return begins || continued ? [{ table, own, continued }] : [];
  });
  const shown: Shown[] = [];
  let left = characters;
  for (const [at, { table, own, continued }] of wanted.entries()) {
    const share = left / (wanted.length - at);
    const whole = showWhole(table, about(table), { rules: own, continued, characters: share });
    if (sizeOf(whole) > left) break;
    shown.push(whole);
    left -= sizeOf(whole);
  }
  const missing = wanted.length - shown.length;
  return {
    tables: shown,
    notes: missing === 0 ? [] : [`${missing} more tables have no room here: name one with the argument table.`],
  };
};
