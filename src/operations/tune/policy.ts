// The policy to read: what can be set (cards), for what goals (profiles), within which bounds (limits).
import * as z from 'zod';
import { NetError } from '../../model/errors.ts';
import { cardSchema, findCard, profileSchema } from '../../model/policy.ts';
import { defineOperation } from '../define.ts';
import { nearNames } from '../frame/near.ts';
import { resultSchema } from '../frame/result.ts';

const reading = { readOnly: true, destructive: false, idempotent: true, openWorld: false };

/** One line each, to choose from; get_card and get_profile give the whole. */
const itemSchema = z.strictObject({ id: z.string(), name: z.string(), summary: z.string() });

export const listPolicy = defineOperation({
  name: 'list_policy',
  title: 'List the policy',
  description: 'Cards (settings a plan may change), profiles (values for a goal) or limits, one line each.',
  toolset: 'tune',
  needs: 'none',
  everywhere: true,
  annotations: reading,
  input: z.strictObject({ kind: z.enum(['cards', 'profiles', 'limits']) }),
  output: resultSchema({ kind: z.string(), items: z.array(itemSchema), total: z.number() }),
  run: async ({ kind }, ports) => {
    const { cards, profiles, limits } = await ports.policy();
    const lists = {
      cards: () => [...cards.values()].map(({ id, name, purpose }) => ({ id, name, summary: purpose })),
      profiles: () => [...profiles.values()].map(({ name, title, goal }) => ({ id: name, name: title, summary: goal })),
      limits: () => Object.entries(limits).map(([id, value]) => ({ id, name: id, summary: JSON.stringify(value) })),
    };
    const items = lists[kind]();
    return { success: true, summary: `${items.length} ${kind}.`, kind, items, total: items.length };
  },
});

export const getCard = defineOperation({
  name: 'get_card',
  title: 'Get a card',
  description: 'One setting: range, kernel default, when it helps, when it cannot, needs, references.',
  toolset: 'tune',
  needs: 'none',
  everywhere: true,
  annotations: reading,
  input: z.strictObject({ card_id: z.string().max(100).describe('From list_policy') }),
  output: resultSchema({ card: cardSchema }),
  run: async ({ card_id }, ports) => {
    const policy = await ports.policy();
    const card = findCard(policy, card_id);
    if (card !== undefined) return { success: true, summary: `${card.id}: ${card.name}.`, card };
    const near = nearNames(card_id, [...policy.cards.keys()]);
    const hint =
      near.length === 0 ? 'list_policy with kind "cards" shows the ids.' : `Did you mean ${near.join(', ')}?`;
    throw new NetError('not_found', `there is no card ${JSON.stringify(card_id)}`, hint);
  },
});

export const getProfile = defineOperation({
  name: 'get_profile',
  title: 'Get a profile',
  description: 'One profile: goal, target metrics, values, deviations from common advice, what it will not do.',
  toolset: 'tune',
  needs: 'none',
  everywhere: true,
  annotations: reading,
  input: z.strictObject({ name: z.string().max(100).describe('From list_policy') }),
  output: resultSchema({ profile: profileSchema }),
  run: async ({ name }, ports) => {
    const { profiles } = await ports.policy();
    const profile = profiles.get(name);
    if (profile !== undefined) return { success: true, summary: `${profile.title}: ${profile.goal}`, profile };
    const known = `Profiles: ${[...profiles.keys()].join(', ')}.`;
    throw new NetError('not_found', `there is no profile ${JSON.stringify(name)}`, known);
  },
});
