// Policy as types: what cards, profiles and limits look like once loaded and checked.
import * as z from 'zod';

/** A value's bounds. `vector` is several whitespace-separated integers, each with its own bounds (tcp_rmem). */
export const rangeSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('integer'), min: z.number(), max: z.number() }),
  z.strictObject({ type: z.literal('enum'), values: z.array(z.string()).min(1) }),
  z.strictObject({
    type: z.literal('vector'),
    /** One entry a number, in the kernel's order. */
    parts: z.array(z.strictObject({ name: z.string(), min: z.number(), max: z.number() })).min(2),
    /** Each number at least as large as the one before. */
    ascending: z.boolean(),
    /** Fewest values from the first number to the last, both counted (port ranges). */
    min_span: z.number().optional(),
  }),
  /** Values whose shape a knob's own schema checks (htb rates, dscp marks, ...). */
  z.strictObject({ type: z.literal('object') }),
]);
export type Range = z.infer<typeof rangeSchema>;

const sentence = z.string().min(1).max(600);
const sentences = z.array(sentence);

/** One number, word or switch of a wish that is an object or a list: where it lies, and what it may be. */
export const parameterSchema = z.strictObject({
  name: z.string(),
  /** Where it lies in the knob's wish: `egress_mbit`, `[].limit`, `params.default`; empty for the wish itself. */
  field: z.string(),
  /** `rate` is N/second, N/minute, N/hour or N/day, bounded per second. */
  type: z.enum(['integer', 'number', 'enum', 'boolean', 'rate', 'text']),
  unit: z.string().optional(),
  min: z.number().optional(),
  max: z.number().optional(),
  values: z.array(z.string()).min(1).optional(),
  default: z.union([z.string(), z.number(), z.boolean()]).optional(),
  examples: z.array(z.union([z.string(), z.number(), z.boolean()])).min(1),
  meaning: sentence,
});
export type Parameter = z.infer<typeof parameterSchema>;

export const cardSchema = z.strictObject({
  id: z.string().regex(/^(sysctl|tc|iptables|nic|route)\.[a-z0-9_]+$/),
  /** Other spellings under which documents name it. */
  aliases: z.array(z.string()).optional(),
  category: z.enum(['sysctl', 'tc', 'iptables', 'nic', 'route']),
  name: z.string(),
  purpose: sentence,
  /** The knob of the plan that sets it, and the sysctl key where it is one. */
  knob: z.string(),
  key: z.string().optional(),
  unit: z.string().optional(),
  range: rangeSchema,
  /** Values within the range, each worth using somewhere. */
  examples: z.array(z.string()).optional(),
  /** The kernel's own default, as text, or how it is computed. */
  kernel_default: z.string(),
  /** The kernel's default as a value, where it is a constant; must lie within the range. */
  default: z.string().optional(),
  scope: z.enum(['global', 'namespace', 'interface']),
  kernel_needs: z.string().optional(),
  risk: z.enum(['none', 'low', 'medium', 'high']),
  /** The parts of a wish that is an object or a list. */
  parameters: z.array(parameterSchema).optional(),
  use_cases: z.array(z.strictObject({ name: z.string(), reason: sentence })).min(1),
  /** What it does to each, in a few words; `none` where it does nothing. */
  impact: z.strictObject({
    throughput: sentence,
    latency: sentence,
    jitter: sentence,
    cpu: sentence,
    security: sentence,
  }),
  helps_when: sentences,
  cannot_help_when: sentences.min(1),
  /** What one must see before it is worth changing: which counter, read by which command or from which file. */
  symptom: z.strictObject({ counter: sentence, from: sentence, means: sentence }).nullable(),
  /** How to see that it took effect and did what was wanted. */
  verify: sentence,
  /** Other settings it depends on, replaces or disturbs. */
  interactions: z.array(z.strictObject({ with: z.string(), effect: sentence })),
  anti_patterns: z.array(z.strictObject({ pattern: sentence, reason: sentence })).min(1),
  /** Said as a warning whenever the card is used: the setting does nothing, or not what people believe. */
  caveat: z.string().optional(),
  /** Setting it changes nothing on any kernel this product supports. */
  no_effect: z.boolean().optional(),
  /** More than wanted does no harm: a host that has it already is not brought down. */
  more_is_enough: z.boolean().optional(),
  references: z.array(z.url()).min(1),
});
export type Card = z.infer<typeof cardSchema>;

