// limits.yaml against the cards: bounds for every card and every bounded parameter, and none wider than the card.
import type { Bounds, Card, Limits, Parameter } from '../model/policy.ts';
import type { ParsedFile, Problem } from './parse.ts';

interface Span {
  min: number;
  max: number;
}

type Problems = (path: readonly string[], message: string, fix: string) => Problem;

const spanProblems = (bounds: Span, range: Partial<Span>, path: readonly string[], problem: Problems): Problem[] => {
  if (bounds.min > bounds.max) {
    return [problem(path, `the bounds end (${bounds.max}) before they begin (${bounds.min})`, 'Swap min and max.')];
  }
  if (bounds.min >= (range.min ?? -Infinity) && bounds.max <= (range.max ?? Infinity)) return [];
  const message = `${path.join('.')}: ${bounds.min} to ${bounds.max} reaches beyond the card's ${range.min ?? ''} to ${range.max ?? ''}`;
  return [problem(path, message, "Narrow the bounds, or widen the card's range.")];
};

const valuesProblems = (
  values: readonly string[],
  known: readonly string[],
  path: readonly string[],
  problem: Problems,
): Problem[] =>
  values
    .filter((value) => !known.includes(value))
    .map((value) => problem(path, `"${value}" is not a value of the card`, `The card has ${known.join(', ')}.`));

const kindFix = 'Bounds have the form of the range: min and max, values, parts, or parameters.';

const parameterProblems = (
  card: Card,
  bounds: Extract<Bounds, { parameters: unknown }>['parameters'],
  path: readonly string[],
  problem: Problems,
): Problem[] => {
  const bounded = (card.parameters ?? []).filter(
    ({ min, max, values }) => min !== undefined || max !== undefined || values !== undefined,
  );
  const missing = bounded
    .filter(({ name }) => bounds[name] === undefined)
    .map(({ name }) => problem(path, `${card.id} has no bounds for ${name}`, 'Add them.'));
  const judged = Object.entries(bounds).flatMap(([name, inner]) => {
    const at = [...path, 'parameters', name];
    const parameter: Parameter | undefined = (card.parameters ?? []).find((candidate) => candidate.name === name);
    if (parameter === undefined) return [problem(at, `${card.id} has no parameter "${name}"`, 'Correct the name.')];
    if ('values' in inner) return valuesProblems(inner.values, parameter.values ?? [], at, problem);
    return spanProblems(inner, { min: parameter.min ?? -Infinity, max: parameter.max ?? Infinity }, at, problem);
  });
  return [...missing, ...judged];
};

const cardProblems = (card: Card, bounds: Bounds, problem: Problems): Problem[] => {
  const path = ['bounds', card.id];
  const { range } = card;
  if (range.type === 'integer' && 'min' in bounds) return spanProblems(bounds, range, path, problem);
  if (range.type === 'enum' && 'values' in bounds) return valuesProblems(bounds.values, range.values, path, problem);
  if (range.type === 'object' && 'parameters' in bounds) {
    return parameterProblems(card, bounds.parameters, path, problem);
  }
  if (range.type !== 'vector' || !('parts' in bounds)) {
    return [problem(path, `the bounds of ${card.id} do not fit its range (${range.type})`, kindFix)];
  }
  const unknown = Object.keys(bounds.parts).filter((name) => !range.parts.some((part) => part.name === name));
  return [
    ...unknown.map((name) =>
      problem([...path, 'parts', name], `${card.id} has no part "${name}"`, 'Correct the name.'),
    ),
    ...range.parts.flatMap((part) => {
      const span = bounds.parts[part.name];
      if (span === undefined) return [problem(path, `${card.id} has no bounds for ${part.name}`, 'Add them.')];
      return spanProblems(span, part, [...path, 'parts', part.name], problem);
    }),
  ];
};

/** Every card has bounds, every bounds a card. `only` are the ids that a site's own file speaks of: it need not speak of all. */
export const boundsProblems = (
  cards: readonly ParsedFile<Card>[],
  limits: ParsedFile<Limits>,
  only?: readonly string[],
): Problem[] => {
  const { bounds } = limits.value;
  const problem: Problems = (path, message, fix) => limits.problem(path, message, fix);
  const meant = (id: string): boolean => only?.includes(id) ?? true;
  const unknown = Object.keys(bounds)
    .filter((id) => meant(id) && !cards.some((card) => card.value.id === id))
    .map((id) => problem(['bounds', id], `there is no card "${id}"`, 'Correct the id, or add the card.'));
  const judged = cards.flatMap(({ value: card }) => {
    if (!meant(card.id)) return [];
    const own = bounds[card.id];
    if (own === undefined) return [problem(['bounds'], `bounds has no entry for the card ${card.id}`, 'Add one.')];
    return cardProblems(card, own, problem);
  });
  return [...unknown, ...judged];
};
