// Where what is there differs from what is wanted, node by node; the rounding of kernel and tc does not count.
import type { Difference } from '../../model/resource.ts';
import { findKind, wordsOf } from './kinds.ts';
import { parseCount, parseRate, parseSize, sameBurst, sameRate } from './units.ts';
import type { Options } from './params.ts';
import { parseOptions } from './params.ts';
import { egressQdiscs, ifbName, ingressOwner, ingressPreference, isDefault, rootOf } from './state.ts';
import type { ClassNode, Observed, QdiscNode, Seen, SeenQdisc, State, Tree } from './state.ts';
import { classWords, filterWords } from './words.ts';

const seenText = (qdisc: SeenQdisc): string => `${qdisc.kind} ${qdisc.options}`.trim();

const nodeText = (node: QdiscNode): string => {
  const kind = findKind(node.kind);
  return [node.kind, ...(kind === undefined ? [] : wordsOf(kind, node.params))].join(' ');
};

const sameQdisc = (node: QdiscNode, seen: SeenQdisc): boolean => {
  const kind = findKind(node.kind);
  if (kind === undefined || seen.kind !== node.kind || seen.parent !== node.parent) return false;
  const options = parseOptions(seen.options);
  return kind.params.every((param) => {
    const wished = node.params[param.name];
    const shown = param.read(options);
    if (
      wished === undefined ||
      (shown === undefined && param.read(parseOptions(param.words(wished).join(' '))) === undefined)
    )
      return true;
    return shown !== undefined && param.same(wished, shown, node.params);
  });
};

const sameClass = (node: ClassNode, seen: Seen['classes'][number]): boolean => {
  const parent = node.parent.endsWith(':') ? 'root' : node.parent;
  if (seen.kind !== 'htb' || seen.parent !== parent) return false;
  const options: Options = parseOptions(seen.options);
  const value = (word: string): string => options.get(word)?.[0] ?? '';
  // tc shows priority and quantum of leaves only.
  const optional = (word: string, wished: number): boolean => !options.has(word) || parseCount(value(word)) === wished;
  return (
    sameRate(node.rate_bit, parseRate(value('rate'))) &&
    sameRate(node.ceil_bit, parseRate(value('ceil'))) &&
    optional('prio', node.prio) &&
    optional('quantum', node.quantum_bytes) &&
    sameBurst(node.burst_bytes, parseSize(value('burst')), node.rate_bit) &&
    sameBurst(node.cburst_bytes, parseSize(value('cburst')), node.ceil_bit)
  );
};

/** Everything but the kernel's own defaults (handle 0:) must be in the tree, and the tree must be there. */
const treeDifferences = (where: string, tree: Tree, seen: Seen): Difference[] => {
  const list: Difference[] = [];
  const there = egressQdiscs(seen);
  for (const node of tree.qdiscs) {
    const match = there.find((qdisc) => qdisc.handle === node.handle);
    if (match !== undefined && sameQdisc(node, match)) continue;
    const beside = match ?? there.find((qdisc) => qdisc.parent === node.parent);
    list.push({
      path: `${where} qdisc ${node.handle}`,
      current: beside === undefined ? null : seenText(beside),
      desired: nodeText(node),
    });
  }
  for (const node of tree.classes) {
    const match = seen.classes.find((entry) => entry.classid === node.classid);
    if (match !== undefined && sameClass(node, match)) continue;
    list.push({
      path: `${where} class ${node.classid}`,
      current: match?.options ?? null,
      desired: classWords(node).join(' '),
    });
  }
  for (const qdisc of there) {
    if (isDefault(qdisc) || tree.qdiscs.some((node) => node.handle === qdisc.handle)) continue;
    const replaced = qdisc.parent === 'root' && list.some((entry) => entry.current === seenText(qdisc));
    if (!replaced) list.push({ path: `${where} qdisc ${qdisc.handle}`, current: seenText(qdisc), desired: null });
  }
  for (const entry of seen.classes) {
    if (tree.classes.some((node) => node.classid === entry.classid)) continue;
    list.push({ path: `${where} class ${entry.classid}`, current: `${entry.kind} ${entry.options}`, desired: null });
  }
  if (seen.filters.length > 0) list.push({ path: `${where} filters`, current: seen.filters.join('; '), desired: null });
  return list;
};

/** Paths are within the interface's tree: `root qdisc 1:`, `root class 1:10`. */
export const rootDifferences = (state: State, observed: Observed): Difference[] => {
  if (state.root !== null) return treeDifferences('root', state.root, observed);
  const root = rootOf(observed);
  return root === undefined || isDefault(root)
    ? []
    : [{ path: `root qdisc ${root.handle}`, current: seenText(root), desired: null }];
};

const redirects = (ifb: string, classifier: string, lines: readonly string[]): boolean => {
  const text = lines.join('\n').toLowerCase();
  const filters = lines.filter((line) => line.startsWith('filter '));
  return (
    filters.length > 0 &&
    filters.every(
      (line) => line.includes(` pref ${ingressPreference} ${classifier}`) && line.includes('protocol all'),
    ) &&
    (classifier === 'matchall' || text.includes('match 00000000/00000000 at 0')) &&
    text.split('mirred').length === 2 &&
    text.includes(`(egress redirect to device ${ifb.toLowerCase()}) stolen`)
  );
};

export const ingressDifferences = (target: string, state: State, observed: Observed): Difference[] => {
  const owner = ingressOwner(target, observed);
  const link = ifbName(target);
  const shown = observed.ingress_filters.join('; ');
  if (state.ingress === null) {
    return [
      ...(owner === 'ours' ? [{ path: 'ingress', current: shown, desired: null }] : []),
      ...(observed.ifb === null ? [] : [{ path: `link ${link}`, current: observed.ifb.kind, desired: null }]),
    ];
  }
  const { ifb, classifier, tree } = state.ingress;
  const good = owner === 'ours' && redirects(ifb, classifier, observed.ingress_filters);
  const empty: Seen = { qdiscs: [], classes: [], filters: [] };
  return [
    ...(good
      ? []
      : [
          {
            path: 'ingress',
            current: owner === 'none' ? null : shown,
            desired: filterWords(ifb, classifier).join(' '),
          },
        ]),
    ...(observed.ifb?.kind === 'ifb'
      ? []
      : [{ path: `link ${ifb}`, current: observed.ifb?.kind ?? null, desired: 'ifb' }]),
    ...treeDifferences(ifb, tree, observed.ifb ?? empty),
  ];
};
