// From the knobs' parts to one tree per direction: never a second root, and every choice that was made for the user is said.
import type { Finding } from '../../model/finding.ts';
import { error, info, warning } from '../../model/finding.ts';
import type { Composed, ComposeContext, PartEntry } from '../../model/resource.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { addressOf } from '../../model/snapshot.ts';
import { checkClasses } from './htb-check.ts';
import { htbTree, plainShaper } from './htb-tree.ts';
import { checkParams, findKind } from './kinds.ts';
import { chooseLeaf } from './leaf.ts';
import type { Leaf, LeafChoice } from './leaf.ts';
import type { ParamValue } from './params.ts';
import type { ClassPart, Part } from './part.ts';
import { ifbName, ingressOwner, observedSchema, rootHandle } from './state.ts';
import type { QdiscNode, State, Tree } from './state.ts';
import { mbitText } from './units.ts';

interface Wish {
  target: string;
  snapshot: Snapshot;
  findings: Finding[];
  /** Largest frame in bytes. */
  frame: number;
  qdisc: Leaf | undefined;
  netem: Leaf | undefined;
  classes: readonly ClassPart[];
  egressBits: number | undefined;
  ceilBits: number | undefined;
  ingressBits: number | undefined;
}

/** Checks a kind's parameters; the problems become findings at `path`. */
const checked = (
  name: string,
  raw: Readonly<Record<string, ParamValue>>,
  path: string,
  frame: number,
  findings: Finding[],
): Leaf | undefined => {
  const kind = findKind(name);
  if (kind === undefined) {
    findings.push(
      error(
        `${path}.type`,
        'invalid_argument',
        `there is no qdisc "${name}"`,
        'Known: fq, fq_codel, cake, htb, tbf, pfifo_fast, sfq, netem.',
      ),
    );
    return undefined;
  }
  const { params, problems } = checkParams(kind, raw);
  const full = problems.length === 0 ? (kind.complete?.(params, frame) ?? params) : params;
  const all = problems.length === 0 ? (kind.check?.(full, frame) ?? []) : problems;
  const prefix = path === 'changes.qdisc' ? `${path}.params` : path;
  for (const { param, message, hint } of all) {
    findings.push(
      error(
        param === '' ? path : `${prefix}.${param}`,
        'invalid_argument',
        param === '' ? message : `${param}: ${message}`,
        hint,
      ),
    );
  }
  return { kind: name, params: full };
};

const gather = (target: string, parts: readonly PartEntry<Part>[], snapshot: Snapshot): Wish => {
  const frame = (snapshot.interfaces[target]?.mtu ?? 1500) + 14;
  const findings: Finding[] = [];
  const wish: Wish = {
    ...{ target, snapshot, findings, frame, classes: [] },
    ...{ qdisc: undefined, netem: undefined, egressBits: undefined, ceilBits: undefined, ingressBits: undefined },
  };
  const shaper = parts.find((entry) => entry.part.kind === 'shaper')?.part;
  for (const { part, knob } of parts) {
    if (part.kind === 'shaper') {
      wish.egressBits = part.egress_bit;
      wish.ceilBits = part.ceil_bit;
      wish.ingressBits = part.ingress_bit;
    } else if (part.kind === 'classes') wish.classes = part.classes;
    else if (part.kind === 'netem') {
      if (wish.netem !== undefined) {
        findings.push(
          error(
            'changes.netem',
            'invalid_argument',
            'netem is given twice: as qdisc.type and as netem',
            'Keep the netem knob and leave qdisc out.',
          ),
        );
      }
      wish.netem = checked('netem', part.params, `changes.${knob}`, frame, findings);
    } else {
      // A tbf takes its rate from the shaper when it has none of its own.
      const egress = shaper?.kind === 'shaper' ? shaper.egress_bit : undefined;
      const lacksRate =
        part.type === 'tbf' && part.params['rate_mbit'] === undefined && part.params['rate'] === undefined;
      const lent = lacksRate && egress !== undefined ? { rate_mbit: egress / 1_000_000 } : {};
      wish.qdisc = checked(part.type, { ...part.params, ...lent }, 'changes.qdisc', frame, findings);
      if (part.type === 'cake' && part.params['diffserv'] === true) {
        findings.push(
          info(
            'changes.qdisc.params.diffserv',
            'value_chosen',
            'diffserv: true is taken as diffserv4',
            'Name diffserv3, diffserv4 or diffserv8 to choose.',
          ),
        );
      }
    }
  }
  return wish;
};

const single = (leaf: Leaf, below?: Leaf): Tree => {
  const root: QdiscNode = { kind: leaf.kind, handle: rootHandle, parent: 'root', params: leaf.params };
  const child: QdiscNode[] =
    below === undefined ? [] : [{ kind: below.kind, handle: '2:', parent: '1:1', params: below.params }];
  return { qdiscs: [root, ...child], classes: [] };
};

