// What may be shown of foreign text: nothing that hides or forges, and every script as it is.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { plainText } from './plain-text.ts';

const range = (first: number, last: number): string =>
  Array.from({ length: last - first + 1 }, (_, index) => String.fromCodePoint(first + index)).join('');

describe('removed', () => {
  test.each([
    ['C0', range(0, 0x1f)],
    ['DEL and C1', range(0x7f, 0x9f)],
    ['soft hyphen', '\u00ad'],
    ['combining grapheme joiner', '\u034f'],
    ['Arabic letter mark', '\u061c'],
    ['Hangul fillers', '\u115f\u1160\u3164\uffa0'],
    ['Khmer vowels without form', '\u17b4\u17b5'],
    ['Mongolian selectors', range(0x180b, 0x180f)],
    ['zero width and direction marks', range(0x200b, 0x200f)],
    ['separators and embeddings', range(0x2028, 0x202e)],
    ['invisible operators and isolates', range(0x2060, 0x206f)],
    ['Braille blank', '\u2800'],
    ['private use', `\ue000\uf8ff${range(0xf0000, 0xf000f)}`],
    ['variation selectors', range(0xfe00, 0xfe0f)],
    ['byte order mark', '\ufeff'],
    ['annotations', range(0xfff9, 0xfffb)],
    ['noncharacters', `\ufdd0\ufffe\uffff${String.fromCodePoint(0x10ffff)}`],
    ['Egyptian and musical blanks', '\u{13441}\u{13442}\u{1d159}\u{16fe4}'],
    ['shorthand and musical formats', `${range(0x1bca0, 0x1bca3)}${range(0x1d173, 0x1d17a)}`],
    ['tags', range(0xe0000, 0xe007f)],
    ['more variation selectors', range(0xe0100, 0xe01ef)],
    ['halves of pairs', '\ude00\ud83d'],
  ])('%s', (_name, hidden) => {
    for (const character of hidden) expect(plainText(`a${character}b`)).toBe('ab');
    expect(plainText(`a${hidden}b`, 10)).toBe('ab');
  });
});

describe('kept', () => {
  test.each([
    'plain ASCII, with ~ and `quotes`',
    'Grüße, naïve façade, Ωμέγα, привет',
    'e\u0301 with its accent',
    'مرحبا بالعالم',
    'שָׁלוֹם',
    'नमस्ते दुनिया',
    'สวัสดี ភាសាខ្មែរ',
    '한국어 조선말 \u1112\u1161\u11ab',
    '日本語 漢字 𠮷野家',
    'ᠮᠣᠩᠭᠣᠯ',
    '😀🚀🇫🇷👍🏽',
    '⠃⠗⠁⠊⠇⠇⠑ →≤∞ € ½ ™ �',
  ])('%s', (text) => {
    expect(plainText(text)).toBe(text);
  });

  test('emoji lose what joins and colours them, and stay', () => {
    expect(plainText('👩\u200d💻 ❤\ufe0f')).toBe('👩💻 ❤');
  });

  test('every kind of space is a space', () => {
    expect(plainText('a\u00a0b\u2003c\u202fd\u205fe\u3000f\u1680g')).toBe('a b c d e f g');
  });
});

describe('capped', () => {
  test('what is cut is marked', () => {
    expect(plainText('abcdef', 6)).toBe('abcdef');
    expect(plainText('abcdefg', 6)).toBe('abcdef…');
    expect(plainText('x'.repeat(201))).toBe(`${'x'.repeat(200)}…`);
  });

  test('a pair is not cut in two', () => {
    expect(plainText('a😀b', 2)).toBe('a…');
    expect(plainText('a😀b', 3)).toBe('a😀…');
  });
});

test('any text: bounded, of whole characters, and the same when it is made plain again', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), fc.nat(80), (text, cap) => {
      const plain = plainText(text, cap);
      expect(plain.length).toBeLessThanOrEqual(cap + 1);
      expect(plain).not.toMatch(/\p{Cs}/u);
      expect(plainText(plain, 400)).toBe(plain);
    }),
  );
});
