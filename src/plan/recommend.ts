// recommend: a profile fitted to one host. Every value comes with its reason, evidence and card; everything left out with why. Pure: same snapshot, same plan.
import * as z from 'zod';
import { asErrorCode, NetError } from '../model/errors.ts';
import type { Finding } from '../model/finding.ts';
import type { Knob } from '../model/knob.ts';
import { ownersOf } from '../model/owner.ts';
import { type Policy, findCard } from '../model/policy.ts';
import type { Resource } from '../model/resource.ts';
import { type Snapshot, addressOf } from '../model/snapshot.ts';
import { sysctlObservedSchema } from '../model/sysctl.ts';
import { type Candidate, adapted } from './candidates.ts';
import { type LinkFacts, type Role, factsOf } from './facts.ts';
import { describeOwner, rivalsOf } from './ownership.ts';
import { type Place, changesFrom, concerns } from './places.ts';
import { type Validation, validatePlan } from './validate.ts';

const riskOrder = ['none', 'low', 'medium', 'high'] as const;

export interface Constraints {
  /** Card ids (either spelling), knobs or sysctl keys that must not be touched. */
  exclude?: readonly string[] | undefined;
  /** Cards of a higher risk are left out. */
  max_risk?: (typeof riskOrder)[number] | undefined;
}

export interface RecommendInput {
  goal: string;
  iface: string;
  role?: Role | undefined;
  link?: LinkFacts | undefined;
  constraints?: Constraints | undefined;
  snapshot: Snapshot;
  policy: Policy;
  knobs: readonly Knob[];
  resources: readonly Resource[];
}

export interface Reason {
  path: string;
  card: string;
  value: unknown;
  current: string | null;
  reason: string;
  evidence: string;
  source: string;
}

export interface LeftOut {
  card: string;
  path: string | null;
  code: string;
  reason: string;
}

export interface Recommendation {
  plan: Record<string, unknown>;
  role: Role;
  reasons: Reason[];
  left_out: LeftOut[];
  /** What validation says about the plan as it stands. */
  findings: Finding[];
  notes: string[];
}

/** Forwarding that Docker switched on, or that a host with one link inherited, makes no router. */
const roleOf = ({ role, goal, snapshot }: RecommendInput): Role => {
  if (role !== undefined) return role;
  if (goal === 'server' || goal === 'router') return goal;
  const key = 'net.ipv4.ip_forward';
  const forwarding = sysctlObservedSchema.safeParse(snapshot.observed[addressOf('sysctl', key)]).data?.value === '1';
  const dockers = ownersOf(snapshot.owners ?? [], { kind: 'sysctl', key }).some(
    ({ manager, active }) => manager === 'Docker' && active,
  );
  const links = Object.values(snapshot.interfaces).filter(
    ({ name, ipv4, ipv6 }) => name !== 'lo' && ipv4.length + ipv6.length > 0,
  );
  return forwarding && !dockers && links.length > 1 ? 'router' : 'client';
};

type Verdict = { code: string; reason: string } | undefined;

const excluded = (candidate: Candidate, { constraints }: RecommendInput): Verdict => {
  const { card, knob, path } = candidate;
  const names = [card.id, card.id.replace('.', '_'), knob, path, candidate.key ?? ''];
  const word = constraints?.exclude?.find((entry) => names.includes(entry) || entry === `changes.${path}`);
  if (word !== undefined) return { code: 'constraint', reason: `the constraints exclude ${word}` };
  const most = constraints?.max_risk;
  if (most === undefined || riskOrder.indexOf(card.risk) <= riskOrder.indexOf(most)) return undefined;
  return { code: 'constraint', reason: `its risk is ${card.risk}, and the constraints allow ${most} at most` };
};

const judgeAlone = (candidate: Candidate, input: RecommendInput): Validation =>
  validatePlan({ ...input, plan: { iface: input.iface, changes: changesFrom([candidate]) } });

const writtenSchema = z.looseObject({ value: z.string() });

/** The sysctl keys behind a knob of another name: connection_tracking writes some, and their owners count too. */
const keysWritten = ({ compiled }: Validation): Place[] =>
  (compiled?.steps ?? []).flatMap(({ step }) => {
    if (step.resource !== 'sysctl') return [];
    const to = writtenSchema.safeParse(step.to).data;
    return to === undefined
      ? []
      : [{ path: `sysctl.${step.target}`, knob: 'sysctl', key: step.target, value: to.value }];
  });

/** The present value where the last of its numbers is above the wanted one and more does no harm. */
const alreadyEnough = ({ card, key, value }: Candidate, { observed }: Snapshot): string | undefined => {
  if (card.more_is_enough !== true || key === undefined || typeof value !== 'string') return undefined;
  const read = sysctlObservedSchema.safeParse(observed[addressOf('sysctl', key)]).data?.value;
  const last = (text: string): number => Number(text.trim().split(/\s+/).at(-1));
  return read !== undefined && last(read) > last(value) ? read : undefined;
};

