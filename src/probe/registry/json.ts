// Fields of a stranger's JSON: what is not of the type that was hoped for is not there. Text comes out plain and bounded.
import { plainText } from '../../model/plain-text.ts';

/** Undefined when the text is no JSON; nesting that is too deep for the parser counts as that. */
export const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    // Nothing of it can be used.
    return undefined;
  }
};

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const fieldOf = (value: unknown, name: string): unknown =>
  isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined;

export const isObject = (value: unknown): boolean => isRecord(value);

/** At most so many entries; an empty list for what is none. */
export const listIn = (value: unknown, maxEntries: number): unknown[] =>
  Array.isArray(value) ? value.slice(0, maxEntries) : [];

/** Null for what is no text, and for text with nothing visible in it. */
export const textIn = (value: unknown, maxCharacters = 200): string | null => {
  if (typeof value !== 'string') return null;
  const text = plainText(value, maxCharacters).trim();
  return text === '' ? null : text;
};

export const textsIn = (value: unknown, maxEntries: number): string[] =>
  listIn(value, maxEntries).flatMap((entry) => textIn(entry) ?? []);

export const numberIn = (value: unknown): number | null =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
