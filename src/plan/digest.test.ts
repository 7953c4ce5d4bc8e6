import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, digest, sameJson } from './digest.ts';

/** The same value with the keys of every object the other way round. */
const reversed = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, inner]) => [key, reversed(inner)]),
  );
};

describe('the digest', () => {
  it('does not depend on the order of keys', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(digest(reversed(value))).toBe(digest(value));
        expect(sameJson(value, reversed(value))).toBe(true);
      }),
    );
  });

  it('depends on everything else', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        expect(digest(a) === digest(b)).toBe(canonicalJson(a) === canonicalJson(b));
      }),
    );
    expect(digest([1, 2])).not.toBe(digest([2, 1]));
    expect(digest({ a: 1 })).not.toBe(digest({ a: '1' }));
  });

  it('is pinned, because stored plans hold it', () => {
    expect(canonicalJson({ b: [2, { d: null, c: true }], a: 'x' })).toBe('{"a":"x","b":[2,{"c":true,"d":null}]}');
    expect(digest({ b: 1, a: 2 })).toBe(digest({ a: 2, b: 1 }));
    expect(digest(undefined)).toBe(digest(null));
    expect(digest({})).toBe('44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a');
  });
});
