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

export const cardSchema = z.strictObject({
  id: z.string().regex(/^(sysctl|tc|iptables|nic)\.[a-z0-9_]+$/),
  /** Other spellings under which documents name it. */
  aliases: z.array(z.string()).optional(),
  category: z.enum(['sysctl', 'tc', 'iptables', 'nic']),
  name: z.string(),
  purpose: z.string(),
  /** The knob of the plan that sets it, and the sysctl key where it is one. */
  knob: z.string(),
  key: z.string().optional(),
  unit: z.string().optional(),
  range: rangeSchema,
  /** The kernel's own default, as text, or how it is computed. */
  kernel_default: z.string(),
  /** The kernel's default as a value, where it is a constant; must lie within the range. */
  default: z.string().optional(),
  scope: z.enum(['global', 'namespace', 'interface']),
  kernel_needs: z.string().optional(),
  risk: z.enum(['none', 'low', 'medium', 'high']),
  helps_when: z.array(z.string()),
  cannot_help_when: z.array(z.string()),
  /** Said as a warning whenever the card is used: the setting does nothing, or not what people believe. */
  caveat: z.string().optional(),
  references: z.array(z.string()).min(1),
});
export type Card = z.infer<typeof cardSchema>;

export const profileSchema = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9_]*$/),
  title: z.string(),
  goal: z.string(),
  target_metrics: z.record(z.string(), z.string()),
  active_cards: z.array(z.string()),
  /** The plan's `changes`, as the profile would write them. */
  changes: z.record(z.string(), z.unknown()),
  /** Where a value differs from the seed README, and why. */
  deviations: z.array(z.string()),
  will_not: z.array(z.string()),
});
export type Profile = z.infer<typeof profileSchema>;

export const limitsSchema = z.strictObject({
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
  plan_ttl_s: z.number(),
});
export type Limits = z.infer<typeof limitsSchema>;

export interface Policy {
  /** By id, in file order. */
  cards: ReadonlyMap<string, Card>;
  /** sysctl key -> card. The allowlist: a key that is not here is refused. */
  cardsByKey: ReadonlyMap<string, Card>;
  profiles: ReadonlyMap<string, Profile>;
  limits: Limits;
}

/** The indexes over checked cards and profiles. */
export const policyOf = (cards: readonly Card[], profiles: readonly Profile[], limits: Limits): Policy => ({
  cards: new Map(cards.map((card) => [card.id, card])),
  cardsByKey: new Map(cards.flatMap((card) => (card.key === undefined ? [] : [[card.key, card] as const]))),
  profiles: new Map(profiles.map((profile) => [profile.name, profile])),
  limits,
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
export const canonicalCardId = (id: string): string => id.toLowerCase().replace(/^(sysctl|tc|iptables|nic)_/, '$1.');

/** A card by id in either spelling, or by an alias. */
export const findCard = (policy: Policy, id: string): Card | undefined => {
  const canonical = canonicalCardId(id);
  const byAlias = () => [...policy.cards.values()].find((card) => card.aliases?.includes(canonical) === true);
  return policy.cards.get(canonical) ?? byAlias();
};
