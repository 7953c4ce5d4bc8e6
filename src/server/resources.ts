// The policy as MCP resources: lists, limits and rules under fixed addresses, single cards and profiles under templates.
import {
  ResourceNotFoundError,
  type ReadResourceResult,
  type Resource,
  type ResourceTemplateType,
} from '@modelcontextprotocol/server';
import { findCard, type Policy } from '../model/policy.ts';
import { plainText } from '../model/plain-text.ts';
import { didYouMean, quoted } from './knowledge.ts';

const mimeType = 'application/json';
const cardsList = 'policy://config_cards/list';
const profilesList = 'policy://profiles/list';
const cardPrefix = 'policy://config_cards/';
const profilePrefix = 'policy://profiles/';

export const cardTemplate = `${cardPrefix}{id}`;
export const profileTemplate = `${profilePrefix}{name}`;

export const fixedResources: Resource[] = [
  {
    uri: cardsList,
    name: 'config_cards',
    title: 'All cards',
    description: 'Every setting a plan may change, one line each.',
    mimeType,
  },
  {
    uri: profilesList,
    name: 'profiles',
    title: 'All profiles',
    description: 'The goals there are values for, one line each.',
    mimeType,
  },
  {
    uri: 'policy://limits',
    name: 'limits',
    title: 'Limits',
    description: 'The hard bounds every plan is held to, and what no plan may touch.',
    mimeType,
  },
  {
    uri: 'policy://rules',
    name: 'rules',
    title: 'Rules',
    description: 'Combinations of settings that are refused or warned about, and how values are fitted to a host.',
    mimeType,
  },
];

export const resourceTemplates: ResourceTemplateType[] = [
  {
    uriTemplate: cardTemplate,
    name: 'config_card',
    title: 'One card',
    description: 'Everything about one setting; ids as sysctl.tcp_rmem or sysctl_tcp_rmem.',
    mimeType,
  },
  {
    uriTemplate: profileTemplate,
    name: 'profile',
    title: 'One profile',
    description: 'One profile whole: goal, target metrics, values, reasons, and what it will not do.',
    mimeType,
  },
];

const listOfCards = ({ cards }: Policy) => ({
  description: `Settings that a plan may change. ${cardTemplate} gives one whole.`,
  count: cards.size,
  cards: [...cards.values()].map(({ id, name, category, purpose }) => ({ id, name, category, purpose })),
});

const listOfProfiles = ({ profiles }: Policy) => ({
  description: `Goals with values for them. ${profileTemplate} gives one whole.`,
  count: profiles.size,
  profiles: [...profiles.values()].map(({ name, title, goal }) => ({ name, title, goal })),
});

const fixed: ReadonlyMap<string, (policy: Policy) => object> = new Map<string, (policy: Policy) => object>([
  [cardsList, listOfCards],
  [profilesList, listOfProfiles],
  ['policy://limits', ({ limits }) => limits],
  ['policy://rules', ({ rules }) => rules],
]);

const valueAt = (policy: Policy, uri: string): object | undefined => {
  const whole = fixed.get(uri);
  if (whole !== undefined) return whole(policy);
  if (uri.startsWith(cardPrefix)) return findCard(policy, uri.slice(cardPrefix.length));
  if (uri.startsWith(profilePrefix)) return policy.profiles.get(uri.slice(profilePrefix.length).toLowerCase());
  return undefined;
};

/** Addresses to offer instead: of the same kind where the kind is known. */
const nearTo = (policy: Policy, uri: string): string => {
  const otherwise = `${[...fixed.keys()].join(', ')}, ${cardTemplate} and ${profileTemplate} can be read.`;
  for (const [prefix, ids, list] of [
    [cardPrefix, [...policy.cards.keys()], cardsList],
    [profilePrefix, [...policy.profiles.keys()], profilesList],
  ] as const) {
    if (!uri.startsWith(prefix)) continue;
    const hint = didYouMean(uri.slice(prefix.length), ids, '');
    return hint === '' ? `${list} names what there is.` : hint;
  }
  return didYouMean(uri, [...fixed.keys()], otherwise);
};

/** The resource under the address it was asked by; throws the protocol's resource-not-found with near ids. */
export const readResource = (policy: Policy, uri: string): ReadResourceResult => {
  const value = valueAt(policy, uri);
  if (value === undefined) {
    throw new ResourceNotFoundError(plainText(uri, 500), `There is no resource ${quoted(uri)}. ${nearTo(policy, uri)}`);
  }
  return { contents: [{ uri, mimeType, text: JSON.stringify(value) }] };
};
