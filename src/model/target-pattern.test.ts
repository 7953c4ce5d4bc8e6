import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseAddress } from './address.ts';
import { NetError } from './errors.ts';
import { globMatches, parseTargetPattern } from './target-pattern.ts';

test.each([
  ['*', '', true],
  ['*', 'anything', true],
  ['?', '', false],
  ['a*c', 'abc', true],
  ['a*c', 'abcd', false],
  ['*.gov', 'a.b.gov', true],
  ['*.gov', 'gov', false],
  ['*.gov', 'a.gov.evil', false],
  ['a?c*e', 'abcde', true],
  ['**a**', 'bab', true],
  ['*ab*ab', 'ababab', true],
  ['', '', true],
  ['', 'a', false],
])('glob %s on %j is %s', (glob, text, expected) => {
  expect(globMatches(glob, text)).toBe(expected);
});

test('a glob means what its regular expression means', () => {
  const letters = fc.constantFrom('a', 'b', '*', '?').map(String);
  fc.assert(
    fc.property(
      fc.array(letters, { maxLength: 8 }),
      fc.array(fc.constantFrom('a', 'b'), { maxLength: 10 }),
      (glob, text) => {
        const expression = new RegExp(`^${glob.join('').replaceAll('*', '.*').replaceAll('?', '.')}$`);
        expect(globMatches(glob.join(''), text.join(''))).toBe(expression.test(text.join('')));
      },
    ),
  );
});

const meets = (pattern: string, address: string): boolean => {
  const parsed = parseAddress(address);
  return parsed !== undefined && parseTargetPattern(pattern).matchesAddress(parsed);
};

test('names and addresses are matched apart', () => {
  expect(parseTargetPattern('*.Example.COM.').matchesName('www.example.com')).toBe(true);
  expect(parseTargetPattern('10.*').matchesName('10.example.com')).toBe(false);
  expect(parseTargetPattern('10.0.0.0/8').matchesName('10.0.0.1')).toBe(false);
  expect(meets('10.*', '10.1.2.3')).toBe(true);
  expect(meets('*.example.com', '10.1.2.3')).toBe(false);
  expect(meets('fd00:*', 'FD00::1')).toBe(true);
  expect(meets('[FD00::1]', 'fd00:0::1')).toBe(true);
  expect(meets('fe80::1', 'fe80::1%eth0')).toBe(true);
  expect(meets('*', 'fd00::1')).toBe(true);
  expect(parseTargetPattern('*').matchesName('localhost')).toBe(true);
});

test.each([
  '',
  ' ',
  '10.0.0.0/33',
  '10.0.0/8',
  'a/b',
  '300.1.1.1',
  '0x7f.1',
  '127.1',
  'a b',
  'bücher.example',
  'http://x',
  '::1::',
  'a'.repeat(254),
  'a;b',
  '[',
  '{a,b}',
])('%j is no pattern', (text) => {
  expect(() => parseTargetPattern(text)).toThrow(NetError);
});