/** The rate of the top class: the shaper's, else the link's, else what the classes may use at most. */
const rootRate = (wish: Wish): number | undefined => {
  const given = wish.ceilBits ?? wish.egressBits;
  if (given !== undefined) return given;
  const speed = wish.snapshot.interfaces[wish.target]?.speed_mbps ?? null;
  const top = wish.classes.filter((part) => part.parent === undefined);
  const used = Math.max(
    0,
    ...wish.classes.map((part) => part.ceil_bit),
    top.reduce((sum, part) => sum + part.rate_bit, 0),
  );
  const linkBits = speed === null || speed <= 0 ? 0 : speed * 1_000_000;
  const rate = linkBits >= used ? linkBits : used;
  if (rate === 0) return undefined;
  const source = linkBits >= used ? "the link's speed" : 'the most that its classes may use';
  wish.findings.push(
    info(
      wish.classes.length > 0 ? 'changes.htb_classes' : 'changes.qdisc',
      'root_rate_chosen',
      `no shaper gives the tree's rate: ${mbitText(rate)} is taken, ${source}`,
      'Give shaper.egress_mbit a little below what the line really carries.',
    ),
  );
  return rate;
};

const lacks = (wish: Wish, kind: string): boolean => !wish.snapshot.features.qdiscs.includes(kind);

const noHtb = (path: string): Finding =>
  error(
    path,
    'missing_kernel_feature',
    'this kernel has no qdisc htb, and the shaper is made of it',
    'Load or build sch_htb.',
  );

const egressLeaf = (wish: Wish, path: string): LeafChoice => {
  const { qdisc, netem, findings } = wish;
  if (netem !== undefined) {
    findings.push(
      info(
        'changes.netem',
        'leaf_chosen',
        'netem takes the place of the queue management below the shaper, so queues are its plain FIFO',
        'Remove netem to get the queue management back.',
      ),
    );
    return { kind: 'netem', leafFor: () => netem, findings: [] };
  }
  const fit = qdisc !== undefined && findKind(qdisc.kind)?.leaf === true;
  const unfit =
    qdisc === undefined || fit || qdisc.kind === 'htb'
      ? undefined
      : `${qdisc.kind} would not keep the queue short below a shaper`;
  return chooseLeaf({
    path,
    wished: fit ? qdisc : undefined,
    unfit,
    qdiscs: wish.snapshot.features.qdiscs,
    frame: wish.frame,
  });
};

const htbEgress = (wish: Wish): Tree | null => {
  const { qdisc, classes, findings } = wish;
  const path =
    wish.egressBits !== undefined ? 'changes.shaper' : classes.length > 0 ? 'changes.htb_classes' : 'changes.qdisc';
  if (lacks(wish, 'htb')) findings.push(noHtb(path));
  const rootBits = rootRate(wish);
  if (rootBits === undefined) {
    findings.push(
      error(
        path,
        'invalid_argument',
        'htb shapes to a rate, and none is given',
        'Give shaper.egress_mbit, or htb_classes with their rates.',
      ),
    );
    return null;
  }
  if (qdisc?.params['bandwidth_mbit'] !== undefined) {
    findings.push(
      error(
        'changes.qdisc.params.bandwidth_mbit',
        'invalid_argument',
        'below htb classes cake cannot have a bandwidth of its own',
        'Give the rate as shaper.egress_mbit.',
      ),
    );
  }
  if (qdisc?.kind === 'tbf') {
    findings.push(
      error(
        'changes.qdisc.type',
        'invalid_argument',
        'tbf and htb_classes both shape',
        'Leave qdisc out, or set it to fq_codel, cake or sfq as the queue of each class.',
      ),
    );
  }
  const params = qdisc?.kind === 'htb' ? qdisc.params : {};
  const named = params['default'];
  const defaultMinor = typeof named === 'string' ? named : undefined;
  findings.push(...checkClasses({ classes, rootBits, defaultMinor }));
  if (findings.some((finding) => finding.severity === 'error')) return null;
  const leaf = egressLeaf(wish, path);
  findings.push(...leaf.findings);
  const guaranteedBits = wish.egressBits ?? rootBits;
  const made = htbTree({ path, rootBits, guaranteedBits, classes, params, leaf, frame: wish.frame });
  findings.push(...made.findings);
  if (leaf.kind === 'netem' && wish.netem?.params['duplicate_pct'] !== undefined && made.tree.qdiscs.length > 2) {
    findings.push(
      error(
        'changes.netem.duplicate_pct',
        'invalid_argument',
        'netem cannot duplicate below several classes: every copy would be copied again',
        'Leave duplicate_pct out, or use one class.',
      ),
    );
  }
  return made.tree;
};

