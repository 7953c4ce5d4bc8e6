// Values against cards: one spelling for what callers write, and the reason when a card does not take it.
import type { Card, Limits, Range } from './policy.ts';

export type CardValue = string | number | readonly (string | number)[];

/** One blank between words, none around; canonical decimals (`007` is `7`); several numbers as the kernel writes them. */
export const normaliseValue = (value: CardValue): string => {
  const text = typeof value === 'object' ? value.join(' ') : String(value);
  return text
    .trim()
    .split(/\s+/)
    .map((word) => (/^-?[0-9]{1,20}$/.test(word) ? BigInt(word).toString() : word))
    .join(' ');
};

const integerPattern = /^-?[0-9]{1,15}$/;

const outside = (text: string, min: number, max: number, what: string): string | undefined => {
  if (!/^-?[0-9]+$/.test(text)) return `${what} must be a whole number, not "${shorten(text)}"`;
  const number = integerPattern.test(text) ? Number(text) : text.startsWith('-') ? -Infinity : Infinity;
  if (number > max) return `${what} exceeds the maximum allowed: ${max}`;
  if (number < min) return `${what} is below the minimum allowed: ${min}`;
  return undefined;
};

const shorten = (text: string): string => (text.length > 60 ? `${text.slice(0, 57)}...` : text);

const vectorReason = (range: Extract<Range, { type: 'vector' }>, text: string): string | undefined => {
  const words = text.split(' ');
  const names = range.parts.map((part) => part.name).join(' ');
  if (words.length !== range.parts.length) {
    return `the value needs ${range.parts.length} numbers (${names}), not ${words.length}`;
  }
  for (const [index, part] of range.parts.entries()) {
    const reason = outside(words[index] ?? '', part.min, part.max, part.name);
    if (reason !== undefined) return reason;
  }
  const numbers = words.map(Number);
  if (range.ascending && numbers.some((number, index) => number < (numbers[index - 1] ?? -Infinity))) {
    return `the numbers must ascend (${names})`;
  }
  const span = (numbers.at(-1) ?? 0) - (numbers[0] ?? 0) + 1;
  if (range.min_span !== undefined && span < range.min_span) {
    return `from first to last there are ${span} values, fewer than ${range.min_span}`;
  }
  return undefined;
};

/** Why the card does not take a (normalised) value; undefined when it does. `object` ranges are their knob's own business. */
export const checkValue = (card: Pick<Card, 'range'>, value: CardValue): string | undefined => {
  const text = normaliseValue(value);
  const { range } = card;
  switch (range.type) {
    case 'integer':
      return outside(text, range.min, range.max, 'the value');
    case 'enum':
      return range.values.includes(text) ? undefined : `"${shorten(text)}" is not one of ${range.values.join(', ')}`;
    case 'vector':
      return vectorReason(range, text);
    case 'object':
      return undefined;
  }
};

/** Why limits.yaml prohibits a value that the card's range would take. */
export const prohibitedReason = (limits: Limits, card: Pick<Card, 'id'>, value: CardValue): string | undefined => {
  const text = normaliseValue(value);
  return limits.prohibited.find((entry) => entry.card === card.id && entry.values.includes(text))?.reason;
};

/** The range in words, for hints. */
export const describeRange = (range: Range): string => {
  switch (range.type) {
    case 'integer':
      return `${range.min} to ${range.max}`;
    case 'enum':
      return `one of ${range.values.join(', ')}`;
    case 'vector':
      return range.parts.map((part) => `${part.name} ${part.min} to ${part.max}`).join(', ');
    case 'object':
      return 'as the knob describes it';
  }
};
