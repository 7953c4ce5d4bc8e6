// Asks tc for the queueing of interfaces: one look over all qdiscs, then classes and filters where there can be any.
import { NetError } from '../../model/errors.ts';
import type { Exec } from '../../model/ports.ts';
import { parseFilterText, type TcFilter } from './tc-text-filters.ts';
import type { Queueing } from './tc-text-tree.ts';
import { parseClassText, parseQdiscDump, type Qdisc, type TcClass } from './tc-text.ts';

/** Kinds whose classes people configure; those of others (fq_codel, mq, ...) are flows or queues that come and go. */
const classful = new Set(['htb', 'hfsc', 'drr', 'qfq', 'ets', 'prio', 'cbq']);

/** Inner classes and qdiscs whose own filters are read; each costs a process. */
const maxParents = 16;

type Ask = (...args: string[]) => Promise<string>;

export const asker =
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

/** Qdiscs by interface, in the kernel's order. */
export const readQdiscs = async (name: string | undefined, ask: Ask): Promise<Map<string, Qdisc[]>> => {
  const text = await ask('-j', '-s', '-d', 'qdisc', 'show', ...(name === undefined ? [] : ['dev', name]));
  const byName = new Map<string, Qdisc[]>();
  for (const { dev = name ?? '', qdisc } of parseQdiscDump(text)) {
    byName.set(dev, [...(byName.get(dev) ?? []), qdisc]);
  }
  return byName;
};

/** tc shows the filters of the root qdisc, those of others only when their parent is named. */
const innerParents = (qdiscs: readonly Qdisc[], classes: readonly TcClass[]): string[] => {
  const inner = new Set(classes.map(({ parent }) => parent));
  return [
    ...qdiscs.filter(({ kind, parent }) => classful.has(kind) && parent !== 'root').map(({ handle }) => handle),
    ...classes.filter(({ classid }) => inner.has(classid) && !classid.endsWith(':')).map(({ classid }) => classid),
  ].filter((parent) => parent !== '0:');
};

const readFilters = async (
  name: string,
  qdiscs: readonly Qdisc[],
  parents: readonly string[],
  ask: Ask,
): Promise<TcFilter[]> => {
  const has = (kind: string): boolean => qdiscs.some((qdisc) => qdisc.kind === kind);
  // Handle 0: is the kernel's own default, to which nothing can be attached.
  const custom = qdiscs.some((qdisc) => qdisc.parent === 'root' && qdisc.handle !== '0:');
  const show = (...where: string[]): Promise<string> => ask('-s', '-d', 'filter', 'show', 'dev', name, ...where);
  const [root, ingress, egress, ...inner] = await Promise.all([
    custom ? show() : '',
    has('clsact') || has('ingress') ? show('ingress') : '',
    has('clsact') ? show('egress') : '',
    ...parents.map((parent) => show('parent', parent)),
  ]);
  const below = inner.flatMap((text, index) =>
    parseFilterText(text, 'root').map((filter) => ({ ...filter, parent: filter.parent ?? parents[index] ?? null })),
  );
  return [
    ...parseFilterText(root, 'root'),
    ...parseFilterText(ingress, 'ingress'),
    ...parseFilterText(egress, 'egress'),
    ...below,
  ];
};

/** What hangs on an interface's qdiscs; `unread` counts the inner classes whose filters were not looked at. */
export const readQueueing = async (
  name: string,
  qdiscs: readonly Qdisc[],
  ask: Ask,
): Promise<Queueing & { unread: number }> => {
  const text = qdiscs.some(({ kind }) => classful.has(kind)) ? await ask('-s', '-d', 'class', 'show', 'dev', name) : '';
  const classes = parseClassText(text).filter(({ kind }) => classful.has(kind));
  const parents = innerParents(qdiscs, classes);
  const filters = await readFilters(name, qdiscs, parents.slice(0, maxParents), ask);
  return { qdiscs, classes, filters, unread: Math.max(0, parents.length - maxParents) };
};
