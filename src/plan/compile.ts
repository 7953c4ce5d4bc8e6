// From wishes to steps: knobs give fragments, resources compose them, and what differs from the host becomes a step.
import type { ResourceCommand } from '../model/command.ts';
import { asErrorCode, NetError } from '../model/errors.ts';
import type { Finding } from '../model/finding.ts';
import { error } from '../model/finding.ts';
import type { Knob } from '../model/knob.ts';
import type { DiffEntry, Step } from '../model/plan.ts';
import type { Policy } from '../model/policy.ts';
import type { Resource } from '../model/resource.ts';
import type { Committed, Fragment, Snapshot } from '../model/snapshot.ts';
import { addressOf } from '../model/snapshot.ts';
import { boundsFindings } from './bounds.ts';
import { canonicalWish } from './canonical.ts';
import { combinationFindings } from './combinations.ts';
import { keyOwnershipFindings, ownershipFindings } from './ownership.ts';
import { findingsOf } from './schema.ts';
import type { ParameterPlan } from './schema.ts';
import { mergeWishes } from './wishes.ts';
import type { Origin, Wishes } from './wishes.ts';

export interface CompiledStep {
  step: Step;
  commands: ResourceCommand[];
  undo: ResourceCommand[];
  diff: DiffEntry[];
}

export interface Compiled {
  findings: Finding[];
  /** In the order they are to run. */
  steps: CompiledStep[];
  /** What will be committed once the change is confirmed. */
  committed: Committed;
  /** Addresses (`resource:target`) whose observed values this plan reads or writes. */
  readSet: string[];
}

export interface CompileInput {
  plan: ParameterPlan;
  iface: string;
  snapshot: Snapshot;
  policy: Policy;
  knobs: readonly Knob[];
  resources: readonly Resource[];
  /** Marks what this change commits; empty while only rendering. */
  changeId: string;
}

interface Expanded {
  fragments: Fragment[];
  findings: Finding[];
}

/** What policy and the host's other managers say of the wishes, besides the knobs themselves. */
const policyFindings = (input: CompileInput, { effective, touched }: Wishes): Finding[] => {
  const { iface, snapshot, policy, knobs, plan } = input;
  const sound = touched.filter((id) => knobs.find((knob) => knob.id === id)?.schema.safeParse(effective[id]).success);
  const canonical = Object.fromEntries(sound.map((id) => [id, canonicalWish(id, effective[id])]));
  return [
    ...boundsFindings(canonical, sound, policy),
    ...combinationFindings({ snapshot, iface, policy, wishes: effective, emulate: plan.emulate ?? false }, sound),
    ...ownershipFindings(effective, sound, iface, snapshot),
  ];
};

const expandKnob = (knob: Knob, wish: unknown, input: CompileInput, wishes: Wishes): Expanded => {
  const parsed = knob.schema.safeParse(wish);
  if (!parsed.success) {
    return { fragments: [], findings: findingsOf(parsed.error, wish, knob.schema, ['changes', knob.id]) };
  }
  const given = knob.fragments(wish, {
    iface: input.iface,
    snapshot: input.snapshot,
    policy: input.policy,
    wishes: wishes.effective,
    emulate: input.plan.emulate ?? false,
    origin: wishes.origin,
  });
  return {
    findings: given.findings,
    fragments: given.fragments.map((fragment) => ({ ...fragment, iface: input.iface, knob: knob.id })),
  };
};

/** The union of committed fragments and the plan's: a touched knob's old fragments give way to its new ones, in the knobs' order per interface. */
const uniteFragments = (
  committed: Committed,
  iface: string,
  touched: readonly string[],
  fresh: readonly Fragment[],
): Fragment[] => [
  ...committed.fragments.filter((fragment) => fragment.iface !== iface || !touched.includes(fragment.knob)),
  ...fresh,
];

const addressesOf = (fragments: readonly Fragment[]): string[] => [
  ...new Set(fragments.map((fragment) => addressOf(fragment.resource, fragment.target))),
];

const findResource = (resources: readonly Resource[], id: string): Resource => {
  const found = resources.find((resource) => resource.id === id);
  if (found === undefined) {
    throw new NetError(
      'internal',
      `no resource is called ${id}`,
      'This is a fault of netmcp: a knob or a stored record names a resource that does not exist.',
    );
  }
  return found;
};

const splitAddress = (address: string): { id: string; target: string } => {
  const colon = address.indexOf(':');
  return { id: address.slice(0, colon), target: address.slice(colon + 1) };
};

/** What a target is made of: everybody's parts, and those of the knobs that this plan touches, before and after. */
interface TargetParts {
  all: readonly Fragment[];
  touched: readonly Fragment[];
}

const origins: readonly Origin[] = ['plan', 'profile', 'committed'];

/** Where the plan says it: only sysctl parts are one key of a wish each. */
const wishPath = (knob: string, target: string): string =>
  knob === 'sysctl' ? `changes.sysctl.${target}` : `changes.${knob}`;

/** Who wants the difference: the plan's own words before the profile's before what was committed. */
const originOf = (target: string, { touched }: TargetParts, wishes: Wishes): Origin => {
  const found = touched.map(({ knob }) => wishes.origin(wishPath(knob, target)));
  return origins.find((origin) => found.includes(origin)) ?? 'committed';
};