/** cake and tbf shape by themselves; the others need htb above them. */
const selfShaped = (wish: Wish): Leaf | undefined => {
  const { qdisc, egressBits, ceilBits, findings } = wish;
  if (egressBits === undefined || wish.classes.length > 0 || (qdisc?.kind !== 'cake' && qdisc?.kind !== 'tbf'))
    return undefined;
  const name = qdisc.kind === 'cake' ? 'bandwidth_mbit' : 'rate_mbit';
  const mbit = egressBits / 1_000_000;
  const own = qdisc.params[name];
  if (own !== undefined && own !== mbit) {
    findings.push(
      error(
        `changes.qdisc.params.${name}`,
        'invalid_argument',
        `${qdisc.kind} is told ${own} Mbit/s and the shaper ${mbit} Mbit/s`,
        'Keep one of them.',
      ),
    );
  }
  if (ceilBits !== undefined && ceilBits !== egressBits) {
    findings.push(
      warning(
        'changes.shaper.ceil_mbit',
        'no_effect',
        `${qdisc.kind} has one rate: ceil_mbit has no effect`,
        'Use htb_classes for a guarantee with a ceiling.',
      ),
    );
  }
  return { kind: qdisc.kind, params: { ...qdisc.params, [name]: mbit } };
};

const egressTree = (wish: Wish): Tree | null => {
  const { qdisc, netem } = wish;
  const shaped = selfShaped(wish);
  const needsHtb =
    qdisc?.kind === 'htb' || wish.classes.length > 0 || (wish.egressBits !== undefined && shaped === undefined);
  if (needsHtb) return htbEgress(wish);
  const leaf = shaped ?? qdisc;
  if (netem !== undefined) return single(netem, leaf);
  return leaf === undefined ? null : single(leaf);
};

const classifierOf = (wish: Wish): 'matchall' | 'u32' => {
  const { classifiers } = wish.snapshot.features;
  if (classifiers.includes('matchall')) return 'matchall';
  if (!classifiers.includes('u32')) {
    wish.findings.push(
      error(
        'changes.shaper.ingress_mbit',
        'missing_kernel_feature',
        'this kernel has neither matchall nor u32 filters, and the ingress shaper needs one',
        'Load or build cls_matchall.',
      ),
    );
  }
  return 'u32';
};

const ingressSide = (wish: Wish): State['ingress'] => {
  const { target, snapshot, ingressBits, findings, qdisc } = wish;
  const path = 'changes.shaper.ingress_mbit';
  if (ingressBits === undefined) return null;
  const seen = observedSchema.safeParse(snapshot.observed[addressOf('tc', target)]);
  if (seen.success && ingressOwner(target, seen.data) === 'foreign') {
    findings.push(
      error(
        path,
        'plan_refused',
        `${target} already has an ingress or clsact qdisc that netmcp did not make`,
        `Remove it (tc qdisc del dev ${target} ingress, or clsact), or shape egress only.`,
      ),
    );
  }
  const ifb = ifbName(target);
  const classifier = classifierOf(wish);
  if (qdisc?.kind === 'cake' && wish.classes.length === 0) {
    const params = { ...qdisc.params, bandwidth_mbit: ingressBits / 1_000_000, ingress: true };
    return { ifb, classifier, tree: single({ kind: 'cake', params }) };
  }
  if (lacks(wish, 'htb')) findings.push(noHtb(path));
  // fq paces by send times, which what arrives does not have.
  const fit =
    qdisc !== undefined &&
    qdisc.kind !== 'fq' &&
    findKind(qdisc.kind)?.leaf === true &&
    qdisc.params['bandwidth_mbit'] === undefined;
  const unfit = qdisc?.kind === 'fq' ? 'fq paces senders, and there are none at ingress' : undefined;
  const leaf = chooseLeaf({
    path,
    wished: fit ? qdisc : undefined,
    unfit,
    qdiscs: snapshot.features.qdiscs,
    frame: wish.frame,
  });
  // Said once: the egress side has told the same choice, unless it chose something else.
  findings.push(...leaf.findings.filter((finding) => !findings.some((other) => other.message === finding.message)));
  return { ifb, classifier, tree: plainShaper({ path, rootBits: ingressBits, leaf, frame: wish.frame }) };
};

/** With an error among the findings the state is the one before our first change: nothing of a refused plan is built. */
export const composeTree = (
  target: string,
  parts: readonly PartEntry<Part>[],
  context: ComposeContext<State>,
): Composed<State> => {
  const wish = gather(target, parts, context.snapshot);
  if (wish.findings.some((finding) => finding.severity === 'error'))
    return { state: context.original, findings: wish.findings };
  const root = egressTree(wish);
  const ingress = ingressSide(wish);
  const refused = wish.findings.some((finding) => finding.severity === 'error');
  return {
    state: refused ? context.original : { root: root ?? context.original.root, ingress },
    findings: wish.findings,
  };
};
