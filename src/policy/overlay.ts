// A site's policy over the shipped one: it may add profiles, narrow cards and tighten limits; what would loosen is refused.
import type * as z from 'zod';
import { type Card, type Limits, type Range, limitsSchema } from '../model/policy.ts';
import type { PolicyFiles } from './checks.ts';
import type { ParsedFile, Problem } from './parse.ts';

/** A site's limits.yaml names only what it tightens. */
export const siteLimitsSchema = limitsSchema.partial();
export type SiteLimits = z.infer<typeof siteLimitsSchema>;

export interface SiteFiles {
  cards: readonly ParsedFile<Card>[];
  profiles: PolicyFiles['profiles'];
  limits: ParsedFile<SiteLimits> | undefined;
}

const fix = 'A site policy may only tighten; loosening is not supported yet.';

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
  return problems;
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
  return loosened.flatMap(([field, loosens]) =>
    loosens ? [site.problem([field], `${field} is looser than the shipped one`, fix)] : [],
  );
};

const mergeLimits = (shipped: Limits, site: SiteLimits): Limits => ({
  ...shipped,
  ...Object.fromEntries(Object.entries(site).filter(([, value]) => value !== undefined)),
  // Lists add up: a site names only what it protects or prohibits besides.
  prohibited: [...shipped.prohibited, ...(site.prohibited ?? [])],
  protected_interfaces: [...new Set([...shipped.protected_interfaces, ...(site.protected_interfaces ?? [])])],
  protected_ports: [...new Set([...shipped.protected_ports, ...(site.protected_ports ?? [])])],
});

export const overlay = (shipped: PolicyFiles, site: SiteFiles): { files: PolicyFiles; problems: Problem[] } => {
  const shippedCard = (id: string) => shipped.cards.find((file) => file.value.id === id)?.value;
  const problems = [
    ...site.cards.flatMap((card) => cardProblems(card, shippedCard(card.value.id))),
    ...(site.limits === undefined ? [] : limitsProblems(site.limits, shipped.limits.value)),
  ];
  const cards = shipped.cards.map((file) => site.cards.find((own) => own.value.id === file.value.id) ?? file);
  const profiles = [
    ...shipped.profiles.filter((file) => !site.profiles.some((own) => own.value.name === file.value.name)),
    ...site.profiles,
  ];
  const limits: PolicyFiles['limits'] =
    site.limits === undefined
      ? shipped.limits
      : { ...site.limits, value: mergeLimits(shipped.limits.value, site.limits.value) };
  return { files: { cards, profiles, limits }, problems };
};
