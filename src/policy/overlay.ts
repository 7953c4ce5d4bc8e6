// A site's policy over the shipped one: it may add profiles and rules, narrow cards and tighten limits; what would loosen is refused unless the command line allows it.
import type * as z from 'zod';
import { type Bounds, type Card, type Limits, type Range, type Rules, limitsSchema } from '../model/policy.ts';
import type { PolicyFiles } from './checks.ts';
import type { ParsedFile, Problem } from './parse.ts';

/** A site's limits.yaml names only what it tightens. */
export const siteLimitsSchema = limitsSchema.partial();
export type SiteLimits = z.infer<typeof siteLimitsSchema>;

export interface SiteFiles {
  cards: readonly ParsedFile<Card>[];
  profiles: PolicyFiles['profiles'];
  limits: ParsedFile<SiteLimits> | undefined;
  rules: ParsedFile<Rules> | undefined;
}

const fix = 'A site policy may only tighten; whoever starts netmcp can allow more with --allow-loosen.';

const within = (inner: { min: number; max: number }, outer: { min: number; max: number }): boolean =>
  inner.min >= outer.min && inner.max <= outer.max;

const narrower = (site: Range, shipped: Range): boolean => {
  if (site.type === 'integer' && shipped.type === 'integer') return within(site, shipped);
  if (site.type === 'enum' && shipped.type === 'enum') {
    return site.values.every((value) => shipped.values.includes(value));
  }
  if (site.type === 'vector' && shipped.type === 'vector') {
    const parts = site.parts.every((part, index) => {
      const outer = shipped.parts[index];
      return outer !== undefined && within(part, outer);
    });
    const spans = (site.min_span ?? 0) >= (shipped.min_span ?? 0);
    return parts && spans && site.parts.length === shipped.parts.length && (site.ascending || !shipped.ascending);
  }
  return site.type === 'object' && shipped.type === 'object';
};

type Words = { min: number; max: number } | { values: string[] };

const wordsWithin = (site: Words, shipped: Words): boolean => {
  if ('values' in site) return 'values' in shipped && site.values.every((value) => shipped.values.includes(value));
  return 'min' in shipped && within(site, shipped);
};

/** A site's bounds replace the shipped ones of the card, part by part or parameter by parameter where they have such. */
const boundsWithin = (site: Bounds, shipped: Bounds): boolean => {
  if ('parts' in site) {
    if (!('parts' in shipped)) return false;
    return Object.entries(site.parts).every(([name, span]) => {
      const outer = shipped.parts[name];
      return outer !== undefined && within(span, outer);
    });
  }
  if ('parameters' in site) {
    if (!('parameters' in shipped)) return false;
    return Object.entries(site.parameters).every(([name, inner]) => {
      const outer = shipped.parameters[name];
      return outer !== undefined && wordsWithin(inner, outer);
    });
  }
  return !('parts' in shipped) && !('parameters' in shipped) && wordsWithin(site, shipped);
};

const mergeBounds = (shipped: Bounds | undefined, site: Bounds): Bounds => {
  if (shipped !== undefined && 'parts' in site && 'parts' in shipped) {
    return { parts: { ...shipped.parts, ...site.parts } };
  }
  if (shipped !== undefined && 'parameters' in site && 'parameters' in shipped) {
    return { parameters: { ...shipped.parameters, ...site.parameters } };
  }
  return site;
};

const boundsProblems = (site: ParsedFile<SiteLimits>, shipped: Limits): Problem[] =>
  Object.entries(site.value.bounds ?? {}).flatMap(([id, bounds]) => {
    const outer = shipped.bounds[id];
    if (outer !== undefined && boundsWithin(bounds, outer)) return [];
    const message =
      outer === undefined
        ? `there are no bounds of "${id}" to narrow`
        : `the bounds of ${id} reach beyond the shipped ones`;
    return [site.problem(['bounds', id], message, fix)];
  });

const risks = ['none', 'low', 'medium', 'high'];

/** A parameter as limits find and judge it: renaming one would take its bounds away. */
const sameParameters = (site: Card, shipped: Card): boolean => {
  const own = site.parameters ?? [];
  const theirs = shipped.parameters ?? [];
  return (
    own.length === theirs.length &&
    theirs.every(({ name, field, type, values }) =>
      own.some(
        (parameter) =>
          parameter.name === name &&
          parameter.field === field &&
          parameter.type === type &&
          (parameter.values ?? []).every((value) => values?.includes(value) === true),
      ),
    )
  );
};

const judgementProblems = (site: ParsedFile<Card>, shipped: Card): Problem[] => {
  const { value } = site;
  const problems: Problem[] = [];
  if (!sameParameters(value, shipped)) {
    const message = 'parameters must have the names, fields, types and values of the shipped card';
    problems.push(site.problem(['parameters'], message, fix));
  }
  if (risks.indexOf(value.risk) < risks.indexOf(shipped.risk)) {
    problems.push(site.problem(['risk'], `the risk is below the shipped one (${shipped.risk})`, fix));
  }
  if (value.caveat !== shipped.caveat && shipped.caveat !== undefined) {
    problems.push(site.problem(['caveat'], 'the caveat of the shipped card may not be changed', fix));
  }
  if (shipped.no_effect === true && value.no_effect !== true) {
    problems.push(site.problem(['no_effect'], 'the shipped card says that the setting has no effect', fix));
  }
  return problems;
};

