// Values against cards: one spelling for what callers write, and the reason when a card does not take it.
import type { Bounds, Card, Limits, Parameter, Range } from './policy.ts';

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

/** Packets (or whatever) per second of `1000/second`, `5/minute`, ...; undefined for another text. */
const perSecond = (text: string): number | undefined => {
  const [, count = '', unit = ''] = /^([0-9]{1,12})\/(second|minute|hour|day)$/.exec(text) ?? [];
  const seconds = { second: 1, minute: 60, hour: 3600, day: 86_400 }[unit];
  return seconds === undefined ? undefined : Number(count) / seconds;
};

interface Span {
  min?: number | undefined;
  max?: number | undefined;
}

const spanReason = (number: number, { min, max }: Span, what: string): string | undefined => {
  if (max !== undefined && number > max) return `${what} exceeds the maximum allowed: ${max}`;
  if (min !== undefined && number < min) return `${what} is below the minimum allowed: ${min}`;
  return undefined;
};

/** The number in a value of a parameter; undefined where it is none, which the knob's own schema judges. */
const numberOf = (parameter: Pick<Parameter, 'type'>, value: unknown): number | undefined => {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string') return undefined;
  if (parameter.type === 'rate') return perSecond(value);
  return /^-?[0-9]+([.][0-9]+)?$/.test(value) ? Number(value) : undefined;
};

type Words = Span & { values?: readonly string[] | undefined };

/** Why bounds (of limits.yaml, or the parameter's own) do not take a value. */
export const parameterReason = (
  parameter: Pick<Parameter, 'name' | 'type'>,
  bounds: Words,
  value: unknown,
): string | undefined => {
  if (bounds.values !== undefined) {
    const text = typeof value === 'string' || typeof value === 'number' ? String(value) : JSON.stringify(value);
    return bounds.values.includes(text)
      ? undefined
      : `${parameter.name} "${shorten(text)}" is not one of ${bounds.values.join(', ')}`;
  }
  const number = numberOf(parameter, value);
  return number === undefined ? undefined : spanReason(number, bounds, parameter.name);
};

/** Why limits.yaml does not let a (normalised) value through that the card's range takes. */
export const boundsReason = (
  limits: Limits,
  card: Pick<Card, 'id' | 'range'>,
  value: CardValue,
): string | undefined => {
  const bounds: Bounds | undefined = limits.bounds[card.id];
  if (bounds === undefined) return 'limits.yaml has no bounds for it, so it cannot be set';
  const text = normaliseValue(value);
  if ('values' in bounds) {
    return bounds.values.includes(text) ? undefined : `"${shorten(text)}" is not one of ${bounds.values.join(', ')}`;
  }
  if ('min' in bounds) return outside(text, bounds.min, bounds.max, 'the value');
  if (!('parts' in bounds) || card.range.type !== 'vector') return undefined;
  const words = text.split(' ');
  return card.range.parts
    .map(({ name }, index) => {
      const part = bounds.parts[name];
      return part === undefined
        ? `limits.yaml has no bounds for ${name}`
        : outside(words[index] ?? '', part.min, part.max, name);
    })
    .find((reason) => reason !== undefined);
};

/** Bounds in words, for hints. */
export const describeBounds = (bounds: Bounds | undefined): string => {
  if (bounds === undefined) return 'nothing';
  if ('values' in bounds) return `one of ${bounds.values.join(', ')}`;
  if ('min' in bounds) return `${bounds.min} to ${bounds.max}`;
  const entries = Object.entries('parts' in bounds ? bounds.parts : bounds.parameters);
  return entries
    .map(([name, inner]) =>
      'values' in inner ? `${name} one of ${inner.values.join(', ')}` : `${name} ${inner.min} to ${inner.max}`,
    )
    .join(', ');
};
