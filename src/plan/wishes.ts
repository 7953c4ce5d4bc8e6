// What is wished for an interface: the plan's own values over its profile's over what earlier plans committed.
import type { Finding } from '../model/finding.ts';
import { error } from '../model/finding.ts';
import type { Knob } from '../model/knob.ts';
import type { Policy } from '../model/policy.ts';
import type { Committed } from '../model/snapshot.ts';
import type { ParameterPlan } from './schema.ts';
import { isRecord } from '../model/record.ts';

export type Origin = 'plan' | 'profile' | 'committed';

export interface Wishes {
  /** In effect after the plan, by knob id; a removed knob is absent. */
  effective: Record<string, unknown>;
  /** Knobs this plan sets or removes, in the knobs' order. */
  touched: string[];
  origin: (path: string) => Origin;
  findings: Finding[];
}

const removes = (wish: unknown): boolean => wish === null || (Array.isArray(wish) && wish.length === 0);

/** Merges key by key; a null removes the key. Undefined when nothing is left. */
const mergeKeys = (below: unknown, above: unknown): unknown => {
  const merged = Object.fromEntries(
    Object.entries({ ...(isRecord(below) ? below : {}), ...(isRecord(above) ? above : {}) }).filter(
      ([, value]) => value !== null,
    ),
  );
  return Object.keys(merged).length === 0 ? undefined : merged;
};

const covers = (changes: Record<string, unknown>, knobs: readonly Knob[], path: string): boolean =>
  knobs.some((knob) => {
    const wish = changes[knob.id];
    if (wish === undefined) return false;
    const root = `changes.${knob.id}`;
    if (knob.meets === 'replace' || !isRecord(wish))
      return path === root || path.startsWith(`${root}.`) || path.startsWith(`${root}[`);
    return (
      path === root || Object.keys(wish).some((key) => path === `${root}.${key}` || path.startsWith(`${root}.${key}.`))
    );
  });

export const inheritsProfile = (plan: ParameterPlan): boolean => plan.inherit ?? plan.changes === undefined;

export const mergeWishes = (
  plan: ParameterPlan,
  iface: string,
  policy: Policy,
  committed: Committed,
  knobs: readonly Knob[],
): Wishes => {
  const findings: Finding[] = [];
  const profile = plan.profile === undefined ? undefined : policy.profiles.get(plan.profile);
  if (plan.profile !== undefined && profile === undefined) {
    findings.push(
      error(
        'profile',
        'not_found',
        `there is no profile "${plan.profile}"`,
        `Known profiles: ${[...policy.profiles.keys()].join(', ')}.`,
      ),
    );
  }
  const own: Record<string, unknown> = Object.fromEntries(
    Object.entries(plan.changes ?? {}).filter(([, wish]) => wish !== undefined),
  );
  const inherited: Record<string, unknown> = profile !== undefined && inheritsProfile(plan) ? profile.changes : {};
  const effective: Record<string, unknown> = {};
  const touched: string[] = [];
  for (const knob of knobs) {
    const before = committed.wishes.find((entry) => entry.iface === iface && entry.knob === knob.id)?.wish;
    const wanted = own[knob.id];
    const preset = inherited[knob.id];
    if (wanted === undefined && preset === undefined) {
      if (before !== undefined) effective[knob.id] = before;
      continue;
    }
    touched.push(knob.id);
    if (wanted !== undefined && removes(wanted)) continue;
    const wish = knob.meets === 'merge' ? mergeKeys(mergeKeys(before, preset), wanted) : (wanted ?? preset);
    if (wish !== undefined) effective[knob.id] = wish;
  }
  return {
    effective,
    touched,
    findings,
    origin: (path) => (covers(own, knobs, path) ? 'plan' : covers(inherited, knobs, path) ? 'profile' : 'committed'),
  };
};
