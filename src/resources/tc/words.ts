// Nodes as tc's words: argument lists, never shell text.
import { findKind, wordsOf } from './kinds.ts';
import { ingressPreference } from './state.ts';
import type { ClassNode, QdiscNode, Tree } from './state.ts';
import { formatRate } from './units.ts';

export const classWords = (node: ClassNode): string[] => [
  'htb',
  ...['rate', formatRate(node.rate_bit), 'ceil', formatRate(node.ceil_bit)],
  ...['burst', `${node.burst_bytes}b`, 'cburst', `${node.cburst_bytes}b`],
  ...['prio', String(node.prio), 'quantum', String(node.quantum_bytes)],
];

const qdiscLine = (device: string, node: QdiscNode): string[] => {
  const kind = findKind(node.kind);
  return [
    ...['qdisc', 'add', 'dev', device],
    ...(node.parent === 'root' ? ['root'] : ['parent', node.parent]),
    ...['handle', node.handle, node.kind],
    ...(kind === undefined ? [] : wordsOf(kind, node.params)),
  ];
};

/** The lines that build a tree on a device whose root is the kernel's default. */
export const treeLines = (device: string, tree: Tree): string[][] => {
  const [root, ...leaves] = tree.qdiscs;
  return [
    ...(root === undefined ? [] : [qdiscLine(device, root)]),
    ...tree.classes.map((node) => [
      'class',
      'add',
      'dev',
      device,
      'parent',
      node.parent,
      'classid',
      node.classid,
      ...classWords(node),
    ]),
    ...leaves.map((node) => qdiscLine(device, node)),
  ];
};

/** Every packet, of every protocol, to the ifb. */
export const filterWords = (ifb: string, classifier: 'matchall' | 'u32'): string[] => [
  ...['protocol', 'all', 'pref', String(ingressPreference), classifier],
  ...(classifier === 'u32' ? ['match', 'u32', '0', '0'] : []),
  ...['action', 'mirred', 'egress', 'redirect', 'dev', ifb],
];

export const ingressLines = (device: string, ifb: string, classifier: 'matchall' | 'u32'): string[][] => [
  ['qdisc', 'add', 'dev', device, 'handle', 'ffff:', 'ingress'],
  ['filter', 'add', 'dev', device, 'parent', 'ffff:', ...filterWords(ifb, classifier)],
];
