// recommend: a profile fitted to one host. Every value comes with its reason, evidence and card; everything left out with why. Pure: same snapshot, same plan.
import { asErrorCode, NetError } from '../model/errors.ts';
import type { Finding } from '../model/finding.ts';
import { findCard } from '../model/policy.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { type Candidate, adapted } from './candidates.ts';
import { type Role, factsOf } from './facts.ts';
import { changesFrom, concerns } from './places.ts';
import { roleOf } from './role.ts';
import { type Validation, validatePlan } from './validate.ts';
import { type Judged, type RecommendInput, judge } from './verdicts.ts';

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

/** A candidate that is kept, with what stands in its place now. */
type Wanted = Candidate & Pick<Judged, 'current'>;

const shown = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

const outOf = (candidate: Candidate, { code, reason }: { code: string; reason: string }): LeftOut => ({
  card: candidate.card.id,
  path: `changes.${candidate.path}`,
  code,
  reason: candidate.value === null ? reason : `${reason} (would be ${shown(candidate.value)})`,
});

/** Takes away what the whole plan is refused for, one place at a time, until it stands. */
const settle = (
  candidates: Wanted[],
  input: RecommendInput,
  leftOut: LeftOut[],
): { kept: Wanted[]; validation: Validation } => {
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
  const wanted: Wanted[] = [];
  const candidates = [...adapted(profile, policy, facts).values()];
  for (const candidate of candidates) {
    const { verdict, current } = judge(candidate, input);
    if (verdict !== undefined) leftOut.push(outOf(candidate, verdict));
    else wanted.push({ ...candidate, current });
  }
  const { kept, validation } = settle(wanted, input, leftOut);
  const decided = new Set([...kept, ...candidates].map(({ card }) => card.id));
  for (const [card, reason] of Object.entries(profile.left_out)) {
    if (!decided.has(card)) leftOut.push({ card, path: null, code: 'by_profile', reason });
  }
  const reasons = kept.map((candidate): Reason => {
    const { card, path, value, current, reason, evidence, source } = candidate;
    return { path: `changes.${path}`, card: card.id, value, current, reason, evidence, source };
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
