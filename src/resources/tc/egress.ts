// The tree at an interface's root: what leaves it.
import { checkClasses } from './htb-check.ts';
import { error, info, warning } from '../../model/finding.ts';
import { htbTree } from './htb-tree.ts';
import { findKind } from './kinds.ts';
import { chooseLeaf } from './leaf.ts';
import type { Leaf, LeafChoice } from './leaf.ts';
import { mostBits, type Tree } from './state.ts';
import { mbitText } from './units.ts';
import { lacks, noHtb, single } from './wish.ts';
import type { Wish } from './wish.ts';

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
  // Classes that want more together are then refused by their sum, and a faster link is used up to here.
  const rate = Math.min(mostBits, Math.max(linkBits, used));
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

export const egressTree = (wish: Wish): Tree | null => {
  const { qdisc, netem } = wish;
  const shaped = selfShaped(wish);
  const needsHtb =
    qdisc?.kind === 'htb' || wish.classes.length > 0 || (wish.egressBits !== undefined && shaped === undefined);
  if (needsHtb) return htbEgress(wish);
  const leaf = shaped ?? qdisc;
  if (netem !== undefined) return single(netem, leaf);
  return leaf === undefined ? null : single(leaf);
};
