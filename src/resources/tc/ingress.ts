// The shaper for what comes in: an ifb behind an ingress qdisc.
import { error } from '../../model/finding.ts';
import { addressOf } from '../../model/snapshot.ts';
import { plainShaper } from './htb-tree.ts';
import { findKind } from './kinds.ts';
import { chooseLeaf } from './leaf.ts';
import { ifbName, ingressOwner, observedSchema } from './state.ts';
import type { State } from './state.ts';
import { lacks, noHtb, single } from './wish.ts';
import type { Wish } from './wish.ts';

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

export const ingressSide = (wish: Wish): State['ingress'] => {
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
