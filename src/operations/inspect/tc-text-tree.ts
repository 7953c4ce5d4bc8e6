// The queueing of one interface as a tree: qdiscs, below them their classes, child qdiscs and filters, each a line that a person can read.
import type { TcFilter } from './tc-text-filters.ts';
import { optionsText, statisticsLines } from './tc-text-options.ts';
import type { Qdisc, TcClass } from './tc-text.ts';

export interface Queueing {
  qdiscs: readonly Qdisc[];
  classes: readonly TcClass[];
  filters: readonly TcFilter[];
}

/** An entry where it hangs, with its lines. */
export type TreeNode = { lines: string[] } & (
  { type: 'qdisc'; entry: Qdisc } | { type: 'class'; entry: TcClass } | { type: 'filter'; entry: TcFilter }
);

/** Deeper trees are not built by the kernel (TC_HTB_MAXDEPTH is 8 in each qdisc); a loop cannot be, but text could claim one. */
const maxDepth = 24;

const majorOf = (id: string): string => `${id.split(':')[0] ?? ''}:`;

type Counters = Pick<
  TcClass,
  'sent_bytes' | 'sent_packets' | 'drops' | 'overlimits' | 'backlog_packets' | 'backlog_bytes'
> & {
  requeues: number;
};

const countersText = (counters: Counters): string => {
  const { sent_bytes, sent_packets, drops, overlimits, requeues, backlog_packets, backlog_bytes } = counters;
  const rare = [
    overlimits > 0 ? `overlimits ${overlimits}` : '',
    requeues > 0 ? `requeues ${requeues}` : '',
    backlog_packets > 0 || backlog_bytes > 0 ? `backlog ${backlog_packets} packets ${backlog_bytes} bytes` : '',
  ];
  return [`sent ${sent_packets} packets ${sent_bytes} bytes`, `dropped ${drops}`, ...rare].filter(Boolean).join(', ');
};

const indent = (depth: number): string => '  '.repeat(depth);

const qdiscNode = (entry: Qdisc, depth: number): TreeNode => {
  const { kind, handle, parent } = entry;
  const standard = parent === 'root' && handle === '0:' ? ' (kernel default)' : '';
  const name = [`qdisc ${kind}`, handle === '0:' ? '' : handle, optionsText(entry)].filter(Boolean).join(' ');
  const special = statisticsLines(entry).map((line) => `${indent(depth + 1)}${line}`);
  return { type: 'qdisc', entry, lines: [`${indent(depth)}${name}${standard} | ${countersText(entry)}`, ...special] };
};

const classNode = (entry: TcClass, depth: number): TreeNode => {
  const { classid, priority, rate_mbps: rate, ceil_mbps: ceil, borrowed_packets: borrowed } = entry;
  const words = [
    `class ${classid}`,
    priority === null ? '' : `prio ${priority}`,
    rate === null ? '' : `rate ${rate} Mbit/s`,
    ceil === null || ceil === rate ? '' : `ceil ${ceil} Mbit/s`,
  ];
  const more = borrowed === null || borrowed === 0 ? '' : `, borrowed ${borrowed}`;
  return {
    type: 'class',
    entry,
    lines: [`${indent(depth)}${words.filter(Boolean).join(' ')} | ${countersText(entry)}${more}`],
  };
};

const filterNode = (entry: TcFilter, depth: number): TreeNode => {
  const { direction, priority, protocol, kind, handle, flowid, hits, matches, actions } = entry;
  const words = [
    `${direction === 'root' ? '' : `${direction} `}filter ${priority} ${protocol} ${kind}`,
    handle ?? '',
    matches.slice(0, 6).join(', '),
    flowid === null ? '' : `-> ${flowid}`,
    ...actions.map(
      ({ kind: action, detail, drops }) => `=> ${action} ${detail}${drops > 0 ? ` (dropped ${drops})` : ''}`,
    ),
    hits === null ? '' : `(tried ${hits} times)`,
  ];
  return { type: 'filter', entry, lines: [`${indent(depth)}${words.filter(Boolean).join(' ')}`] };
};

const isIngress = ({ kind }: Qdisc): boolean => kind === 'clsact' || kind === 'ingress';

/** Every entry once, each below what it hangs on; what hangs on nothing shown comes last. */
export const treeOf = ({ qdiscs, classes, filters }: Queueing): TreeNode[] => {
  const nodes: TreeNode[] = [];
  const placed = new Set<Qdisc | TcClass | TcFilter>();
  const handles = new Set(qdiscs.map(({ handle }) => handle));
  const place = (node: TreeNode): boolean => {
    if (placed.has(node.entry)) return false;
    placed.add(node.entry);
    nodes.push(node);
    return true;
  };
  const addFilters = (which: (filter: TcFilter) => boolean, depth: number): void => {
    for (const filter of filters) if (which(filter)) place(filterNode(filter, depth));
  };
  const addClass = (entry: TcClass, depth: number): void => {
    if (depth > maxDepth || !place(classNode(entry, depth))) return;
    addFilters(({ parent }) => parent === entry.classid, depth + 1);
    for (const child of classes) if (child.parent === entry.classid) addClass(child, depth + 1);
    for (const child of qdiscs) if (child.parent === entry.classid) addQdisc(child, depth + 1);
  };
  const addQdisc = (entry: Qdisc, depth: number): void => {
    if (depth > maxDepth || !place(qdiscNode(entry, depth))) return;
    const { handle } = entry;
    const isRoot = entry.parent === 'root';
    addFilters(({ parent, direction }) => {
      if (isIngress(entry)) return direction !== 'root';
      return direction === 'root' && (parent === handle || (parent === null && isRoot));
    }, depth + 1);
    // hfsc prints itself as a class too.
    const own = classes.filter(({ classid }) => majorOf(classid) === handle && classid !== handle);
    const ids = new Set(own.map(({ classid }) => classid));
    for (const child of own) if (!ids.has(child.parent)) addClass(child, depth + 1);
    // Queues of mq, bands of prio: classes that are not listed, told by their number.
    const hangs = (parent: string): boolean =>
      !ids.has(parent) && (majorOf(parent) === handle || (handle === '0:' && isRoot && parent.startsWith(':')));
    for (const child of qdiscs) if (!isIngress(child) && hangs(child.parent)) addQdisc(child, depth + 1);
  };
  for (const qdisc of qdiscs) if (qdisc.parent === 'root') addQdisc(qdisc, 0);
  for (const qdisc of qdiscs) if (isIngress(qdisc)) addQdisc(qdisc, 0);
  for (const qdisc of qdiscs) addQdisc(qdisc, 0);
  for (const entry of classes) if (!handles.has(entry.classid)) addClass(entry, 0);
  addFilters(() => true, 0);
  return nodes;
};