const verdictOf = (candidate: Candidate, input: RecommendInput): Verdict => {
  if (candidate.value === null) return { code: 'not_for_this_host', reason: candidate.reason };
  if (candidate.card.no_effect === true) {
    return { code: 'no_effect', reason: candidate.card.caveat ?? candidate.card.cannot_help_when[0] ?? 'no effect' };
  }
  const barred = excluded(candidate, input);
  if (barred !== undefined) return barred;
  const alone = judgeAlone(candidate, input);
  const refused = alone.issues.find((issue) => issue.severity === 'error');
  if (refused !== undefined) return { code: refused.code, reason: refused.message };
  const rival = [candidate, ...keysWritten(alone)]
    .flatMap((place) => rivalsOf(place, input.iface, input.snapshot))
    .find((owner) => !owner.shipped);
  if (rival !== undefined) return { code: 'conflict', reason: describeOwner(rival) };
  const enough = alreadyEnough(candidate, input.snapshot);
  if (enough !== undefined) return { code: 'already_set', reason: `this host allows more already (${enough})` };
  if (alone.compiled?.steps.length === 0) {
    const lacking = alone.issues.find((issue) => issue.code === 'missing_kernel_feature');
    return lacking === undefined
      ? { code: 'already_set', reason: 'this host has that value already' }
      : { code: lacking.code, reason: lacking.message };
  }
  return undefined;
};

const shown = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

const outOf = (candidate: Candidate, { code, reason }: { code: string; reason: string }): LeftOut => ({
  card: candidate.card.id,
  path: `changes.${candidate.path}`,
  code,
  reason: candidate.value === null ? reason : `${reason} (would be ${shown(candidate.value)})`,
});

/** Takes away what the whole plan is refused for, one place at a time, until it stands. */
const settle = (
  candidates: Candidate[],
  input: RecommendInput,
  leftOut: LeftOut[],
): { kept: Candidate[]; validation: Validation } => {
  let kept = candidates;
  for (;;) {
    const plan = { iface: input.iface, changes: changesFrom(kept) };
    const validation = validatePlan({ ...input, plan });
    const refused = validation.issues.find((issue) => issue.severity === 'error');
    if (refused === undefined) return { kept, validation };
    const at = kept.findLastIndex((candidate) => concerns(candidate, refused.path));
    const culprit = kept[at];
    if (culprit === undefined) throw new NetError(asErrorCode(refused.code), refused.message, refused.hint);
    leftOut.push(outOf(culprit, { code: refused.code, reason: refused.message }));
    kept = kept.filter((candidate) => candidate !== culprit);
  }
};

const currentOf = (candidate: Candidate, input: RecommendInput): string | null => {
  const differences = (judgeAlone(candidate, input).compiled?.steps ?? []).flatMap((step) => step.diff);
  const text = differences.map(({ current }) => current ?? 'absent').join('; ');
  return text === '' ? null : text.slice(0, 300);
};

const withoutRight = ({ initial_netns: initial }: Snapshot): string =>
  initial
    ? 'this process lacks CAP_NET_ADMIN: the plan can be read, and applied by root'
    : 'this process is in a container or namespace without CAP_NET_ADMIN: the plan can be read; applying it needs that right and a writable /proc/sys';

/** Words of the constraints that name nothing: a misspelt one would silently protect nothing. */
const idleWords = ({ constraints, policy, knobs }: RecommendInput): string[] =>
  (constraints?.exclude ?? []).filter((word) => {
    const plain = word.replace(/^changes[.](sysctl[.](?=net[.]))?/, '');
    const knob = plain.split('.', 1)[0];
    return findCard(policy, plain) === undefined && !knobs.some(({ id }) => id === knob);
  });

const notesOf = (input: RecommendInput, role: Role): string[] => [
  ...idleWords(input).map((word) => `constraints.exclude names ${JSON.stringify(word)}, which is no card, knob or key`),
  ...aboutHost(input, role, input.role),
];

const aboutHost = ({ snapshot, link }: RecommendInput, role: Role, given: Role | undefined): string[] => [
  ...(given === undefined ? [`role taken as ${role}; say role if that is wrong`] : []),
  ...(link?.rtt_ms === undefined ? ['without link.rtt_ms buffers are not sized by the bandwidth-delay product'] : []),
  ...(snapshot.net_admin ? [] : [withoutRight(snapshot)]),
  ...(snapshot.owner_warnings ?? []),
];

export const recommend = (input: RecommendInput): Recommendation => {
  const { goal, iface, policy, snapshot, link } = input;
  const profile = policy.profiles.get(goal);
  if (profile === undefined) {
    const known = `Profiles: ${[...policy.profiles.keys()].join(', ')}.`;
    throw new NetError('not_found', `there is no profile ${JSON.stringify(goal.slice(0, 100))}`, known);
  }
  const role = roleOf(input);
  const facts = factsOf({ snapshot, iface, policy, wishes: profile.changes, emulate: false, role, link });
  const leftOut: LeftOut[] = [];
  const wanted: Candidate[] = [];
  const candidates = [...adapted(profile, policy, facts).values()];
  for (const candidate of candidates) {
    const verdict = verdictOf(candidate, input);
    if (verdict === undefined) wanted.push(candidate);
    else leftOut.push(outOf(candidate, verdict));
  }
  const { kept, validation } = settle(wanted, input, leftOut);
  const decided = new Set([...kept, ...candidates].map(({ card }) => card.id));
  for (const [card, reason] of Object.entries(profile.left_out)) {
    if (!decided.has(card)) leftOut.push({ card, path: null, code: 'by_profile', reason });
  }
  const reasons = kept.map((candidate): Reason => {
    const { card, path, value, reason, evidence, source } = candidate;
    return {
      path: `changes.${path}`,
      card: card.id,
      value,
      current: currentOf(candidate, input),
      reason,
      evidence,
      source,
    };
  });
  const plan = {
    iface,
    profile: goal,
    inherit: false,
    changes: changesFrom(kept),
    rationale: reasons.map(({ path, reason }) => `${path}: ${reason}`.slice(0, 1000)).slice(0, 50),
  };
  const findings = validation.issues.filter((issue) => issue.code !== 'nothing_wished');
  return { plan, role, reasons, left_out: leftOut, findings, notes: notesOf(input, role) };
};
