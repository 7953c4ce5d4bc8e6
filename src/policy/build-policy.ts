// From the texts of policy files to the Policy everybody uses; the first folder is the shipped one, the second a site's.
import { NetError } from '../model/errors.ts';
import {
  type Card,
  type Policy,
  type Profile,
  cardSchema,
  limitsSchema,
  policyOf,
  profileSchema,
} from '../model/policy.ts';
import { type PolicyFiles, checkPolicy } from './checks.ts';
import { type SiteFiles, overlay, siteLimitsSchema } from './overlay.ts';
import { type ParsedFile, type PolicyText, parsePolicyFile, policyError } from './parse.ts';

interface Sorted {
  cards: ParsedFile<Card>[];
  profiles: ParsedFile<Profile>[];
  limits: PolicyText | undefined;
}

const sortFiles = (texts: readonly PolicyText[]): Sorted => {
  const sorted: Sorted = { cards: [], profiles: [], limits: undefined };
  for (const source of texts) {
    if (source.name.startsWith('cards/')) sorted.cards.push(parsePolicyFile(source, cardSchema));
    else if (source.name.startsWith('profiles/')) sorted.profiles.push(parsePolicyFile(source, profileSchema));
    else if (source.name === 'limits.yaml') sorted.limits = source;
    else {
      const fix = 'A policy folder holds cards/*.yaml, profiles/*.yaml and limits.yaml.';
      throw policyError([{ file: source.file, line: 1, message: 'not a policy file', fix }]);
    }
  }
  return sorted;
};

const readShipped = (texts: readonly PolicyText[]): PolicyFiles => {
  const { cards, profiles, limits } = sortFiles(texts);
  if (limits === undefined) {
    throw new NetError(
      'invalid_policy',
      'the policy has no limits.yaml',
      'Install netmcp again: its policy folder is incomplete.',
    );
  }
  return { cards, profiles, limits: parsePolicyFile(limits, limitsSchema) };
};

const readSite = (texts: readonly PolicyText[]): SiteFiles => {
  const { cards, profiles, limits } = sortFiles(texts);
  return { cards, profiles, limits: limits === undefined ? undefined : parsePolicyFile(limits, siteLimitsSchema) };
};

/** Throws NetError invalid_policy with file, line and fix. */
export const buildPolicy = (shipped: readonly PolicyText[], site: readonly PolicyText[] = []): Policy => {
  const base = readShipped(shipped);
  const own = readSite(site);
  const { files, problems } = overlay(base, own);
  // A shipped profile may hold values that a site has narrowed away: those are left out of plans, not errors of the site's.
  const ofSite = site.length === 0 ? [] : checkPolicy({ ...files, profiles: own.profiles });
  const all = [...checkPolicy(base), ...problems, ...ofSite];
  if (all.length > 0) throw policyError(all);
  return policyOf(
    files.cards.map((file) => file.value),
    files.profiles.map((file) => file.value),
    files.limits.value,
  );
};
