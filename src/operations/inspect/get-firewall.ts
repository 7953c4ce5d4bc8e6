// get_firewall: nftables and legacy iptables of this network namespace, summed up first, rule by rule on request.
import * as z from 'zod';
import type { Table } from '../../host/firewall/model.ts';
import { NetError } from '../../model/errors.ts';
import { plainText } from '../../model/plain-text.ts';
import { defineOperation } from '../define.ts';
import { pageInput, pageOf, pageOutput } from '../frame/page.ts';
import { resultSchema } from '../frame/result.ts';
import { isHidden, overviewOf, overviewSchema, summaryOf } from './get-firewall-overview.ts';
import { ruleSchema, showRule, showTable, tableSchema } from './get-firewall-view.ts';

/** Characters of JSON an answer may have without the page's frame, below what the text answer holds. */
const answerCharacters = 18_000;

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
    'Sums up nftables and legacy iptables: what is filtered, default policies, NAT, drops, tables and whose they are. detail "full" lists rules with counters, of one table if named. Needs root.',
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
      notes: [...firewall.notes, ...files.warnings].map((text) => plainText(text, 400)),
    };
    if (detail === 'full') {
      const rows = tables.flatMap((one) => one.rules.map((rule) => ({ table: one, rule })));
      const shown = rows.map((row) => showRule(row.table, row.rule));
      const { items: rules, ...rest } = pageOf(shown, page);
      const where = table === undefined ? '' : ` of table ${plainText(table, 64)}`;
      const summary = isHidden(firewall)
        ? summaryOf(firewall, overview, managers)
        : `${rules.length} of ${rest.total} rules${where}.`;
      return { ...about, summary, rules, ...rest };
    }
    const all = tables.map((one) => showTable(one, ownersOf(one), verdicts.totalDrops(one)));
    const summary = summaryOf(firewall, overview, managers);
    let left = answerCharacters - JSON.stringify({ ...about, summary, overview }).length;
    const { items, ...rest } = pageOf(all, page);
    const fitting = items.filter((item, at) => (left -= JSON.stringify(item).length + 1) > 0 || at === 0).length;
    const paged = fitting === items.length ? { items, ...rest } : pageOf(all, { ...page, max_results: fitting });
    const { items: shown, ...counts } = paged;
    return { ...about, summary, ...(isHidden(firewall) ? {} : { overview }), tables: shown, ...counts };
  },
});
