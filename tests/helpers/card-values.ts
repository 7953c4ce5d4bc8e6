// Values at and just beyond the ends of a card's range and of its limits, for tests on data, in a namespace and in the lab.
import { checkValue } from '../../src/model/card-value.ts';
import type { Bounds, Card, Limits } from '../../src/model/policy.ts';

interface Span {
  min: number;
  max: number;
}

/** One number of a vector set, the others as near to their own middle as the range's order lets them be. */
const withPart = (parts: readonly Span[], at: number, value: number, ascending: boolean): string =>
  parts
    .map(({ min, max }, index) => {
      if (index === at) return value;
      if (!ascending) return min;
      return index < at ? min : max;
    })
    .join(' ');

const endsOfRange = ({ range }: Card): string[] => {
  if (range.type === 'integer') return [range.min, range.max].map(String);
  if (range.type === 'enum') return range.values;
  if (range.type !== 'vector') return [];
  const { parts, ascending } = range;
  return parts.flatMap(({ min, max }, at) => [min, max].map((value) => withPart(parts, at, value, ascending)));
};

/** Both ends of each number, every word, the default and the examples; nothing that the range itself excludes by the order of its numbers. */
export const ends = (card: Card): string[] => {
  const said = [...(card.default === undefined ? [] : [card.default]), ...(card.examples ?? [])];
  const possible = endsOfRange(card).filter((value) => checkValue(card, value) === undefined);
  return [...new Set([...possible, ...said])];
};

const spansOf = (card: Card, bounds: Bounds): Span[] | undefined => {
  if ('min' in bounds) return [bounds];
  if (!('parts' in bounds) || card.range.type !== 'vector') return undefined;
  return card.range.parts.map(({ name, min, max }) => bounds.parts[name] ?? { min, max });
};

const outsideOf = (spans: readonly Span[], ascending: boolean): string[] =>
  spans.flatMap(({ min, max }, at) => [min - 1, max + 1].map((value) => withPart(spans, at, value, ascending)));

/** One below the least and one above the greatest of each number; for words, one that is not among them. */
export const beyond = (card: Card, limits: Limits): { range: string[]; limits: string[] } => {
  const { range } = card;
  const bounds = limits.bounds[card.id];
  const spans = bounds === undefined ? undefined : spansOf(card, bounds);
  const ascending = range.type === 'vector' && range.ascending;
  const ofRange = range.type === 'integer' ? [range] : range.type === 'vector' ? range.parts : undefined;
  return {
    range: ofRange === undefined ? ['nosuchvalue'] : outsideOf(ofRange, ascending),
    limits: spans === undefined ? ['nosuchvalue'] : outsideOf(spans, ascending),
  };
};
