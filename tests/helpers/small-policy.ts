// A policy of just the limits the product ships and the cards a test names, so that knob tests do not depend on policy/.
import { type Bounds, type Card, type Policy, type Range, cardSchema } from '../../src/model/policy.ts';

/** Bounds that let the whole range through. */
const boundsOf = (range: Range): Bounds => {
  if (range.type === 'integer') return { min: range.min, max: range.max };
  if (range.type === 'enum') return { values: range.values };
  if (range.type === 'object') return { parameters: {} };
  return { parts: Object.fromEntries(range.parts.map(({ name, min, max }) => [name, { min, max }])) };
};

/** A card for an integer sysctl key. */
export const integerCard = (id: string, key: string, min: number, max: number): Card =>
  cardSchema.parse({
    id,
    category: 'sysctl',
    name: key,
    purpose: 'test',
    knob: 'test',
    key,
    range: { type: 'integer', min, max },
    kernel_default: '0',
    scope: 'namespace',
    risk: 'low',
    use_cases: [{ name: 'test', reason: 'test' }],
    impact: { throughput: 'none', latency: 'none', jitter: 'none', cpu: 'none', security: 'none' },
    helps_when: [],
    cannot_help_when: ['never'],
    symptom: null,
    verify: 'test',
    interactions: [],
    anti_patterns: [{ pattern: 'test', reason: 'test' }],
    references: ['https://example.org/'],
  });

export const smallPolicy = (...cards: readonly Card[]): Policy => ({
  cards: new Map(cards.map((card) => [card.id, card])),
  cardsByKey: new Map(cards.flatMap((card) => (card.key === undefined ? [] : [[card.key, card] as const]))),
  profiles: new Map(),
  rules: { combinations: [], adaptations: [] },
  limits: {
    bounds: Object.fromEntries(cards.map(({ id, range }) => [id, boundsOf(range)])),
    prohibited: [],
    protected_interfaces: ['lo', 'docker0', 'br-*'],
    protected_ports: [22],
    socket_buffer_memory_percent: 10,
    management_connection_limit_min: 3,
    confirm_timeout_s: { min: 10, max: 3600, default: 120, allow_zero: false },
    plan_ttl_s: 900,
  },
});
