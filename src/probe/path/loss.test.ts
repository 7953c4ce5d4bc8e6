import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readLoss, type LossReading } from './loss.ts';

/** Received of so many sent, hop by hop. */
const read = (received: readonly number[], { sent = 100, reached = true } = {}): LossReading =>
  readLoss(
    received.map((count, index) => ({ hop_number: index + 1, sent, received: count })),
    reached,
  );

describe('readLoss', () => {
  const cases: [name: string, received: number[], meanings: string[], beginsAt: number | null][] = [
    ['no loss', [100, 100, 100], ['none', 'none', 'none'], null],
    ['D-27: a limited hop before a clean target', [100, 40, 100], ['none', 'icmp_rate_limiting', 'none'], null],
    [
      'D-27: a limited hop right before a clean target',
      [100, 100, 30, 100],
      ['none', 'none', 'icmp_rate_limiting', 'none'],
      null,
    ],
    ['D-27: a silent hop', [100, 0, 100], ['none', 'icmp_silence', 'none'], null],
    ['loss on the last link', [100, 100, 90], ['none', 'none', 'path_loss'], 3],
    ['loss from the second hop on', [100, 88, 91, 90], ['none', 'path_loss', 'path_loss', 'path_loss'], 2],
    ['a limited hop within the loss', [100, 90, 20, 90], ['none', 'path_loss', 'icmp_rate_limiting', 'path_loss'], 2],
    ['a limited hop before the loss', [100, 20, 100, 90], ['none', 'icmp_rate_limiting', 'none', 'path_loss'], 4],
    ['a limited hop right before lossy links', [20, 90, 91], ['icmp_rate_limiting', 'path_loss', 'path_loss'], 2],
    ['a silent hop within the loss', [100, 90, 0, 90], ['none', 'path_loss', 'icmp_silence', 'path_loss'], 2],
    ['little loss before much: limit or loss', [100, 97, 60, 60], ['none', 'unknown', 'path_loss', 'path_loss'], 3],
    ['everything lost from the first hop on', [70, 70, 70], ['path_loss', 'path_loss', 'path_loss'], 1],
    ['a limit that happens to be near the loss', [100, 100, 78, 90], ['none', 'none', 'unknown', 'path_loss'], null],
    ['nothing answers at all', [0, 0], ['unknown', 'unknown'], null],
  ];
  for (const [name, received, meanings, beginsAt] of cases) {
    test(name, () => {
      expect(read(received)).toMatchObject({ meanings, beginsAt });
    });
  }

  const few: [name: string, received: number[], meanings: string[], beginsAt: number | null, between: unknown][] = [
    [
      'D-27: a limited hop beside a target that lost one of ten',
      [10, 10, 5, 9],
      ['none', 'none', 'unknown', 'path_loss'],
      null,
      { after: 0, atLatest: 4 },
    ],
    ['one lost at the target', [10, 10, 9], ['none', 'none', 'path_loss'], null, { after: 0, atLatest: 3 }],
    ['one lost at a hop, none at the target', [10, 9, 10], ['none', 'unknown', 'none'], null, null],
    ['half lost at a hop, none at the target', [10, 5, 10], ['none', 'icmp_rate_limiting', 'none'], null, null],
    ['half lost at the target alone', [10, 10, 5], ['none', 'none', 'path_loss'], 3, null],
    ['half lost at two hops', [10, 5, 5], ['none', 'unknown', 'path_loss'], null, { after: 1, atLatest: 3 }],
    ['one probe', [1, 0, 1], ['none', 'icmp_silence', 'none'], null, null],
  ];
  for (const [name, received, meanings, beginsAt, between] of few) {
    test(`ten probes: ${name}`, () => {
      expect(read(received, { sent: received[0] ?? 0 })).toEqual({ meanings, beginsAt, between });
    });
  }

  test('without the target, loss at the last hop that answers cannot be told apart', () => {
    expect(read([100, 50, 90, 0, 0], { reached: false })).toEqual({
      meanings: ['none', 'icmp_rate_limiting', 'unknown', 'unknown', 'unknown'],
      beginsAt: null,
      between: null,
    });
  });

  test('holds for any counts: loss begins only where there is some, and a clean target has none', () => {
    const hop = fc
      .integer({ min: 1, max: 50 })
      .chain((sent) =>
        fc.record({ hop_number: fc.constant(1), sent: fc.constant(sent), received: fc.integer({ min: 0, max: sent }) }),
      );
    fc.assert(
      fc.property(fc.array(hop, { minLength: 1, maxLength: 12 }), fc.boolean(), (hops, reached) => {
        const numbered = hops.map((each, index) => ({ ...each, hop_number: index + 1 }));
        const { meanings, beginsAt, between } = readLoss(numbered, reached);
        const end = numbered.findLast(({ received }) => received > 0);
        const lossy = end !== undefined && end.received < end.sent;
        expect(meanings).toHaveLength(hops.length);
        expect(beginsAt !== null || between !== null).toBe(reached && lossy);
        expect(beginsAt === null || between === null).toBe(true);
        if (beginsAt !== null) expect(meanings[beginsAt - 1]).toBe('path_loss');
        if (between !== null) expect(between.after).toBeLessThan(between.atLatest);
        expect(meanings.includes('path_loss')).toBe(reached && lossy);
      }),
    );
  });
});

/** Numbers from 0 to 1, the same ones every time (mulberry32). */
const numbersFrom = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
};

describe('readLoss over many simulated runs', () => {
  const runs = 2000;
  /** Readings of runs over hops, each of which leaves this share of its probes unanswered. */
  const simulate = (shares: readonly number[], sent: number): LossReading[] => {
    const next = numbersFrom(sent);
    const answered = (share: number): number => Array.from({ length: sent }, next).filter((n) => n >= share).length;
    return Array.from({ length: runs }, () => read(shares.map(answered), { sent }));
  };
  const counts = [3, 5, 10, 20, 50, 100];

  test.for(
    counts.flatMap((sent) =>
      [0, 0.1].flatMap((target) => [0.4, 0.5, 0.7, 0.9].map((limited) => ({ sent, target, limited }))),
    ),
  )('D-27: $sent probes, a hop that answers all but $limited before a target that loses $target', (each) => {
    const readings = simulate([0, 0, each.limited, each.target], each.sent);
    const blamed = readings.filter(({ meanings, beginsAt }) => meanings[2] === 'path_loss' || beginsAt === 3);
    expect(blamed.length).toBeLessThan(runs / 100);
    if (each.target === 0) expect(blamed).toEqual([]);
  });

  test.for([
    { name: 'on the last link', shares: [0, 0, 0, 0, 0.3], hop: 5 },
    { name: 'before the last link', shares: [0, 0, 0.3, 0.3], hop: 3 },
    { name: 'in the middle', shares: [0, 0, 0.3, 0.3, 0.3], hop: 3 },
    { name: 'on the first link', shares: [0.3, 0.3, 0.3], hop: 1 },
    { name: 'behind a limited hop', shares: [0, 0.7, 0, 0.3, 0.3], hop: 4 },
  ])('30 % loss $name is found by 50 probes, and by ten no other hop is blamed', ({ shares, hop }) => {
    const found = simulate(shares, 50).map(({ beginsAt }) => beginsAt);
    expect(found.filter((beginsAt) => beginsAt === hop).length).toBeGreaterThan(0.9 * runs);
    for (const sent of [10, 50]) {
      const wrong = simulate(shares, sent).filter(({ beginsAt }) => beginsAt !== null && beginsAt !== hop);
      expect(wrong.length).toBeLessThan(runs / 50);
    }
  });
});
