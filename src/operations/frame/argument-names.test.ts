import { expect, test } from 'vitest';
import { withOurNames } from './argument-names.ts';

const names = { network_operation: 'direction', operation: 'direction' };

test.each<[unknown, unknown]>([
  [
    { network_operation: 'incoming', other: 1 },
    { direction: 'incoming', other: 1 },
  ],
  [{ operation: 'incoming' }, { direction: 'incoming' }],
  [
    { operation: 'incoming', direction: 'both' },
    { operation: 'incoming', direction: 'both' },
  ],
  [
    { operation: 'incoming', network_operation: 'outgoing' },
    { direction: 'incoming', network_operation: 'outgoing' },
  ],
  [{ toString: 1 }, { toString: 1 }],
  ['text', 'text'],
])('%j', (input, expected) => {
  expect(withOurNames(input, names)).toEqual(expected);
});
