// get_firewall: nftables and legacy iptables of this network namespace, summed up first, rule by rule on request.
import * as z from 'zod';
import type { Table } from '../../host/firewall/model.ts';
import { NetError } from '../../model/errors.ts';
import { plainText } from '../../model/plain-text.ts';
import { defineOperation } from '../define.ts';
import { pageInput, pageOf, pageOutput, type Page } from '../frame/page.ts';
import { resultSchema } from '../frame/result.ts';
import { isHidden, notesOf, overviewOf, overviewSchema, summaryOf } from './get-firewall-overview.ts';
import { type AboutTable, showTable, sizeOf, tableSchema, trimmed } from './get-firewall-tables.ts';
import { ruleSchema, showRule } from './get-firewall-view.ts';
import { showWholes } from './get-firewall-whole.ts';

/** Characters of JSON an answer may have without the page's frame, below what the text answer holds. */
const answerCharacters = 18_000;
/** Of those, as many as rules may have on the first page, where most tables are shown, and on others. */
const ruleCharacters = { first: 10_000, later: 13_000 };

/** As pageOf, within `characters`, with one entry at least. */
const fittingPage = <Item>(
  all: readonly Item[],
  { page, characters }: { page: Parameters<typeof pageOf>[1]; characters: number },
): Page<Item> => {
  const first = pageOf(all, page);
  let left = characters;
  const fitting = first.items.filter((item, at) => (left -= sizeOf(item)) > 0 || at === 0).length;
  return fitting === first.items.length ? first : pageOf(all, { ...page, max_results: fitting });
};

const selected = (
  tables: readonly Table[],
  wanted: { table?: string | undefined; family?: string | undefined },
): Table[] => {
  const found = tables.filter(
    ({ name, family }) => (wanted.table ?? name) === name && (wanted.family ?? family) === family,
  );
  if (found.length > 0 || wanted.table === undefined) return found;
  const names = tables.slice(0, 30).map(({ family, name }) => `${family} ${plainText(name, 64)}`);
  throw new NetError(
    'not_found',
    `There is no firewall table ${plainText(wanted.table, 64)}${wanted.family === undefined ? '' : ` of family ${wanted.family}`} here.`,
    names.length === 0 ? 'This network namespace shows no tables.' : `Tables here: ${names.join(', ')}.`,
  );
};

export const getFirewall = defineOperation({
  name: 'get_firewall',
  title: 'Get firewall',
  description:
    'Sums up nftables and legacy iptables: what is filtered, NAT, drops, whose tables. detail "full": rules with counters, of one table if named. Needs root.',
  toolset: 'inspect',
  needs: 'net_admin',
  annotations: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  input: z.strictObject({
    detail: z.enum(['summary', 'full']).default('summary'),
    table: z.string().min(1).max(128).optional(),
    family: z.enum(['ip', 'ip6', 'inet', 'arp', 'bridge', 'netdev']).optional(),
    ...pageInput,
  }),
  output: resultSchema({
    overview: overviewSchema.optional(),
    managers: z.array(z.strictObject({ name: z.string(), active: z.boolean(), source: z.string() })),
    tables: z.array(tableSchema).optional(),
    rules: z.array(ruleSchema).optional(),
    ...pageOutput,
    hidden: z.array(z.string()).describe('What could not be seen, and the fix'),
    notes: z.array(z.string()),
  }),
  run: async ({ detail, table, family, ...page }, ports, { signal }) => {
    const [{ readFirewall }, { ownersOf, readManagers }, verdicts] = await Promise.all([
      import('../../host/firewall/read.ts'),
      import('../../host/firewall/owners.ts'),
      import('../../host/firewall/verdicts.ts'),
    ]);
    const files = await ports.configFiles();
    const managers = readManagers(files);
    // The summary shows the texts of rules that drop, so both need them.
    const firewall = await readFirewall({ exec: ports.exec, kernel: ports.kernel, signal }, true);
    const tables = isHidden(firewall) ? [] : selected(firewall.tables, { table, family });
    const overview = overviewOf(firewall, verdicts);
    const about = {
      success: true,
      managers,
      hidden: firewall.hidden.map((text) => plainText(text, 400)),
      notes: [...firewall.notes, ...notesOf(firewall), ...files.warnings].map((text) => plainText(text, 400)),
    };
    const aboutOf = (one: Table): AboutTable => ({ owners: ownersOf(one), dropped: verdicts.totalDrops(one) });
    if (detail === 'full') {
      const rows = tables.flatMap((one) => one.rules.map((rule) => ({ table: one, rule })));
      const shown = rows.map((row) => showRule(row.table, row.rule));
      const whole = answerCharacters - sizeOf(about);
      const start = Number(page.cursor ?? 0);
      const most = start === 0 ? ruleCharacters.first : ruleCharacters.later;
      const { items: rules, ...rest } = fittingPage(shown, { page, characters: Math.min(most, whole) });
      const wholes = showWholes(tables, {
        rules: rows.slice(start, start + rules.length).map(({ rule }) => rule),
        first: start === 0,
        characters: whole - sizeOf(rules),
        about: aboutOf,
      });
      const where = table === undefined ? '' : ` of table ${plainText(table, 64)}`;
      const summary = isHidden(firewall)
        ? summaryOf(firewall, overview, managers)
        : `${rules.length} of ${rest.total} rules${where}.`;
      const notes = [...about.notes, ...wholes.notes];
      return { ...about, notes, summary, tables: wholes.tables, rules, ...rest };
    }
    const summary = summaryOf(firewall, overview, managers);
    const left = answerCharacters - sizeOf({ ...about, summary, overview });
    const all = tables.map((one) => trimmed(showTable(one, aboutOf(one)), left));
    const { items: shown, ...counts } = fittingPage(all, { page, characters: left });
    return { ...about, summary, ...(isHidden(firewall) ? {} : { overview }), tables: shown, ...counts };
  },
});
