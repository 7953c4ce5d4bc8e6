import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readLoss } from './loss.ts';

/** Received of 100 sent, hop by hop. */
const read = (received: readonly number[], reached = true) =>
  readLoss(
    received.map((count, index) => ({ hop_number: index + 1, sent: 100, received: count })),
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
    ['little loss before much', [100, 97, 60, 60], ['none', 'icmp_rate_limiting', 'path_loss', 'path_loss'], 3],
    ['everything lost from the first hop on', [70, 70, 70], ['path_loss', 'path_loss', 'path_loss'], 1],
    ['nothing answers at all', [0, 0], ['unknown', 'unknown'], null],
  ];
  for (const [name, received, meanings, beginsAt] of cases) {
    test(name, () => {
      expect(read(received)).toEqual({ meanings, beginsAt });
    });
  }

  test('without the target, loss at the last hop that answers cannot be told apart', () => {
    expect(read([100, 50, 90, 0, 0], false)).toEqual({
      meanings: ['none', 'icmp_rate_limiting', 'unknown', 'unknown', 'unknown'],
      beginsAt: null,
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
        const { meanings, beginsAt } = readLoss(numbered, reached);
        const end = numbered.findLast(({ received }) => received > 0);
        const lossy = end !== undefined && end.received < end.sent;
        expect(meanings).toHaveLength(hops.length);
        expect(beginsAt !== null).toBe(reached && lossy);
        if (beginsAt !== null) expect(meanings[beginsAt - 1]).toBe('path_loss');
        expect(meanings.includes('path_loss')).toBe(reached && lossy);
      }),
    );
  });
});
