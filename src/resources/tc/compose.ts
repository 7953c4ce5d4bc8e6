// From the knobs' parts to one tree per direction: never a second root, and every choice that was made for the user is said.
import type { Composed, ComposeContext, PartEntry } from '../../model/resource.ts';
import { egressTree } from './egress.ts';
import { ingressSide } from './ingress.ts';
import type { Part } from './part.ts';
import type { State } from './state.ts';
import { gather } from './wish.ts';

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