interface TargetResult {
  findings: Finding[];
  compiled: CompiledStep | undefined;
  original: unknown;
  state: unknown;
}

const compileTarget = (address: string, parts: TargetParts, input: CompileInput, wishes: Wishes): TargetResult => {
  const { id, target } = splitAddress(address);
  const resource = findResource(input.resources, id);
  const { snapshot } = input;
  const unread = snapshot.unread?.[address];
  if (unread !== undefined) throw new NetError(asErrorCode(unread.code), unread.message, unread.hint);
  const observed = snapshot.observed[address] ?? null;
  // What has gone from the host (a key with its module) cannot be brought back, and nobody wants it any more.
  if (parts.all.length === 0 && observed === null)
    return { findings: [], compiled: undefined, original: null, state: null };
  const from = resource.current(target, observed, {
    snapshot,
    committed: snapshot.committed.states[address],
    takeover: input.plan.takeover ?? false,
  });
  // Null is an original too: nothing was there before our first change.
  const { originals } = snapshot.committed;
  const original = Object.hasOwn(originals, address) ? originals[address] : from;
  const composed =
    parts.all.length === 0
      ? { state: original, findings: [] }
      : resource.compose(target, parts.all, { snapshot, original });
  const differences = resource.differences(target, composed.state, observed);
  const origin = originOf(target, parts, wishes);
  const result: TargetResult = { findings: composed.findings, compiled: undefined, original, state: composed.state };
  if (differences.length === 0) return result;
  const after = resource.expected(target, composed.state, observed);
  result.compiled = {
    step: { resource: id, target, from, to: composed.state },
    commands: resource.commands(target, observed, composed.state),
    undo: resource.commands(target, after, from),
    diff: differences.map((difference) => ({ ...difference, origin })),
  };
  return result;
};

const commitTarget = (committed: Committed, address: string, owned: boolean, result: TargetResult): void => {
  if (owned) {
    committed.originals[address] = result.original;
    committed.states[address] = result.state;
    return;
  }
  committed.originals = Object.fromEntries(Object.entries(committed.originals).filter(([key]) => key !== address));
  committed.states = Object.fromEntries(Object.entries(committed.states).filter(([key]) => key !== address));
};

export const compile = (input: CompileInput): Compiled => {
  const { snapshot, iface, knobs } = input;
  const before = snapshot.committed;
  const wishes = mergeWishes(input.plan, iface, input.policy, before, knobs);
  const findings = [...wishes.findings];
  const fresh: Fragment[] = [];
  for (const knob of knobs) {
    if (!wishes.touched.includes(knob.id) || wishes.effective[knob.id] === undefined) continue;
    const expanded = expandKnob(knob, wishes.effective[knob.id], input, wishes);
    findings.push(...expanded.findings);
    fresh.push(...expanded.fragments);
  }
  const refusedAt = new Set(findings.filter(({ severity }) => severity === 'error').map(({ path }) => path));
  findings.push(
    // What a knob has refused itself is not refused again.
    ...policyFindings(input, wishes).filter(({ severity, path }) => severity !== 'error' || !refusedAt.has(path)),
    ...keyOwnershipFindings(fresh, iface, snapshot),
  );
  const united = uniteFragments(before, iface, wishes.touched, fresh);
  const gone = before.fragments.filter(
    (fragment) => fragment.iface === iface && wishes.touched.includes(fragment.knob),
  );
  const addresses = [...new Set([...addressesOf(gone), ...addressesOf(fresh)])];
  const committed: Committed = {
    wishes: [
      ...before.wishes.filter((entry) => entry.iface !== iface || !wishes.touched.includes(entry.knob)),
      ...wishes.touched.flatMap((knob) =>
        wishes.effective[knob] === undefined
          ? []
          : [{ iface, knob, wish: wishes.effective[knob], change_id: input.changeId }],
      ),
    ],
    fragments: united,
    originals: { ...before.originals },
    states: { ...before.states },
  };
  const steps: { order: number; compiled: CompiledStep }[] = [];
  for (const address of addresses) {
    const isHere = (fragment: Fragment) => addressOf(fragment.resource, fragment.target) === address;
    const parts: TargetParts = { all: united.filter(isHere), touched: [...fresh, ...gone].filter(isHere) };
    try {
      const result = compileTarget(address, parts, input, wishes);
      findings.push(...result.findings);
      commitTarget(committed, address, parts.all.length > 0, result);
      const { id, target } = splitAddress(address);
      if (result.compiled !== undefined)
        steps.push({ order: findResource(input.resources, id).order(target), compiled: result.compiled });
    } catch (refused) {
      if (!(refused instanceof NetError) || refused.code === 'internal') throw refused;
      const path = wishPath(parts.touched[0]?.knob ?? 'unknown', splitAddress(address).target);
      findings.push(error(path, refused.code, refused.message, refused.hint));
    }
  }
  // Array.prototype.sort is stable: equal orders keep the knobs' order, so the same plan gives the same steps.
  steps.sort((a, b) => a.order - b.order);
  return { findings, steps: steps.map((entry) => entry.compiled), committed, readSet: addresses };
};
