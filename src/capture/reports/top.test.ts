import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { topOf } from './top.ts';

test('the largest come first, the lower number first among equals, what is no number never', () => {
  expect(topOf(6, 3, (index) => [5, 9, Number.NaN, 9, 1, 5][index - 1] ?? 0)).toEqual([2, 4, 1]);
  expect(topOf(2, 5, (index) => index)).toEqual([2, 1]);
  expect(topOf(0, 5, () => 1)).toEqual([]);
  expect(topOf(5, 0, () => 1)).toEqual([]);
});

test('it is what sorting all of them gives', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -5, max: 5 }), { maxLength: 60 }), fc.nat(20), (keys, wanted) => {
      const sorted = keys
        .map((key, at) => ({ key, index: at + 1 }))
        .sort((one, other) => other.key - one.key || one.index - other.index)
        .slice(0, wanted);
      expect(topOf(keys.length, wanted, (index) => keys[index - 1] ?? 0)).toEqual(sorted.map(({ index }) => index));
    }),
  );
});
