// get_qdiscs: queueing disciplines with their classes, filters and counters, as data and as a tree to read.
import * as z from 'zod';
import { NetError } from '../../model/errors.ts';
import { interfaceNameSchema } from '../../model/names.ts';
import { defineOperation } from '../define.ts';
import { pageInput, pageOf, pageOutput } from '../frame/page.ts';
import { resultSchema } from '../frame/result.ts';
import { checkInterface } from './known-interface.ts';
import { asker, readQdiscs, readQueueing } from './tc-read.ts';
import { filterSchema } from './tc-text-filters.ts';
import { treeOf, type TreeNode } from './tc-text-tree.ts';
import { classSchema, qdiscSchema, type Qdisc } from './tc-text.ts';

/** Interfaces on one page; each may cost several processes. */
const maxInterfaces = 64;
/** Entries of each interface when all are shown; naming the interface pages through the rest. */
const maxEntries = 30;

const totals = {
  drops: z.number(),
  overlimits: z.number(),
  requeues: z.number(),
  backlog_bytes: z.number(),
  backlog_packets: z.number(),
};

const interfaceSchema = z.strictObject({
  name: z.string(),
  ...totals,
  tree: z.array(z.string()).describe('Qdiscs, and indented below them classes, child qdiscs and filters'),
  qdiscs: z.array(qdiscSchema),
  classes: z.array(classSchema),
  filters: z.array(filterSchema),
  omitted: z.number().describe('Entries left out; name the interface to see them'),
});
type Shown = z.infer<typeof interfaceSchema>;

/** A root qdisc counts what its classes and leaves drop, the ingress qdisc what its filters do; so these two are the sum. */
const sumOf = (qdiscs: readonly Qdisc[]) => {
  const tops = qdiscs.filter(({ parent, kind }) => parent === 'root' || kind === 'clsact' || kind === 'ingress');
  const sum = (field: keyof typeof totals): number => tops.reduce((total, qdisc) => total + qdisc[field], 0);
  return {
    drops: sum('drops'),
    overlimits: sum('overlimits'),
    requeues: sum('requeues'),
    backlog_bytes: sum('backlog_bytes'),
    backlog_packets: sum('backlog_packets'),
  };
};

const show = (name: string, qdiscs: readonly Qdisc[], nodes: readonly TreeNode[], omitted: number): Shown => ({
  name,
  ...sumOf(qdiscs),
  tree: nodes.flatMap(({ lines }) => lines),
  qdiscs: nodes.flatMap((node) => (node.type === 'qdisc' ? [node.entry] : [])),
  classes: nodes.flatMap((node) => (node.type === 'class' ? [node.entry] : [])),
  filters: nodes.flatMap((node) => (node.type === 'filter' ? [node.entry] : [])),
  omitted,
});

const summaryOf = (all: ReadonlyMap<string, readonly Qdisc[]>): string => {
  const roots = [...all].map(
    ([name, qdiscs]) => `${name} ${qdiscs.find(({ parent }) => parent === 'root')?.kind ?? 'none'}`,
  );
  const { drops, backlog_packets: waiting } = sumOf([...all.values()].flat());
  const more = roots.length > 8 ? `, and ${roots.length - 8} more` : '';
  return `Root qdiscs: ${roots.slice(0, 8).join(', ')}${more}. ${drops} packets dropped, ${waiting} waiting.`;
};

const notesOf = (name: string, unread: number): string[] =>
  unread === 0 ? [] : [`${name}: filters attached to ${unread} further inner classes were not read.`];

export const getQdiscs = defineOperation({
  name: 'get_qdiscs',
  title: 'Get queueing disciplines',
  description:
    'Qdiscs, classes and filters with rates, drops, backlog and what each kind counts (ECN marks, flows, tins).',
  toolset: 'inspect',
  needs: 'none',
  annotations: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  input: z.strictObject({ interface: interfaceNameSchema.optional(), ...pageInput }),
  output: resultSchema({
    interfaces: z.array(interfaceSchema),
    ...totals,
    notes: z.array(z.string()),
    ...pageOutput,
  }),
  run: async (input, ports, { signal }) => {
    const { interface: name } = input;
    if (name !== undefined) await checkInterface(name, ports.kernel);
    const ask = asker(ports.exec, signal);
    const all = await readQdiscs(name, ask);
    const common = { success: true, summary: summaryOf(all), ...sumOf([...all.values()].flat()) };
    if (name !== undefined) {
      const qdiscs = all.get(name) ?? [];
      const { unread, ...queueing } = await readQueueing(name, qdiscs, ask);
      const { items, ...page } = pageOf(treeOf(queueing), input);
      return { ...common, interfaces: [show(name, qdiscs, items, 0)], notes: notesOf(name, unread), ...page };
    }
    const some = { ...input, max_results: Math.min(input.max_results, maxInterfaces) };
    const wanted = new Set(pageOf([...all.keys()], some).items);
    const notes: string[] = [];
    const shown = await Promise.all(
      [...all].map(async ([device, qdiscs]) => {
        if (!wanted.has(device)) return show(device, qdiscs, [], 0);
        try {
          const { unread, ...queueing } = await readQueueing(device, qdiscs, ask);
          notes.push(...notesOf(device, unread));
          const nodes = treeOf(queueing);
          return show(device, qdiscs, nodes.slice(0, maxEntries), Math.max(0, nodes.length - maxEntries));
        } catch (error) {
          // Interfaces come and go; one of many is no reason to show none.
          if (!(error instanceof NetError) || error.code !== 'step_failed') throw error;
          notes.push(`${device}: ${error.message}`);
          return show(device, qdiscs, treeOf({ qdiscs, classes: [], filters: [] }), 0);
        }
      }),
    );
    const { items, ...page } = pageOf(shown, some);
    return { ...common, interfaces: items, notes, ...page };
  },
});
