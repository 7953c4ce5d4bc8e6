// An HTB tree: a top class that never borrows, the wished classes below it, a class for unmatched traffic, a leaf queue in each.
import type { Finding } from '../../model/finding.ts';
import { error, info } from '../../model/finding.ts';
import type { LeafChoice } from './leaf.ts';
import type { ClassPart } from './part.ts';
import type { Params } from './params.ts';
import { rootHandle } from './state.ts';
import type { ClassNode, QdiscNode, Tree } from './state.ts';
import { mbitText, wholeBytes } from './units.ts';

export const topClass = `${rootHandle}1`;

export interface HtbInput {
  /** Path that speaks for the tree as a whole. */
  path: string;
  /** Rate and ceil of the top class, bits a second. */
  rootBits: number;
  /** What the classes may share as guarantees, bits a second; at most rootBits. */
  guaranteedBits: number;
  /** Checked: parents exist, rates fit. */
  classes: readonly ClassPart[];
  /** Params of the htb qdisc itself; `default` is a minor in hexadecimal. */
  params: Params;
  leaf: LeafChoice;
  frame: number;
}

/** Middle of HTB's 0 (served first) to 7. */
const usualPriority = 4;
/** Spare tokens for a millisecond at the rate: few enough for a steady flow, enough for the timer. */
const burstSeconds = 0.001;
const defaultMinors = ['30', '99', 'fe', 'fffe'];

export const minorOf = (classid: string): string => Number.parseInt(classid.split(':')[1] ?? '', 16).toString(16);
/** tc and kernel print minors without leading zeros and in lower case. */
export const canonicalClass = (classid: string): string =>
  /^1:0*$/.test(classid) ? rootHandle : `1:${minorOf(classid)}`;
export const parentOf = (part: ClassPart): string => {
  const parent = canonicalClass(part.parent ?? topClass);
  return parent === rootHandle ? topClass : parent;
};

const clamp = (value: number, min: number, max: number): number => Math.min(max, Math.max(min, Math.round(value)));

const classNode = (
  input: HtbInput,
  node: Pick<ClassNode, 'classid' | 'parent' | 'rate_bit' | 'ceil_bit' | 'prio'>,
  burst?: number,
): ClassNode => {
  const r2q = Number(input.params['r2q'] ?? 10);
  const spare = (bits: number): number => Math.max(1600, input.frame, Math.ceil((bits / 8) * burstSeconds));
  return {
    ...node,
    burst_bytes: burst ?? spare(node.rate_bit),
    cburst_bytes: Math.max(burst ?? 0, spare(node.ceil_bit)),
    quantum_bytes: clamp(node.rate_bit / 8 / r2q, Math.max(1000, Math.min(input.frame, 60_000)), 200_000),
  };
};

/** Parents before children, otherwise in the plan's order. */
const ordered = (classes: readonly ClassPart[], parent: string = topClass): ClassPart[] => [
  ...classes.filter((part) => parentOf(part) === parent),
  ...classes
    .filter((part) => parentOf(part) === parent)
    .flatMap((part) => ordered(classes, canonicalClass(part.classid))),
];

interface DefaultClass {
  minor: string;
  node: ClassNode | undefined;
  findings: Finding[];
}

const defaultClass = (input: HtbInput): DefaultClass => {
  const taken = input.classes.map((part) => minorOf(part.classid));
  const named = input.params['default'];
  if (typeof named === 'string' && taken.includes(named)) return { minor: named, node: undefined, findings: [] };
  const minor = typeof named === 'string' ? named : (defaultMinors.find((entry) => !taken.includes(entry)) ?? 'fffd');
  const top = input.classes.filter((part) => parentOf(part) === topClass);
  const left = input.guaranteedBits - top.reduce((sum, part) => sum + part.rate_bit, 0);
  const least = Math.min(input.rootBits / 100, 100_000);
  const rate = wholeBytes(Math.max(left, least));
  const prio = Math.max(usualPriority, ...input.classes.map((part) => part.prio ?? usualPriority));
  const node = classNode(input, {
    classid: `1:${minor}`,
    parent: topClass,
    rate_bit: rate,
    ceil_bit: input.rootBits,
    prio,
  });
  const findings =
    input.classes.length === 0
      ? []
      : [
          info(
            input.path,
            'default_class_added',
            `traffic that no class matches goes to class 1:${minor}: ${mbitText(rate)} guaranteed${left < least ? ' (the classes leave nothing, so this is the least)' : ''}, up to ${mbitText(input.rootBits)}`,
            'Name one of your classes in qdisc.params.default to use that instead.',
          ),
        ];
  return { minor, node, findings };
};

const leafNodes = (input: HtbInput, nodes: readonly ClassNode[]): QdiscNode[] =>
  nodes
    .filter((node) => node.classid !== topClass && !nodes.some((other) => other.parent === node.classid))
    .map((node) => ({
      handle: `${minorOf(node.classid)}:`,
      parent: node.classid,
      ...input.leaf.leafFor(node.ceil_bit),
    }));

export const htbTree = (input: HtbInput): { tree: Tree; findings: Finding[] } => {
  const fallback = defaultClass(input);
  const top = classNode(input, {
    classid: topClass,
    parent: rootHandle,
    rate_bit: input.rootBits,
    ceil_bit: input.rootBits,
    prio: 0,
  });
  const wished = ordered(input.classes).map((part) =>
    classNode(
      input,
      {
        classid: canonicalClass(part.classid),
        parent: parentOf(part),
        rate_bit: part.rate_bit,
        ceil_bit: part.ceil_bit,
        prio: part.prio ?? usualPriority,
      },
      part.burst_bytes,
    ),
  );
  const classes = [top, ...wished, ...(fallback.node === undefined ? [] : [fallback.node])];
  const root: QdiscNode = {
    kind: 'htb',
    handle: rootHandle,
    parent: 'root',
    params: { ...input.params, default: fallback.minor },
  };
  return { tree: { qdiscs: [root, ...leafNodes(input, classes)], classes }, findings: fallback.findings };
};

/** The one leaf below a plain shaper has no class to be named after in the plan. */
export const plainShaper = (input: Omit<HtbInput, 'classes' | 'params' | 'guaranteedBits'>): Tree =>
  htbTree({ ...input, classes: [], params: {}, guaranteedBits: input.rootBits }).tree;

export const reservedMinors = ['0', '1', 'ffff'];

export const rateError = (path: string, message: string, hint: string): Finding =>
  error(path, 'rate_exceeds_parent', message, hint);