const changesSchema = z.record(z.string(), z.unknown());

/** A profile: as its file says it, or with what it extends folded in. */
export const profileSchema = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9_]*$/),
  title: z.string(),
  goal: z.string(),
  /** The profile whose changes, cards and reasons stand under these. */
  extends: z.string().optional(),
  /** Every inherited value that this file replaces (or, with null, removes), by its path in `changes`: `sysctl.net.core.rmem_max`, `qdisc`. */
  overrides: z.array(z.string()).optional(),
  target_metrics: z.record(z.string(), z.string()),
  active_cards: z.array(z.string()),
  /** The plan's `changes`, as the profile would write them. */
  changes: changesSchema,
  /** Why each card's value is what it is, by card id; one entry for every active card that has a value. */
  why: z.record(z.string(), sentence),
  /** Active cards without a value, and why; together with `why` every active card is accounted for. */
  left_out: z.record(z.string(), sentence),
  /** Where a value differs from the seed README, and why. */
  deviations: z.array(z.string()),
  will_not: z.array(z.string()),
});
export type Profile = z.infer<typeof profileSchema>;

const span = z.strictObject({ min: z.number(), max: z.number() });
const parameterBoundsSchema = z.union([span, z.strictObject({ values: z.array(z.string()).min(1) })]);

/** What limits.yaml lets through of a card's range: a span, a list of values, a span for each number of a vector, or bounds by parameter. */
export const boundsSchema = z.union([
  span,
  z.strictObject({ values: z.array(z.string()).min(1) }),
  z.strictObject({ parts: z.record(z.string(), span) }),
  z.strictObject({ parameters: z.record(z.string(), parameterBoundsSchema) }),
]);
export type Bounds = z.infer<typeof boundsSchema>;

export const limitsSchema = z.strictObject({
  /** Hard bounds by card id, within the card's own range; a card without bounds cannot be set. */
  bounds: z.record(z.string(), boundsSchema),
  /** Values refused whatever the card's range says, by card id, with the reason. */
  prohibited: z.array(z.strictObject({ card: z.string(), values: z.array(z.string()), reason: z.string() })),
  /** Interfaces no plan may touch (globs). */
  protected_interfaces: z.array(z.string()),
  /** Ports whose established flows are never limited, besides those sshd listens on. */
  protected_ports: z.array(z.number().int().min(1).max(65535)),
  /** Largest share of RAM one socket buffer maximum may take, in percent. */
  socket_buffer_memory_percent: z.number().min(0.1).max(100),
  /** Smallest connection limit accepted on a management port, and up to where it is warned about. */
  management_connection_limit_min: z.number().int().min(1),
  confirm_timeout_s: z.strictObject({ min: z.number(), max: z.number(), default: z.number(), allow_zero: z.boolean() }),
  plan_ttl_s: z.number().min(1).max(86_400),
});
export type Limits = z.infer<typeof limitsSchema>;

/** One fact of the host, the link or the plan, compared. Facts are named in docs/reference/rules.md; one that is unknown satisfies only `known: false`. */
export const conditionSchema = z
  .strictObject({
    fact: z.string(),
    is: z.union([z.string(), z.number(), z.boolean()]).optional(),
    in: z
      .array(z.union([z.string(), z.number()]))
      .min(1)
      .optional(),
    not_in: z
      .array(z.union([z.string(), z.number()]))
      .min(1)
      .optional(),
    at_least: z.number().optional(),
    at_most: z.number().optional(),
    known: z.boolean().optional(),
  })
  .refine(
    (condition) => Object.keys(condition).length > 1,
    'compare the fact: is, in, not_in, at_least, at_most or known',
  );
