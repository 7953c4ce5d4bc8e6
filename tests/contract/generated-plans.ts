// Plans made from the data alone: parameters of the cards within the bounds of limits.yaml, laid over the knobs' own examples. A new card or knob
// is covered by being there. `outsidePlans` moves exactly one value of such a plan out of its bounds.
import * as fc from 'fast-check';
import { knobs } from '../../src/knobs/index.ts';
import type { Bounds, Card, Parameter, Policy } from '../../src/model/policy.ts';
import type { Snapshot } from '../../src/model/snapshot.ts';
import { judge } from '../helpers/pure-host.ts';

export interface GeneratedPlan {
  iface: string;
  changes: Record<string, unknown>;
  emulate?: boolean;
}

export interface OutsidePlan {
  plan: GeneratedPlan;
  /** Where the value lies that is out of bounds, as findings name it. */
  path: string;
}

interface Span {
  min: number;
  max: number;
}
type Limit = Span | { values: string[] };
type Values = fc.Arbitrary<unknown>;

/** One value that cards and limits speak about: where it lies in a wish (`[].match.dports[]`), and what it may be. */
interface Place {
  field: string;
  parameter: { type: Parameter['type']; examples: readonly unknown[] };
  limit: Limit | undefined;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isList = (value: unknown): value is unknown[] => Array.isArray(value);
const copy = (value: unknown): unknown => structuredClone(value);

const limitOf = (bounds: Bounds | undefined, name: string): Limit | undefined => {
  if (bounds === undefined || 'parts' in bounds) return undefined;
  return 'parameters' in bounds ? bounds.parameters[name] : bounds;
};

const placesOf = (knob: string, { cards, limits }: Policy): Place[] =>
  [...cards.values()]
    .filter((card) => card.knob === knob && card.key === undefined)
    .flatMap((card): Place[] => {
      const bounds = limits.bounds[card.id];
      if (card.parameters === undefined) {
        const own = { type: card.range.type === 'enum' ? 'enum' : 'integer', examples: [1] } as const;
        return [{ field: '', parameter: own, limit: limitOf(bounds, '') }];
      }
      return card.parameters.map((parameter) => ({
        field: parameter.field,
        parameter,
        limit: limitOf(bounds, parameter.name),
      }));
    });

const wholeWithin = ({ min, max }: Span): fc.Arbitrary<number> => {
  const [low, high] = [Math.ceil(min), Math.floor(max)];
  const digits = Math.log2(Math.max(2, high - low));
  // As many small values as large ones.
  const anySize = fc.integer({ min: 0, max: 1000 }).map((at) => low + Math.floor(2 ** ((digits * at) / 1000)));
  return fc.oneof(
    fc.constantFrom(low, high),
    anySize.map((value) => Math.min(high, value)),
  );
};

const fractionWithin = ({ min, max }: Span): fc.Arbitrary<number> =>
  fc.oneof(
    wholeWithin({ min: Math.ceil(min), max }),
    fc.constantFrom(min, max),
    fc
      .integer({ min: 0, max: 1000 })
      .map((at) => Number((min + (Math.min(max, 1000) - min) * (at / 1000)).toFixed(3)))
      .filter((value) => value >= min && value <= max),
  );

const seconds = { second: 1, minute: 60, hour: 3600, day: 86_400 } as const;

const rateWithin = ({ min, max }: Span): fc.Arbitrary<string> =>
  fc.constantFrom('second', 'minute', 'hour', 'day').chain((unit) => {
    const per = seconds[unit];
    const most = Math.min(99_999_999, Math.floor(max * per));
    return wholeWithin({ min: Math.max(1, Math.ceil(min * per)), max: most }).map((count) => `${count}/${unit}`);
  });

/** Texts have no bounds: what their examples show, and what this host has. */
const textsOf = (field: string, examples: readonly unknown[], snapshot: Snapshot): Values => {
  const name = /([a-z0-9_]+)(\[\])?$/.exec(field)?.[1] ?? '';
  if (name === 'classid') return fc.integer({ min: 2, max: 0xfff0 }).map((minor) => `1:${minor.toString(16)}`);
  if (name === 'congestion_control') return fc.constantFrom(...snapshot.features.congestion_controls);
  if (name.endsWith('_cpus'))
    return fc.constantFrom('', ...Array.from({ length: snapshot.cpus }, (_, cpu) => `${cpu}`));
  if (name === 'destination') return fc.constantFrom('default', '192.0.2.0/24', '0.0.0.0/0');
  return fc.constantFrom(...examples);
};

const valuesOf = ({ field, parameter: { type, examples }, limit }: Place, snapshot: Snapshot): Values => {
  if (limit !== undefined && 'values' in limit) return fc.constantFrom(...limit.values);
  if (type === 'boolean') return fc.boolean();
  if (limit === undefined) return textsOf(field, examples, snapshot);
  if (type === 'rate') return rateWithin(limit);
  return type === 'number' ? fractionWithin(limit) : wholeWithin(limit);
};

const tokensOf = (field: string): string[] => field.match(/\[\]|[^.[\]]+/g) ?? [];

/** The wish with a value at a field of its first entries; undefined where the wish has another shape there. */
const laid = (wish: unknown, [token, ...rest]: readonly string[], value: unknown): unknown => {
  if (token === undefined) return value;
  if (token === '[]') {
    if (wish !== undefined && !isList(wish)) return undefined;
    const [first, ...others] = wish ?? [];
    const entry = laid(first, rest, value);
    return entry === undefined ? undefined : [entry, ...others];
  }
  if (wish !== undefined && !isRecord(wish)) return undefined;
  const inner = laid(wish?.[token], rest, value);
  return inner === undefined ? undefined : { ...wish, [token]: inner };
};

const pathOf = (knob: string, field: string): string =>
  tokensOf(field).reduce((path, token) => path + (token === '[]' ? '[0]' : `.${token}`), `changes.${knob}`);

/** An example with some of the parameters laid over it; of a list, several entries. */
const objectWishes = (places: readonly Place[], examples: readonly unknown[], snapshot: Snapshot): Values => {
  const one = fc
    .tuple(
      fc.constantFrom(...examples),
      fc
        .subarray([...places], { maxLength: Math.min(places.length, 14) })
        .chain((chosen) =>
          fc.tuple(
            ...chosen.map((place) =>
              valuesOf(place, snapshot).map((value) => ({ tokens: tokensOf(place.field), value })),
            ),
          ),
        ),
    )
    .map(([example, settings]) =>
      settings.reduce<unknown>((wish, { tokens, value }) => laid(wish, tokens, value) ?? wish, copy(example)),
    );
  return examples.every(isList)
    ? fc.array(one, { minLength: 1, maxLength: 3 }).map((lists) => lists.flatMap((list) => (isList(list) ? list : [])))
    : one;
};

const keyValues = (card: Card, { limits }: Policy): Values => {
  const bounds = limits.bounds[card.id];
  if (bounds === undefined || 'parameters' in bounds) return fc.constantFrom(...(card.examples ?? ['0']));
  if ('values' in bounds) return fc.constantFrom(...bounds.values);
  if ('min' in bounds) return wholeWithin(bounds).map(String);
  if (card.range.type !== 'vector') return fc.constant('0');
  const { parts, ascending } = card.range;
  return fc
    .tuple(...parts.map(({ name, min, max }) => wholeWithin(bounds.parts[name] ?? { min, max })))
    .map((drawn) => (ascending ? drawn.sort((a, b) => a - b) : drawn).join(' '));
};

const keyedCards = (knob: string, { cards }: Policy): Card[] =>
  [...cards.values()].filter((card) => card.knob === knob && card.key !== undefined);

const keyWishes = (cards: readonly Card[], policy: Policy): Values =>
  fc
    .subarray([...cards], { minLength: 1, maxLength: 5 })
    .chain((chosen) => fc.tuple(...chosen.map((card) => keyValues(card, policy).map((value) => [card.key, value]))))
    .map((pairs): unknown => Object.fromEntries(pairs));

/** A wish for each kind of qdisc that this kernel has, besides the knob's own examples: what they ask for may be lacking. */
const kindsHere = ({ features }: Snapshot): unknown[] =>
  features.qdiscs
    .filter((type) => ['fq', 'fq_codel', 'cake', 'htb', 'tbf', 'pfifo_fast', 'sfq'].includes(type))
    .map((type) => (type === 'tbf' ? { type, params: { rate_mbit: 50 } } : { type }));

/** Wishes of one knob, each value within its bounds; what does not go together is for `mended` to take out. */
const wishesOf = (id: string, policy: Policy, snapshot: Snapshot): Values => {
  const places = placesOf(id, policy);
  const examples = knobs.find((knob) => knob.id === id)?.examples.map(({ wish }) => wish) ?? [];
  if (places.length === 0) return keyWishes(keyedCards(id, policy), policy);
  if (id !== 'qdisc') return objectWishes(places, examples, snapshot);
  // The kind is one that is here; its parameters are drawn.
  const parameters = places.filter(({ field }) => field !== 'type');
  return objectWishes(parameters, kindsHere(snapshot), snapshot);
};

const planOf = (iface: string, changes: Record<string, unknown>): GeneratedPlan => ({
  iface,
  changes,
  ...(JSON.stringify(changes).includes('"netem"') ? { emulate: true } : {}),
});

/** Takes away what lies at a finding's path; undefined when nothing does. */
const without = (value: unknown, path: string): unknown => {
  const entry = /^(?:\[(\d+)\]|[.](\d+)(?=[.[]|$))(.*)$/.exec(path);
  if (isList(value) && entry !== null) {
    const at = Number(entry[1] ?? entry[2]);
    if (at >= value.length) return undefined;
    const rest = entry[3] ?? '';
    if (rest === '' || value.length > 1) return value.toSpliced(at, 1);
    const inner = without(value[at], rest);
    return inner === undefined ? undefined : value.with(at, inner);
  }
  if (!isRecord(value)) return undefined;
  const key = Object.keys(value)
    .sort((a, b) => b.length - a.length)
    .find((name) => path === `.${name}` || path.startsWith(`.${name}.`) || path.startsWith(`.${name}[`));
  if (key === undefined) return undefined;
  const rest = path.slice(key.length + 1);
  const inner = rest === '' ? undefined : without(value[key], rest);
  return inner === undefined
    ? Object.fromEntries(Object.entries(value).filter(([name]) => name !== key))
    : { ...value, [key]: inner };
};

/** The plan without the values that validation complains of: what this host lacks, and what does not go together. */
const mended = (drawn: GeneratedPlan, snapshot: Snapshot, policy: Policy): GeneratedPlan => {
  let plan = drawn;
  for (let round = 0; round < 6; round += 1) {
    const refused = judge(plan, snapshot, policy).issues.filter(({ severity }) => severity === 'error');
    // From the last place on, so that the numbers of a list's entries hold.
    const paths = [...new Set(refused.map(({ path }) => path))].sort().reverse();
    const changes = paths.reduce<unknown>(
      (left, path) => without(left, path.replace(/^changes/, '')) ?? left,
      plan.changes,
    );
    if (refused.length === 0 || !isRecord(changes) || Object.keys(changes).length === 0) return plan;
    plan = planOf(plan.iface, changes);
  }
  return plan;
};

/** Plans of one to six knobs for the interfaces of these snapshots, the same ones for the same seed. */
export const generatedPlans = (
  count: number,
  seed: number,
  snapshots: Readonly<Record<string, Snapshot>>,
  policy: Policy,
): GeneratedPlan[] => {
  const drafts = fc
    .tuple(
      fc.constantFrom(...Object.entries(snapshots)),
      fc.subarray(
        knobs.map(({ id }) => id),
        { minLength: 1, maxLength: 6 },
      ),
    )
    .chain(([[iface, snapshot], ids]) =>
      fc
        .tuple(...ids.map((id) => wishesOf(id, policy, snapshot).map((wish) => [id, wish] as const)))
        .map((pairs) => ({ snapshot, plan: planOf(iface, Object.fromEntries(pairs)) })),
    );
  return fc.sample(drafts, { numRuns: count, seed }).map(({ snapshot, plan }) => mended(plan, snapshot, policy));
};

const outsideSpan = ({ min, max }: Span, step: number): number[] => [
  min - step,
  max + step,
  min - 1_000_000,
  max * 10 + 1_000_000,
  Number.MAX_SAFE_INTEGER,
  -Number.MAX_SAFE_INTEGER,
];

const outsideOf = (limit: Limit, type: Parameter['type']): unknown[] => {
  if ('values' in limit) return ['no-such-value', '', `${limit.values[0] ?? ''}x`, '-1', 4_294_967_297];
  if (type === 'rate') {
    const above = Math.floor(limit.max) + 1;
    return [`${above}/second`, `${above * 60}/minute`, '0/day', '-1/second', `${above * 1000}/second`];
  }
  return outsideSpan(limit, type === 'number' ? Math.max(0.001, limit.min * 0.01) : 1);
};

const outsideKeys = (card: Card, policy: Policy): Values => {
  const bounds = policy.limits.bounds[card.id];
  if (bounds === undefined || 'parameters' in bounds) return fc.constantFrom('0', '1');
  if (!('parts' in bounds)) {
    const values = outsideOf(bounds, 'integer');
    return fc.constantFrom(...values.flatMap((value) => [value, String(value)]));
  }
  const names = card.range.type === 'vector' ? card.range.parts.map(({ name }) => name) : [];
  return fc
    .tuple(fc.integer({ min: 0, max: names.length - 1 }), fc.integer({ min: 0, max: 5 }), keyValues(card, policy))
    .map(([index, which, good]) => {
      const span = bounds.parts[names[index] ?? ''] ?? { min: 0, max: 0 };
      return String(good)
        .split(' ')
        .with(index, String(outsideSpan(span, 1)[which]))
        .join(' ');
    });
};

/** Plans of a sound wish in which one value, named by `path`, is just or far outside its bounds. */
export const outsidePlans = (count: number, seed: number, iface: string, policy: Policy): OutsidePlan[] => {
  const ofKeys = knobs
    .filter(({ id }) => placesOf(id, policy).length === 0)
    .flatMap(({ id }) => keyedCards(id, policy).map((card) => ({ id, card })))
    .map(({ id, card: { key = '', ...card } }) =>
      outsideKeys({ key, ...card }, policy).map((value) => ({
        plan: planOf(iface, { [id]: { [key]: value } }),
        path: `changes.${id}.${key}`,
      })),
    );
  const ofPlaces = knobs.flatMap(({ id, examples }) =>
    placesOf(id, policy).flatMap(({ field, limit, parameter }) =>
      limit === undefined
        ? []
        : examples
            .filter(({ wish }) => laid(wish, tokensOf(field), 1) !== undefined)
            .map(({ wish }) =>
              fc.constantFrom(...outsideOf(limit, parameter.type)).map((value) => ({
                plan: planOf(iface, { [id]: laid(copy(wish), tokensOf(field), value) }),
                path: pathOf(id, field),
              })),
            ),
    ),
  );
  return fc.sample(fc.oneof(...ofKeys, ...ofPlaces), { numRuns: count, seed });
};
