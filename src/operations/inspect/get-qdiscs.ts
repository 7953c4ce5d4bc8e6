// get_qdiscs: queueing disciplines with their counters; for one interface also classes and filters.
import * as z from 'zod';
import { NetError } from '../../model/errors.ts';
import { interfaceNameSchema } from '../../model/names.ts';
import type { Exec } from '../../model/ports.ts';
import { defineOperation } from '../define.ts';
import { resultSchema } from '../frame/result.ts';
import { checkInterface } from './known-interface.ts';
import {
  classSchema,
  filterSchema,
  parseClassText,
  parseFilterText,
  parseQdiscDump,
  qdiscSchema,
  type Qdisc,
  type TcClass,
  type TcFilter,
} from './tc-text.ts';

const maxEntries = 500;

/** Kinds whose classes people configure; those of others (fq_codel, mq, ...) are flows or queues that come and go. */
const classful = new Set(['htb', 'hfsc', 'drr', 'qfq', 'ets', 'prio', 'cbq']);

type Ask = (...args: string[]) => Promise<string>;

const asker =
  (exec: Exec, signal: AbortSignal): Ask =>
  async (...args) => {
    const { code, stdout, stderr } = await exec.run({ binary: 'tc', args, signal });
    if (code === 0) return stdout;
    throw new NetError(
      'step_failed',
      `tc ${args.join(' ')} failed: ${stderr.trim().slice(0, 300)}`,
      'Look at what tc says; its package is iproute2.',
    );
  };

const readFilters = async (name: string, qdiscs: readonly Qdisc[], ask: Ask): Promise<TcFilter[]> => {
  const has = (kind: string): boolean => qdiscs.some((qdisc) => qdisc.kind === kind);
  // Handle 0: is the kernel's own default, to which nothing can be attached.
  const custom = qdiscs.some((qdisc) => qdisc.parent === 'root' && qdisc.handle !== '0:');
  const [root, ingress, egress] = await Promise.all([
    custom ? ask('-d', 'filter', 'show', 'dev', name) : '',
    has('clsact') || has('ingress') ? ask('-d', 'filter', 'show', 'dev', name, 'ingress') : '',
    has('clsact') ? ask('-d', 'filter', 'show', 'dev', name, 'egress') : '',
  ]);
  return [
    ...parseFilterText(root, 'root'),
    ...parseFilterText(ingress, 'ingress'),
    ...parseFilterText(egress, 'egress'),
  ];
};

const readTree = async (
  name: string,
  ask: Ask,
): Promise<{ qdiscs: Qdisc[]; classes: TcClass[]; filters: TcFilter[] }> => {
  const qdiscs = parseQdiscDump(await ask('-j', '-s', '-d', 'qdisc', 'show', 'dev', name)).map(({ qdisc }) => qdisc);
  const [classes, filters] = await Promise.all([
    qdiscs.some(({ kind }) => classful.has(kind)) ? ask('-s', '-d', 'class', 'show', 'dev', name) : '',
    readFilters(name, qdiscs, ask),
  ]);
  return { qdiscs, classes: parseClassText(classes).filter(({ kind }) => classful.has(kind)), filters };
};

const interfaceSchema = z.strictObject({
  name: z.string(),
  qdiscs: z.array(qdiscSchema),
  classes: z.array(classSchema),
  filters: z.array(filterSchema),
});
type Shown = z.infer<typeof interfaceSchema>;

const readAll = async (ask: Ask): Promise<Shown[]> => {
  const byName = new Map<string, Shown>();
  for (const { dev = '', qdisc } of parseQdiscDump(await ask('-j', '-s', '-d', 'qdisc', 'show'))) {
    const shown = byName.get(dev) ?? { name: dev, qdiscs: [], classes: [], filters: [] };
    shown.qdiscs.push(qdisc);
    byName.set(dev, shown);
  }
  return [...byName.values()];
};

/** At most so many entries in all; whole lists stay in their order. */
const cap = (interfaces: readonly Shown[]): { kept: Shown[]; total: number; truncated: boolean } => {
  let left = maxEntries;
  const take = <Item>(items: readonly Item[]): Item[] => {
    const taken = items.slice(0, left);
    left -= taken.length;
    return taken;
  };
  const size = ({ qdiscs, classes, filters }: Shown): number => qdiscs.length + classes.length + filters.length;
  const total = interfaces.reduce((sum, shown) => sum + size(shown), 0);
  const kept = interfaces.map(({ name, qdiscs, classes, filters }) => ({
    name,
    qdiscs: take(qdiscs),
    classes: take(classes),
    filters: take(filters),
  }));
  return { kept: kept.filter((shown) => size(shown) > 0), total, truncated: total > maxEntries };
};

const summaryOf = (interfaces: readonly Shown[]): string => {
  const roots = interfaces.map(
    ({ name, qdiscs }) => `${name} ${qdiscs.find(({ parent }) => parent === 'root')?.kind ?? 'none'}`,
  );
  const drops = interfaces
    .flatMap(({ qdiscs }) => qdiscs.filter(({ parent }) => parent === 'root'))
    .reduce((sum, qdisc) => sum + qdisc.drops, 0);
  return `Root qdiscs: ${roots.slice(0, 8).join(', ')}${roots.length > 8 ? ', ...' : ''}; ${drops} packets dropped in them.`;
};

export const getQdiscs = defineOperation({
  name: 'get_qdiscs',
  title: 'Get queueing disciplines',
  description:
    'Shows qdiscs with options, drops, overlimits and backlog. With interface also its classes (rates, borrowing) and filters. A root qdisc with handle 0: is the kernel default.',
  toolset: 'inspect',
  needs: 'none',
  annotations: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  input: z.strictObject({
    interface: interfaceNameSchema.optional().describe('Only this one, with classes and filters'),
  }),
  output: resultSchema({ interfaces: z.array(interfaceSchema), total: z.number(), truncated: z.boolean() }),
  run: async (input, ports, { signal }) => {
    const ask = asker(ports.exec, signal);
    const { interface: name } = input;
    if (name !== undefined) await checkInterface(name, ports.kernel);
    const found = name === undefined ? await readAll(ask) : [{ name, ...(await readTree(name, ask)) }];
    const { kept, total, truncated } = cap(found);
    return { success: true, summary: summaryOf(found), interfaces: kept, total, truncated };
  },
});