export type Condition = z.infer<typeof conditionSchema>;

/** A number computed from a fact, wherever a value may stand: fact x times, then within least and most, then rounded. */
export const formulaSchema = z.strictObject({
  fact: z.string(),
  times: z.number().optional(),
  least: z.number().optional(),
  most: z.number().optional(),
  /** Up to the next power of two, to a whole number (the default), or as it is. */
  round: z.enum(['power_of_two', 'whole', 'none']).optional(),
});
export type Formula = z.infer<typeof formulaSchema>;

export const rulesSchema = z.strictObject({
  /** What may not, or should not, stand together; judged over what would stand after the plan. */
  combinations: z.array(
    z.strictObject({
      id: z.string().regex(/^[a-z][a-z0-9_]*$/),
      severity: z.enum(['error', 'warning', 'info']),
      when: z.array(conditionSchema).min(1),
      /** Where in `changes` the finding belongs: a knob, or `sysctl.KEY`. Said only if the plan touches one of these. */
      touches: z.array(z.string()).min(1),
      message: sentence,
      hint: sentence,
      references: z.array(z.url()).optional(),
    }),
  ),
  /** How a profile's values fit a host: later rules win over earlier ones. */
  adaptations: z.array(
    z.strictObject({
      id: z.string().regex(/^[a-z][a-z0-9_]*$/),
      /** Profiles it is for; all unless given. */
      profiles: z.array(z.string()).min(1).optional(),
      when: z.array(conditionSchema),
      /** The card it decides about. */
      card: z.string(),
      /** A piece of `changes`; formulas may stand for numbers, lists of them become one string for sysctls. Null values take the profile's away. */
      set: changesSchema,
      reason: sentence,
      /** Where that comes from: a measurement, an RFC, a kernel document. */
      evidence: sentence,
    }),
  ),
});
export type Rules = z.infer<typeof rulesSchema>;

export interface Policy {
  /** By id, in file order. */
  cards: ReadonlyMap<string, Card>;
  /** sysctl key -> card. The allowlist: a key that is not here is refused. */
  cardsByKey: ReadonlyMap<string, Card>;
  profiles: ReadonlyMap<string, Profile>;
  limits: Limits;
  rules: Rules;
}

/** The indexes over checked cards and profiles. */
export const policyOf = (
  cards: readonly Card[],
  profiles: readonly Profile[],
  limits: Limits,
  rules: Rules,
): Policy => ({
  cards: new Map(cards.map((card) => [card.id, card])),
  cardsByKey: new Map(cards.flatMap((card) => (card.key === undefined ? [] : [[card.key, card] as const]))),
  profiles: new Map(profiles.map((profile) => [profile.name, profile])),
  limits,
  rules,
});

const globMatches = (glob: string, name: string): boolean =>
  new RegExp(
    `^${glob
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
  ).test(name);

/** The glob of limits.yaml that keeps plans away from an interface. */
export const protectedBy = (limits: Limits, iface: string): string | undefined =>
  limits.protected_interfaces.find((glob) => globMatches(glob, iface));

/** Accepts both spellings of a card id in either case: `sysctl.tcp_rmem` and `sysctl_tcp_rmem`. */
export const canonicalCardId = (id: string): string =>
  id.toLowerCase().replace(/^(sysctl|tc|iptables|nic|route)_/, '$1.');

/** A card by id in either spelling, by its sysctl key, or by an alias. */
export const findCard = (policy: Policy, id: string): Card | undefined => {
  const canonical = canonicalCardId(id);
  const byAlias = () => [...policy.cards.values()].find((card) => card.aliases?.includes(canonical) === true);
  return policy.cards.get(canonical) ?? policy.cardsByKey.get(id) ?? byAlias();
};
