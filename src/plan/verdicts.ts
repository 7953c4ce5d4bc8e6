// Which of a profile's values a recommendation keeps: each judged alone against host, constraints and other owners.
import type { Knob } from '../model/knob.ts';
import type { Policy } from '../model/policy.ts';
import type { Resource } from '../model/resource.ts';
import { type Snapshot, addressOf } from '../model/snapshot.ts';
import { sysctlObservedSchema } from '../model/sysctl.ts';
import * as z from 'zod';
import type { Candidate } from './candidates.ts';
import type { LinkFacts, Role } from './facts.ts';
import { describeOwner, rivalsOf } from './ownership.ts';
import { type Place, changesFrom } from './places.ts';
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

/** Why a candidate is left out; undefined: it is wanted. */
type Verdict = { code: string; reason: string } | undefined;

export interface Judged {
  verdict: Verdict;
  /** What stands where the candidate alone would change something; null when that is nothing. */
  current: string | null;
}

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

/** Why the candidate is left out before anything is tried on this host. */
const barredBy = (candidate: Candidate, input: RecommendInput): Verdict => {
  if (candidate.value === null) return { code: 'not_for_this_host', reason: candidate.reason };
  if (candidate.card.no_effect === true) {
    return { code: 'no_effect', reason: candidate.card.caveat ?? candidate.card.cannot_help_when[0] ?? 'no effect' };
  }
  return excluded(candidate, input);
};

/** Why the candidate is left out once it was judged alone against this host. */
const refusedBy = (candidate: Candidate, alone: Validation, input: RecommendInput): Verdict => {
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

const currentIn = ({ compiled }: Validation): string | null => {
  const differences = (compiled?.steps ?? []).flatMap((step) => step.diff);
  const text = differences.map(({ current }) => current ?? 'absent').join('; ');
  return text === '' ? null : text.slice(0, 300);
};

export const judge = (candidate: Candidate, input: RecommendInput): Judged => {
  const barred = barredBy(candidate, input);
  if (barred !== undefined) return { verdict: barred, current: null };
  const alone = judgeAlone(candidate, input);
  return { verdict: refusedBy(candidate, alone, input), current: currentIn(alone) };
};
