import { expect, test } from 'vitest';
import { requestOf } from './live.ts';

test('a view without an end takes any interval; one with an end only those that fit', () => {
  expect(requestOf({})).toMatchObject({ durationMs: Number.POSITIVE_INFINITY, intervalMs: 1000 });
  expect(requestOf({ interval_ms: 10_000 })).toMatchObject({
    durationMs: Number.POSITIVE_INFINITY,
    intervalMs: 10_000,
  });
  expect(requestOf({ duration_s: 2 })).toMatchObject({ durationMs: 2000, intervalMs: 400 });
  expect(() => requestOf({ duration_s: 2, interval_ms: 10_000 })).toThrow('longer than the whole window');
});
