// Canonical JSON and its digest: equal values give equal text, whatever the order of their keys.
import { createHash } from 'node:crypto';

const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isPlain(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key])]),
  );
};

export const canonicalJson = (value: unknown): string => JSON.stringify(sorted(value ?? null));

/** SHA-256 of the canonical JSON, hexadecimal. */
export const digest = (value: unknown): string => createHash('sha256').update(canonicalJson(value)).digest('hex');

export const sameJson = (a: unknown, b: unknown): boolean => canonicalJson(a) === canonicalJson(b);
