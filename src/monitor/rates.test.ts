import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DirectionCounts } from '../model/traffic.ts';
import { bitRate, difference, intervalBetween, packetRate, quantile } from './rates.ts';

const counts = (packets: bigint, bytes: bigint): DirectionCounts => ({
  packets,
  bytes,
  wirePackets: undefined,
  wireBytes: undefined,
  protocols: undefined,
  multicast: undefined,
  broadcast: undefined,
  sizes: undefined,
});

describe('an interval', () => {
  it('is what one reading counted more, over the time between them', () => {
    const before = { atMs: 1000, counts: counts(10n, 1000n) };
    expect(intervalBetween(before, { atMs: 3000, counts: counts(30n, 5000n) })).toEqual({
      seconds: 2,
      packets: 20,
      bytes: 4000,
    });
  });

  it('is none when a counter ran backwards or no time passed', () => {
    const before = { atMs: 1000, counts: counts(10n, 1000n) };
    expect(intervalBetween(before, { atMs: 3000, counts: counts(9n, 2000n) })).toBeUndefined();
    expect(intervalBetween(before, { atMs: 3000, counts: counts(11n, 900n) })).toBeUndefined();
    expect(intervalBetween(before, { atMs: 1000, counts: counts(11n, 1900n) })).toBeUndefined();
  });
});

describe('rates', () => {
  const intervals = [
    { seconds: 1, packets: 100, bytes: 1000 },
    { seconds: 3, packets: 100, bytes: 1000 },
  ];

  it('weigh each interval by its measured length', () => {
    expect(packetRate(intervals)).toEqual({ mean: 50, min: 33.33, max: 100, p95: 100 });
    expect(bitRate(intervals)).toEqual({ mean: 4000, min: 2667, max: 8000, p95: 8000 });
  });

  it('of no interval are 0', () => {
    expect(packetRate([])).toEqual({ mean: 0, min: 0, max: 0, p95: 0 });
  });

  it('lie between the smallest and the largest', () => {
    const interval = fc.record({
      seconds: fc.double({ min: 0.05, max: 60, noNaN: true }),
      packets: fc.nat(1_000_000),
      bytes: fc.nat(1_000_000_000),
    });
    fc.assert(
      fc.property(fc.array(interval, { minLength: 1 }), (some) => {
        const { mean, min, max, p95 } = packetRate(some);
        // Rounding moves each by at most half a packet.
        expect(mean).toBeGreaterThanOrEqual(min - 1);
        expect(mean).toBeLessThanOrEqual(max + 1);
        expect(p95).toBeLessThanOrEqual(max);
        expect(p95).toBeGreaterThanOrEqual(min);
      }),
    );
  });

  it.each([
    [[], 0],
    [[7], 7],
    [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 10],
    [Array.from({ length: 100 }, (_, index) => 100 - index), 95],
  ])('p95 by nearest rank of %j is %d', (values, expected) => {
    expect(quantile(values, 0.95)).toBe(expected);
  });
});

it('the difference keeps what is not counted undefined, and takes protocols that are new whole', () => {
  const tcp = { family: 'ipv4' as const, protocol: 6 };
  const udp = { family: 'ipv4' as const, protocol: 17 };
  const before = {
    ...counts(5n, 500n),
    multicast: 1n,
    sizes: [1n, 4n],
    protocols: [{ ...tcp, packets: 5n, bytes: 500n }],
  };
  const after = {
    ...counts(9n, 900n),
    multicast: 3n,
    sizes: [2n, 7n],
    protocols: [
      { ...tcp, packets: 6n, bytes: 600n },
      { ...udp, packets: 3n, bytes: 300n },
    ],
  };
  expect(difference(before, after)).toEqual({
    ...counts(4n, 400n),
    multicast: 2n,
    sizes: [1n, 3n],
    protocols: [
      { ...tcp, packets: 1n, bytes: 100n },
      { ...udp, packets: 3n, bytes: 300n },
    ],
  });
});
