// The observed tree as one we can go back to: the kernel's default, ours, or (takeover) a single foreign qdisc that can be described exactly.
import { NetError } from '../../model/errors.ts';
import type { OwnContext } from '../../model/resource.ts';
import { ingressDifferences, rootDifferences } from './compare.ts';
import { checkParams, findKind } from './kinds.ts';
import { parseOptions } from './params.ts';
import type { Options, Param, ParamValue } from './params.ts';
import { egressQdiscs, ifbName, ingressOwner, isDefault, rootOf } from './state.ts';
import type { Observed, SeenQdisc, State, Tree } from './state.ts';

type Described = { tree: Tree } | { reason: string };

/** Whether the printed value is the kernel's own: tc's JSON has the same to the last unit. */
const proven = (param: Param, value: ParamValue, exact: Observed['exact']): boolean => {
  if (param.exact === undefined || typeof value !== 'number') return true;
  const told = exact?.[param.exact.key];
  if (typeof told === 'boolean' || told === null || told === undefined) return exact !== null;
  return Math.abs(param.exact.of(value) - Number(told)) <= param.exact.slack;
};

const describeParams = (
  params: readonly Param[],
  options: Options,
  exact: Observed['exact'],
): { values: Record<string, ParamValue> } | { reason: string } => {
  const values: Record<string, ParamValue> = {};
  for (const param of params) {
    const value = param.read(options);
    if (value === undefined) continue;
    if (!proven(param, value, exact)) return { reason: `its ${param.name} cannot be told exactly from what tc prints` };
    values[param.name] = value;
  }
  return { values };
};

const describe = (root: SeenQdisc, observed: Observed): Described => {
  const kind = findKind(root.kind);
  if (kind === undefined) return { reason: `netmcp does not know the parameters of ${root.kind}` };
  if (kind.unrestorable !== undefined) return { reason: kind.unrestorable };
  if (egressQdiscs(observed).length > 1 || observed.classes.length > 0)
    return { reason: 'it has classes or further qdiscs below it' };
  if (observed.filters.length > 0) return { reason: 'it has filters' };
  if (observed.exact === null) return { reason: 'tc does not print its parameters exactly' };
  const options = parseOptions(root.options);
  const known = [...kind.params.flatMap((param) => param.shownAs), ...(kind.fixedWords ?? [])];
  const strange = [...options.keys()].filter((word) => !known.includes(word));
  if (strange.length > 0) return { reason: `netmcp has no parameter for its ${strange.join(', ')}` };
  const described = describeParams(kind.params, options, observed.exact);
  if ('reason' in described) return described;
  const restored = kind.restore?.(described.values, options) ?? { params: described.values };
  if ('reason' in restored) return restored;
  const { params, problems } = checkParams(kind, restored.params);
  const [problem] = problems;
  if (problem !== undefined) return { reason: `its ${problem.param} is outside of what netmcp sets` };
  return { tree: { qdiscs: [{ kind: root.kind, handle: root.handle, parent: 'root', params }], classes: [] } };
};

const currentRoot = (target: string, observed: Observed, context: OwnContext<State>): State['root'] => {
  const root = rootOf(observed);
  if (root === undefined || isDefault(root)) return null;
  const { committed } = context;
  const committedRoot = committed?.root ?? null;
  if (committed !== undefined && committedRoot !== null && rootDifferences(committed, observed).length === 0)
    return committedRoot;
  const what = `${target} has a root qdisc ${root.kind} ${root.handle}`;
  if (committedRoot !== null) {
    throw new NetError(
      'plan_refused',
      `${what} that is not as netmcp left it: ${rootDifferences({ root: committedRoot, ingress: null }, observed)
        .map((difference) => difference.path)
        .join(', ')} changed since`,
      'Roll our change back (with force where a value drifted), or bring the tree back to what it was, and plan again.',
    );
  }
  if (!context.takeover) {
    throw new NetError(
      'plan_refused',
      `${what} that netmcp did not make: ${`${root.kind} ${root.options}`.trim()}`,
      `Remove it (tc qdisc del dev ${target} root), or plan with takeover: true, which puts it back on rollback where that is possible exactly.`,
    );
  }
  const described = describe(root, observed);
  if ('tree' in described) return described.tree;
  throw new NetError(
    'plan_refused',
    `${what} that could not be restored exactly: ${described.reason}`,
    `Save what made it, remove it (tc qdisc del dev ${target} root), and plan again.`,
  );
};

const currentIngress = (target: string, observed: Observed, context: OwnContext<State>): State['ingress'] => {
  const ours = ingressOwner(target, observed) === 'ours' || observed.ifb !== null;
  if (!ours) return null;
  const { committed } = context;
  const committedIngress = committed?.ingress ?? null;
  if (
    committed !== undefined &&
    committedIngress !== null &&
    ingressDifferences(target, committed, observed).length === 0
  ) {
    return committedIngress;
  }
  const ifb = ifbName(target);
  throw new NetError(
    'plan_refused',
    committedIngress === null
      ? `there is a link ${ifb} or a redirect to it at the ingress of ${target} that no committed change of netmcp made`
      : `the ingress shaper of ${target} (${ifb}) is not as netmcp left it`,
    committedIngress === null
      ? `Remove it (tc qdisc del dev ${target} ingress; ip link del ${ifb}) and plan again.`
      : 'Roll our change back (with force where a value drifted) and plan again.',
  );
};

export const currentState = (target: string, observed: Observed, context: OwnContext<State>): State => ({
  root: currentRoot(target, observed, context),
  ingress: currentIngress(target, observed, context),
});
