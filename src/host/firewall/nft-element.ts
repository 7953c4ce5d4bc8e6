// Elements of sets and maps of nft's JSON as one line each, such as `10.0.0.0/8` or `23 : jump web` (libnftables-json(5)).
import { isObject, listOf, textOf } from './nft-match.ts';

const maxDepth = 5;

const verdictText = (value: Readonly<Record<string, unknown>>): string | undefined => {
  for (const name of ['accept', 'drop', 'reject', 'continue', 'return', 'queue']) if (name in value) return name;
  for (const name of ['jump', 'goto']) {
    if (isObject(value[name])) return `${name} ${textOf(value[name]['target'])}`;
  }
  return undefined;
};

/** What it does not know is `...`. */
export const elementText = (value: unknown, depth = 0): string => {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (depth >= maxDepth) return '...';
  const inner = (part: unknown): string => elementText(part, depth + 1);
  if (Array.isArray(value)) return value.slice(0, 2).map(inner).join(' : ');
  if (!isObject(value)) return '...';
  const { prefix, range, concat, elem } = value;
  if (isObject(prefix)) return `${inner(prefix['addr'])}/${inner(prefix['len'])}`;
  if (Array.isArray(range)) return range.slice(0, 2).map(inner).join('-');
  if (Array.isArray(concat)) return listOf(concat).slice(0, 16).map(inner).join(' . ');
  if (isObject(elem)) {
    const { val, expires, comment } = elem;
    const ends = typeof expires === 'number' ? ` (expires in ${expires} s)` : '';
    return `${inner(val)}${ends}${typeof comment === 'string' ? ` "${comment}"` : ''}`;
  }
  return verdictText(value) ?? '...';
};
