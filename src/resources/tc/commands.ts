// From whatever is observed, half a tree of ours included, to a state: what is in the way goes, then the tree is built.
import { shellLine } from '../../model/command.ts';
import type { ResourceCommand } from '../../model/command.ts';
import { ingressDifferences, rootDifferences } from './compare.ts';
import { findKind, wordsOf } from './kinds.ts';
import { egressQdiscs, ifbName, ingressOwner, isDefault, rootOf } from './state.ts';
import type { Observed, Seen, State, Tree } from './state.ts';
import { classWords, filterWords, ingressLines, treeLines } from './words.ts';

const link = (...args: string[]): ResourceCommand => ({
  slot: 'ip_link_cmds',
  text: shellLine(['ip', 'link', ...args]),
  action: { kind: 'exec', binary: 'ip', args: ['link', ...args] },
});

/** Autoloading the module would make ifb0 and ifb1. In a container or with ifb built in this fails and does not matter. */
const loadIfb: ResourceCommand = {
  slot: 'ip_link_cmds',
  text: 'modprobe -q ifb numifbs=0',
  action: { kind: 'exec', binary: 'modprobe', args: ['-q', 'ifb', 'numifbs=0'] },
  optional: true,
};

const batch = (lines: readonly string[][]): ResourceCommand[] => {
  if (lines.length === 0) return [];
  return [
    {
      slot: 'tc_script',
      text: lines.map((line) => shellLine(['tc', ...line])).join('\n'),
      // No word of ours holds a blank, a quote or a line end: names and numbers are checked by the state's schema.
      action: {
        kind: 'exec',
        binary: 'tc',
        args: ['-batch', '-'],
        stdin: lines.map((line) => `${line.join(' ')}\n`).join(''),
      },
    },
  ];
};

export const commandsTo = (target: string, observed: Observed, to: State): ResourceCommand[] => {
  const remove: string[][] = [];
  const build: string[][] = [];
  if (rootDifferences(to, observed).length > 0) {
    if (!isDefault(rootOf(observed))) remove.push(['qdisc', 'del', 'dev', target, 'root']);
    if (to.root !== null) build.push(...treeLines(target, to.root));
  }
  if (ingressDifferences(target, to, observed).length === 0) return batch([...remove, ...build]);
  if (ingressOwner(target, observed) === 'ours') remove.push(['qdisc', 'del', 'dev', target, 'ingress']);
  const removeLink = observed.ifb?.kind === 'ifb' ? [link('del', 'dev', ifbName(target))] : [];
  if (to.ingress === null) return [...batch([...remove, ...build]), ...removeLink];
  const { ifb, classifier, tree } = to.ingress;
  build.push(...treeLines(ifb, tree), ...ingressLines(target, ifb, classifier));
  return [
    ...batch(remove),
    ...removeLink,
    loadIfb,
    link('add', 'name', ifb, 'type', 'ifb'),
    link('set', 'dev', ifb, 'up'),
    ...batch(build),
  ];
};

const seenTree = (tree: Tree): Seen => ({
  qdiscs: tree.qdiscs.map(({ kind, handle, parent, params }) => {
    const table = findKind(kind);
    return { kind, handle, parent, options: table === undefined ? '' : wordsOf(table, params).join(' ') };
  }),
  classes: tree.classes.map((node) => ({
    kind: 'htb',
    classid: node.classid,
    parent: node.parent.endsWith(':') ? 'root' : node.parent,
    options: classWords(node).slice(1).join(' '),
  })),
  filters: [],
});

/** What reading would give once `state` stands; a half that stands already is kept as it is, a default qdisc that comes back is unknown. */
export const expectedTree = (target: string, state: State, observed: Observed): Observed => {
  const after: Observed = { ...observed };
  const others = observed.qdiscs.filter((qdisc) => !egressQdiscs(observed).includes(qdisc));
  if (rootDifferences(state, observed).length > 0) {
    const seen = state.root === null ? { qdiscs: [], classes: [], filters: [] } : seenTree(state.root);
    Object.assign(after, { ...seen, qdiscs: [...seen.qdiscs, ...others], exact: null });
  }
  if (ingressDifferences(target, state, observed).length === 0) return after;
  const kept = after.qdiscs.filter((qdisc) => qdisc.kind !== 'ingress' || ingressOwner(target, observed) === 'foreign');
  if (state.ingress === null) return { ...after, qdiscs: kept, ingress_filters: [], ifb: null };
  const { ifb, classifier, tree } = state.ingress;
  const [protocol = '', all = '', pref = '', number = ''] = filterWords(ifb, classifier);
  return {
    ...after,
    qdiscs: [...kept, { kind: 'ingress', handle: 'ffff:', parent: 'ffff:fff1', options: '' }],
    ingress_filters: [
      `filter ${protocol} ${all} ${pref} ${number} ${classifier} chain 0`,
      ...(classifier === 'u32' ? ['match 00000000/00000000 at 0'] : []),
      `action order 1: mirred (Egress Redirect to device ${ifb}) stolen`,
    ],
    ifb: { ...seenTree(tree), kind: 'ifb' },
  };
};