const cardProblems = (site: ParsedFile<Card>, shipped: Card | undefined): Problem[] => {
  if (shipped === undefined) {
    return [site.problem(['id'], `the card "${site.value.id}" would widen the allowlist`, fix)];
  }
  const problems: Problem[] = [];
  if (site.value.key !== shipped.key || site.value.knob !== shipped.knob) {
    problems.push(site.problem(['key'], 'key and knob must be those of the shipped card', fix));
  }
  if (!narrower(site.value.range, shipped.range)) {
    problems.push(site.problem(['range'], 'the range reaches beyond that of the shipped card', fix));
  }
  return [...problems, ...judgementProblems(site, shipped)];
};

const limitsProblems = (site: ParsedFile<SiteLimits>, shipped: Limits): Problem[] => {
  const { value } = site;
  const timeout = value.confirm_timeout_s ?? shipped.confirm_timeout_s;
  const loosened: [field: keyof Limits, loosens: boolean][] = [
    ['socket_buffer_memory_percent', (value.socket_buffer_memory_percent ?? 0) > shipped.socket_buffer_memory_percent],
    [
      'management_connection_limit_min',
      (value.management_connection_limit_min ?? Infinity) < shipped.management_connection_limit_min,
    ],
    ['plan_ttl_s', (value.plan_ttl_s ?? 0) > shipped.plan_ttl_s],
    [
      'confirm_timeout_s',
      !within(timeout, shipped.confirm_timeout_s) || (timeout.allow_zero && !shipped.confirm_timeout_s.allow_zero),
    ],
  ];
  const fields = loosened.flatMap(([field, loosens]) =>
    loosens ? [site.problem([field], `${field} is looser than the shipped one`, fix)] : [],
  );
  return [...fields, ...boundsProblems(site, shipped)];
};

const rulesProblems = (site: ParsedFile<Rules>, shipped: Rules): Problem[] =>
  site.value.combinations.flatMap((rule, index) =>
    shipped.combinations.some(({ id }) => id === rule.id)
      ? [site.problem(['combinations', index, 'id'], `the rule ${rule.id} would replace the shipped one`, fix)]
      : [],
  );

const mergeRules = (shipped: Rules, site: Rules): Rules => ({
  combinations: [
    ...shipped.combinations.filter((rule) => !site.combinations.some(({ id }) => id === rule.id)),
    ...site.combinations,
  ],
  adaptations: [
    ...shipped.adaptations.filter((rule) => !site.adaptations.some(({ id }) => id === rule.id)),
    ...site.adaptations,
  ],
});

const mergeLimits = (shipped: Limits, site: SiteLimits): Limits => ({
  ...shipped,
  ...Object.fromEntries(Object.entries(site).filter(([, value]) => value !== undefined)),
  // Lists add up: a site names only what it protects or prohibits besides.
  bounds: {
    ...shipped.bounds,
    ...Object.fromEntries(
      Object.entries(site.bounds ?? {}).map(([id, bounds]) => [id, mergeBounds(shipped.bounds[id], bounds)]),
    ),
  },
  prohibited: [...shipped.prohibited, ...(site.prohibited ?? [])],
  protected_interfaces: [...new Set([...shipped.protected_interfaces, ...(site.protected_interfaces ?? [])])],
  protected_ports: [...new Set([...shipped.protected_ports, ...(site.protected_ports ?? [])])],
});

export const overlay = (
  shipped: PolicyFiles,
  site: SiteFiles,
  allowLoosen: boolean,
): { files: PolicyFiles; problems: Problem[] } => {
  const shippedCard = (id: string) => shipped.cards.find((file) => file.value.id === id)?.value;
  const loosened = [
    ...site.cards.flatMap((card) => cardProblems(card, shippedCard(card.value.id))),
    ...(site.limits === undefined ? [] : limitsProblems(site.limits, shipped.limits.value)),
    ...(site.rules === undefined ? [] : rulesProblems(site.rules, shipped.rules.value)),
  ];
  const cards = [
    ...shipped.cards.map((file) => site.cards.find((own) => own.value.id === file.value.id) ?? file),
    ...site.cards.filter((own) => shippedCard(own.value.id) === undefined),
  ];
  const profiles = [
    ...shipped.profiles.filter((file) => !site.profiles.some((own) => own.value.name === file.value.name)),
    ...site.profiles,
  ];
  const limits: PolicyFiles['limits'] =
    site.limits === undefined
      ? shipped.limits
      : { ...site.limits, value: mergeLimits(shipped.limits.value, site.limits.value) };
  const rules: PolicyFiles['rules'] =
    site.rules === undefined
      ? shipped.rules
      : { ...site.rules, value: mergeRules(shipped.rules.value, site.rules.value) };
  return { files: { cards, profiles, limits, rules }, problems: allowLoosen ? [] : loosened };
};
