// Splits a filter expression into its words: one pass, every position kept for errors.
import { filterFault, quoted } from './fault.ts';
import { maxCharacters } from './limits.ts';
import { scanString } from './strings.ts';
import type { Token } from './tokens.ts';

/** Longest first. */
const signs = '=== !== == != ~= <= >= && || ^^ .. < > ~ & ! ( ) { } , #'.split(' ');

/** Signs of Wireshark or of other languages that are not supported, and what to write. */
const refused: Readonly<Record<string, string>> = {
  '=': 'Write == to compare.',
  '|': 'Write || or or.',
  '^': 'Write ^^ or xor.',
  '+': 'Arithmetic is not supported: compare the field itself.',
  '*': 'Arithmetic is not supported: compare the field itself.',
  '%': 'Arithmetic is not supported; the last bit is `field & 1`.',
  '@': 'Raw values are not supported: compare the field itself, or a slice of its protocol such as ip[8:1] == 40.',
  $: 'References are not supported: write the value.',
  ']': 'A slice is written field[offset:length].',
};

const word = /^(?:(?!\.\.)[\w.:/-])+/;

const pieceAt = (source: string, at: number): { token: Token; end: number } => {
  const character = source[at] ?? '';
  const raw = character === 'r' && source[at + 1] === '"';
  if (character === '"' || raw) {
    const { text, end } = scanString(source, raw ? at + 1 : at, raw);
    return { token: { kind: 'string', text, at }, end };
  }
  if (character === "'") {
    const { text, end } = scanString(source, at, false);
    if (text.length !== 1)
      throw filterFault('single quotes hold one character.', at, 'Write strings in double quotes.');
    return { token: { kind: 'character', text, at }, end };
  }
  if (character === '[') {
    const close = source.indexOf(']', at);
    if (close === -1) throw filterFault('the slice does not end.', at, 'A slice is written field[offset:length].');
    return { token: { kind: 'slice', text: source.slice(at + 1, close).trim(), at }, end: close + 1 };
  }
  const sign = signs.find((candidate) => source.startsWith(candidate, at));
  if (sign !== undefined) return { token: { kind: 'sign', text: sign, at }, end: at + sign.length };
  const text = word.exec(source.slice(at))?.[0];
  if (text !== undefined) return { token: { kind: 'word', text, at }, end: at + text.length };
  throw filterFault(
    `${quoted(character)} does not belong here.`,
    at,
    refused[character] ?? 'Text with other characters than letters, digits and . : / - _ is written in double quotes.',
  );
};

/** The last token is always `end`. */
export const tokensOf = (source: string): Token[] => {
  if (source.length > maxCharacters)
    throw filterFault(
      `the expression has ${source.length} characters.`,
      maxCharacters,
      `Use at most ${maxCharacters} characters; address lists fit as in {10.0.0.0/8, 192.0.2.1}.`,
    );
  const tokens: Token[] = [];
  let at = 0;
  while (at < source.length) {
    if (/\s/.test(source[at] ?? '')) {
      at += 1;
    } else {
      const { token, end } = pieceAt(source, at);
      tokens.push(token);
      at = end;
    }
  }
  return [...tokens, { kind: 'end', text: '', at: source.length }];
};
