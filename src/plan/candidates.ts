// Candidates: every value a profile and the rules that fit this host want in a plan, each with its reason and evidence.
import { NetError } from '../model/errors.ts';
import type { Card, Policy, Profile } from '../model/policy.ts';
import { type Facts, allHold, evaluate, fillIn } from '../policy/evaluate.ts';
import { type Place, placesOf } from './places.ts';

/** One value on its way into the plan. */
export interface Candidate extends Place {
  card: Card;
  reason: string;
  evidence: string;
  source: string;
}

const cardOf = (place: Place, profile: Profile, { cards, cardsByKey }: Policy): Card | undefined => {
  if (place.knob === 'sysctl') return cardsByKey.get(place.key ?? '');
  const own = [...cards.values()].filter((card) => card.knob === place.knob);
  const covers = (card: Card): boolean =>
    place.key === undefined || (card.parameters ?? []).some(({ field }) => field === place.key);
  const active = own.filter((card) => profile.active_cards.includes(card.id));
  return active.find(covers) ?? active[0] ?? own.find(covers) ?? own[0];
};

const internal = (what: string): NetError =>
  new NetError('internal', what, 'This is a fault of the policy or of netmcp; report it.');

const fromProfile = (place: Place, profile: Profile, policy: Policy): Candidate => {
  const card = cardOf(place, profile, policy);
  if (card === undefined) throw internal(`no card stands for ${place.path} of profile ${profile.name}`);
  const evidence = card.references[0] ?? '';
  return { ...place, card, reason: profile.why[card.id] ?? card.purpose, evidence, source: `profile ${profile.name}` };
};

/** The profile's values with every adaptation that applies, later rules over earlier ones; null values stay to be reported. */
export const adapted = (profile: Profile, policy: Policy, facts: Facts): Map<string, Candidate> => {
  const found = new Map(
    placesOf(profile.changes).map((place) => [place.path, fromProfile(place, profile, policy)] as const),
  );
  for (const rule of policy.rules.adaptations) {
    if (rule.profiles?.includes(profile.name) === false || !allHold(rule.when, facts)) continue;
    const set = evaluate(rule.set, facts);
    const card = policy.cards.get(rule.card);
    if (typeof set !== 'object' || set === null || card === undefined) continue;
    for (const place of placesOf({ ...set })) {
      // Taking away what nobody wants says nothing.
      if (place.value === null && !found.has(place.path)) continue;
      const value = Array.isArray(place.value) && place.knob === 'sysctl' ? place.value.join(' ') : place.value;
      const text = typeof value === 'number' && place.knob === 'sysctl' ? String(value) : value;
      const reason = fillIn(rule.reason, facts);
      found.set(place.path, {
        ...place,
        value: text,
        card,
        reason,
        evidence: rule.evidence,
        source: `rule ${rule.id}`,
      });
    }
  }
  return found;
};
