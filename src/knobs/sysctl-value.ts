// One sysctl wish judged: is the key on the allowlist, does its card take the value, can this host take it. Other knobs that set keys use it too.
import { boundsReason, checkValue, describeBounds, normaliseValue, prohibitedReason } from '../model/card-value.ts';
import { type Finding, error, warning } from '../model/finding.ts';
import type { KnobContext, KnobResult } from '../model/knob.ts';
import type { Card, Policy } from '../model/policy.ts';
import { addressOf } from '../model/snapshot.ts';
import { sysctlObservedSchema, sysctlPath } from '../model/sysctl.ts';
import { hostChecks } from './sysctl-host-checks.ts';
import type { Lack } from './unavailable.ts';
import { leftOut, unavailable } from './unavailable.ts';

/** Keys whose absence matters to nobody, and why. */
const withoutEffect: ReadonlyMap<string, string> = new Map([
  ['net.ipv4.tcp_low_latency', 'it has had no effect since Linux 4.14'],
]);

const bigrams = (text: string): Set<string> =>
  new Set(Array.from({ length: Math.max(0, text.length - 1) }, (_unused, index) => text.slice(index, index + 2)));

/** The keys with a card that look most like what was asked for. */
export const nearestKeys = (key: string, policy: Policy): string[] => {
  const asked = bigrams(key.slice(0, 128).toLowerCase());
  const likeness = (candidate: string): number => {
    const parts = bigrams(candidate);
    const shared = [...parts].filter((part) => asked.has(part)).length;
    return (2 * shared) / (parts.size + asked.size);
  };
  return [...policy.cardsByKey.keys()]
    .map((candidate) => ({ candidate, score: likeness(candidate) }))
    .filter(({ score }) => score > 0.5)
    .sort((a, b) => b.score - a.score)
    .slice(0, 3)
    .map(({ candidate }) => candidate);
};

const unlisted = (path: string, key: string, policy: Policy): Finding => {
  const near = nearestKeys(key, policy);
  const hint =
    near.length === 0
      ? 'Call list_policy with kind "cards" for the settings that can be changed.'
      : `Similar keys that can be set: ${near.join(', ')}. list_policy with kind "cards" shows all.`;
  return error(path, 'plan_refused', `no card allows the sysctl "${key.slice(0, 128)}"`, hint);
};

const valueFinding = (path: string, card: Card, value: string, context: KnobContext): Finding | undefined => {
  const { limits } = context.policy;
  const reason = checkValue(card, value) ?? boundsReason(limits, card, value);
  if (reason !== undefined) {
    const code = card.range.type === 'enum' ? 'invalid_argument' : 'limit_exceeded';
    const allowed = describeBounds(limits.bounds[card.id]);
    return error(path, code, `${card.name}: ${reason}`, `Allowed: ${allowed} (limits.yaml, card ${card.id}).`);
  }
  const prohibited = prohibitedReason(limits, card, value);
  if (prohibited === undefined) return undefined;
  return error(path, 'plan_refused', `${card.name}=${value} is prohibited: ${prohibited}`, 'Choose another value.');
};

const presence = (key: string, value: string, context: KnobContext): Lack | undefined => {
  const raw = context.snapshot.observed[addressOf('sysctl', key)];
  if (raw === undefined) return undefined;
  const observed = sysctlObservedSchema.parse(raw);
  if (observed === null) {
    const hint = context.snapshot.initial_netns
      ? `There is no ${sysctlPath(key)}: the kernel is too old or new for it, or its module is not loaded.`
      : 'In this network namespace the key does not exist; it may in the initial one.';
    return { code: 'missing_kernel_feature', message: `this host has no sysctl ${key}`, hint };
  }
  if (observed.writable || observed.value === value || !context.snapshot.net_admin) return undefined;
  return {
    code: 'missing_kernel_feature',
    message: `${key} is read-only here (it is "${observed.value}")`,
    hint: 'The key belongs to the initial network namespace: set it there, not inside a container or namespace.',
  };
};

/** Judges `key = wished` and gives its fragment when it can be set; `path` is where the plan says it. */
export const sysctlFragment = (
  key: string,
  wished: string | number,
  path: string,
  context: KnobContext,
): KnobResult => {
  const card = context.policy.cardsByKey.get(key);
  if (card === undefined) return { fragments: [], findings: [unlisted(path, key, context.policy)] };
  const value = normaliseValue(wished);
  const refused = valueFinding(path, card, value, context);
  if (refused !== undefined) {
    // A site's narrower card or limit takes a value out of a profile, not the profile away.
    return { fragments: [], findings: [context.origin(path) === 'profile' ? leftOut(path, refused) : refused] };
  }
  const missing = presence(key, value, context) ?? hostChecks(key, value, context);
  if (missing !== undefined) {
    const said = withoutEffect.has(key)
      ? leftOut(path, { ...missing, hint: `Nothing is lost: ${withoutEffect.get(key) ?? ''}.` })
      : unavailable(path, context, missing);
    return { fragments: [], findings: [said] };
  }
  const fresh = context.origin(path) !== 'committed';
  const caveat = card.caveat?.replace(/\.$/, '');
  const findings = fresh && caveat !== undefined ? [warning(path, 'caveat', caveat, `See get_card ${card.id}.`)] : [];
  return { fragments: [{ resource: 'sysctl', target: key, part: { value } }], findings };
};
