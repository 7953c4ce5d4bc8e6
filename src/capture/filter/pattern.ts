// `matches`: regular expressions that take time in proportion to what they look at (RE2), whatever the pattern. Letters match in either case.
import { RE2JS, RE2JSException } from 're2js';
import type { FieldType, FieldValue } from '../layers/layer.ts';
import type { Literal } from './ast.ts';
import { filterFault } from './fault.ts';
import { maxBytePatterns, maxMatched, maxPattern, maxProgram } from './limits.ts';
import { requiredText } from './literal.ts';
import type { Needs } from './sources.ts';
import { byteCharacters } from './strings.ts';

const hint =
  'Write a regular expression in double quotes, best as a raw string: matches r"\\.example\\.org$". Look-ahead and back references are not supported.';

/** Bytes as characters 0 to 255. */
const characters = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, maxMatched)).toString('latin1');

const compile = (pattern: string, at: number): RE2JS => {
  try {
    return RE2JS.compile(pattern, RE2JS.CASE_INSENSITIVE);
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    throw filterFault(`the pattern is refused: ${error.message}.`, at, hint);
  }
};

/** Throws when this pattern is too much for the expression: alone, or with those before it. */
export const matching = (
  { text, form, at }: Literal,
  type: FieldType,
  needs: Pick<Needs, 'program' | 'bytePatterns'>,
): ((value: FieldValue) => boolean) => {
  if (form !== 'string') throw filterFault('a pattern stands in double quotes.', at, hint);
  if (text.length > maxPattern)
    throw filterFault(`the pattern has ${text.length} characters.`, at, `Use at most ${maxPattern}.`);
  const program = compile(byteCharacters(text), at);
  if (program.programSize() > maxProgram)
    throw filterFault('the pattern repeats too much.', at, 'Use smaller repeat counts: + or * instead of {1,500}.');
  needs.program += program.programSize();
  if (needs.program > maxProgram)
    throw filterFault(
      `the patterns have more than ${maxProgram} instructions in all.`,
      at,
      'Use fewer patterns or smaller repeat counts, or contains where the text is fixed.',
    );
  needs.bytePatterns += Number(type !== 'string');
  if (needs.bytePatterns > maxBytePatterns)
    throw filterFault(
      `more than ${maxBytePatterns} patterns look into bytes.`,
      at,
      'Join them in one pattern: frame matches "one|two"; or use contains where the text is fixed.',
    );
  const required = requiredText(text);
  return (value) => {
    // Letters beyond ASCII may equal ASCII ones in another case: text goes to the pattern at once, bytes have no such letters.
    if (typeof value === 'string') return program.test(value.slice(0, maxMatched));
    if (!(value instanceof Uint8Array)) return false;
    const looked = characters(value);
    return (required === undefined || looked.toLowerCase().includes(required)) && program.test(looked);
  };
};
