// Strings of filter expressions: "..." with escapes as in C, r"..." without, '.' for one character.
import { filterFault, quoted } from './fault.ts';

const letters: Readonly<Record<string, string>> = {
  '"': '"',
  "'": "'",
  '\\': '\\',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/** Bytes that escapes give and that are no ASCII are kept apart from characters: as halves of pairs, which text cannot hold alone. */
const byteMark = 0xdc00;
const marked = /[\udc80-\udcff]/;

/** A string as characters 0 to 255, each a byte: what stands for bytes in patterns. */
export const byteCharacters = (text: string): string =>
  text.replaceAll(new RegExp(marked, 'g'), (half) => String.fromCharCode(half.charCodeAt(0) - byteMark));

/** A string as the bytes it means: UTF-8, and the bytes that escapes gave. */
export const bytesOfString = (text: string): Uint8Array => {
  const encoder = new TextEncoder();
  const parts = text.split(/([\udc80-\udcff])/);
  return Uint8Array.from(
    parts.flatMap((part) =>
      part.length === 1 && marked.test(part) ? [part.charCodeAt(0) - byteMark] : [...encoder.encode(part)],
    ),
  );
};

const number = /^(?:x([0-9A-Fa-f]{2})|([0-7]{1,3})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8}))/;

/** The character an escape gives and how long the escape is, behind its backslash. */
const escape = (rest: string, at: number): { character: string; length: number } => {
  const letter = letters[rest.slice(0, 1)];
  if (letter !== undefined) return { character: letter, length: 1 };
  const match = number.exec(rest);
  const [all, hex, octal, short, long] = match ?? [];
  if (all === undefined)
    throw filterFault(
      `\\${rest.slice(0, 1)} is no escape.`,
      at,
      'Write \\\\ for a backslash, or a raw string: matches r"\\.com$".',
    );
  const code = Number.parseInt(hex ?? octal ?? short ?? long ?? '0', octal === undefined ? 16 : 8);
  if (code > 0x10_ffff || (octal !== undefined && code > 255) || (code >= 0xd800 && code <= 0xdfff))
    throw filterFault(`\\${all} is no character.`, at, 'Use \\x00 to \\xff, or \\u and four hexadecimal digits.');
  const byte = short === undefined && long === undefined && code > 127;
  return { character: byte ? String.fromCharCode(byteMark + code) : String.fromCodePoint(code), length: all.length };
};

interface Scanned {
  text: string;
  /** Behind the closing quote. */
  end: number;
}

/** Reads from the opening quote at `start`. */
export const scanString = (source: string, start: number, raw: boolean): Scanned => {
  const quote = source[start] ?? '"';
  let text = '';
  for (let at = start + 1; at < source.length; at += 1) {
    const character = source[at] ?? '';
    if (character === quote) return { text, end: at + 1 };
    if (character !== '\\') {
      text += character;
    } else if (raw) {
      // A backslash keeps its meaning for the pattern, and lets a quote stand in it.
      text += character + (source[at + 1] ?? '');
      at += 1;
    } else {
      const { character: meant, length } = escape(source.slice(at + 1, at + 10), at);
      text += meant;
      at += length;
    }
  }
  throw filterFault(`the string ${quoted(source.slice(start))} does not end.`, start, `Close it with ${quote}.`);
};
