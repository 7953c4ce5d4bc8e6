import { expect, test } from 'vitest';
import { quotesDestination } from './sent-to.ts';

const at = (address: string, scope = 0) => ({ address, port: 0, scope });

test.each([
  [at('192.0.2.1'), at('192.0.2.1'), true],
  [at('192.0.2.1'), at('192.0.2.2'), false],
  [at('127.0.0.1'), at('0.0.0.0'), true],
  [at('::1'), at('::'), true],
  [at('fe80::1', 2), at('fe80::1', 2), true],
  [at('fe80::1', 3), at('fe80::1', 2), false],
  [at('fe80::1'), at('fe80::1', 2), true],
  [undefined, at('192.0.2.1'), false],
  [at('192.0.2.1'), undefined, false],
])('an error that quotes %j about a packet to %j: %s', (quoted, sent, counts) => {
  expect(quotesDestination(quoted, sent)).toBe(counts);
});
