import fc from 'fast-check';
import { expect, it, test } from 'vitest';
import { figuresOf, lossPercent, showMs } from './statistics.ts';

it('figures of four replies in the order of sending', () => {
  expect(figuresOf([10, 12, 11, 15])).toEqual({ min: 10, avg: 12, max: 15, stddev: 1.871, jitter: 2.333, p95: 15 });
});

it('one reply has no jitter, none have no figures', () => {
  expect(figuresOf([3.14159])).toMatchObject({ avg: 3.142, stddev: 0, jitter: null, p95: 3.142 });
  expect(figuresOf([])).toBeUndefined();
});

it('the 95th of 100 is the 95th', () => {
  expect(figuresOf(Array.from({ length: 100 }, (_, index) => 100 - index))?.p95).toBe(95);
});

test.each([
  [4, 4, 0],
  [3, 2, 33.3],
  [4, 0, 100],
  [0, 0, 100],
])('%d sent, %d received: %d %% lost', (sent, received, loss) => {
  expect(lossPercent(sent, received)).toBe(loss);
});

it('shows what a reader needs', () => {
  expect([12.84, 1, 0.0644].map(showMs)).toEqual(['12.8ms', '1.0ms', '0.064ms']);
});

it('min, avg, p95 and max are in order', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 60_000, noNaN: true }), { minLength: 1 }), (latencies) => {
      const figures = figuresOf(latencies);
      if (figures === undefined) throw new Error('there are figures');
      expect(figures.min).toBeLessThanOrEqual(figures.avg + 0.001);
      expect(figures.avg).toBeLessThanOrEqual(figures.max + 0.001);
      expect(figures.p95).toBeLessThanOrEqual(figures.max);
    }),
  );
});
