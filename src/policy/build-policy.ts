// From the texts of policy files to the Policy everybody uses; the first folder is the shipped one, the second a site's.
import { NetError } from '../model/errors.ts';
import {
  type Card,
  type Policy,
  type Profile,
  type Rules,
  cardSchema,
  limitsSchema,
  policyOf,
  profileSchema,
  rulesSchema,
} from '../model/policy.ts';
import { boundsProblems } from './bounds-checks.ts';
import { type PolicyFiles, checkPolicy } from './checks.ts';
import { foldProfiles } from './inherit.ts';
import { type SiteFiles, overlay, siteLimitsSchema } from './overlay.ts';
import { type ParsedFile, type PolicyText, type Problem, parsePolicyFile, policyError } from './parse.ts';

interface Sorted {
  cards: ParsedFile<Card>[];
  profiles: ParsedFile<Profile>[];
  limits: PolicyText | undefined;
  rules: ParsedFile<Rules> | undefined;
}

const sortFiles = (texts: readonly PolicyText[]): Sorted => {
  const sorted: Sorted = { cards: [], profiles: [], limits: undefined, rules: undefined };
  for (const source of texts) {
    if (source.name.startsWith('cards/')) sorted.cards.push(parsePolicyFile(source, cardSchema));
    else if (source.name.startsWith('profiles/')) sorted.profiles.push(parsePolicyFile(source, profileSchema));
    else if (source.name === 'limits.yaml') sorted.limits = source;
    else if (source.name === 'rules.yaml') sorted.rules = parsePolicyFile(source, rulesSchema);
    else {
      const fix = 'A policy folder holds cards/*.yaml, profiles/*.yaml, limits.yaml and rules.yaml.';
      throw policyError([{ file: source.file, line: 1, message: 'not a policy file', fix }]);
    }
  }
  return sorted;
};

const readShipped = (texts: readonly PolicyText[]): PolicyFiles => {
  const { cards, profiles, limits, rules } = sortFiles(texts);
  if (limits === undefined || rules === undefined) {
    throw new NetError(
      'invalid_policy',
      `the policy has no ${limits === undefined ? 'limits' : 'rules'}.yaml`,
      'Install netmcp again: its policy folder is incomplete.',
    );
  }
  return { cards, profiles, limits: parsePolicyFile(limits, limitsSchema), rules };
};

const readSite = (texts: readonly PolicyText[]): SiteFiles => {
  const { limits, ...files } = sortFiles(texts);
  return { ...files, limits: limits === undefined ? undefined : parsePolicyFile(limits, siteLimitsSchema) };
};

const problemsOf = (files: PolicyFiles): Problem[] => {
  const { files: profiles, problems } = foldProfiles(files.profiles);
  return [...problems, ...checkPolicy({ ...files, profiles })];
};

export interface BuildOptions {
  /** The caller's own word on the command line: a site policy may also widen ranges and limits, and add cards. */
  allowLoosen?: boolean;
}

/** Throws NetError invalid_policy with file, line and fix. */
export const buildPolicy = (
  shipped: readonly PolicyText[],
  site: readonly PolicyText[] = [],
  { allowLoosen = false }: BuildOptions = {},
): Policy => {
  const base = readShipped(shipped);
  const shippedProblems = [...problemsOf(base), ...boundsProblems(base.cards, base.limits)];
  if (shippedProblems.length > 0) throw policyError(shippedProblems);
  const own = readSite(site);
  const { files, problems } = overlay(base, own, allowLoosen);
  // A shipped profile may hold values that a site has narrowed away: those are left out of plans, not errors of the site's.
  const ofSite =
    site.length === 0 ? [] : problemsOf(files).filter((problem) => site.some((text) => text.file === problem.file));
  const ofBounds = boundsProblems(files.cards, files.limits, Object.keys(own.limits?.value.bounds ?? {}));
  const all = [...problems, ...ofSite, ...ofBounds];
  if (all.length > 0) throw policyError(all);
  return policyOf(
    files.cards.map((file) => file.value),
    foldProfiles(files.profiles).files.map((file) => file.value),
    files.limits.value,
    files.rules.value,
  );
};
