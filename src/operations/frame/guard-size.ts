// Bounds on what comes in, checked before any schema looks at it: size, depth, control characters.
import { NetError } from '../../model/errors.ts';
import { controlCharacterIn, showPath } from './show.ts';

/** Characters in one string; the longest lawful one is the script of a large rendered plan. */
export const maxStringCharacters = 256 * 1024;
/** Characters in all keys and strings of one call. */
export const maxTotalCharacters = 768 * 1024;
const maxDepth = 32;
const maxValues = 100_000;

const limit = (message: string, hint: string): NetError => new NetError('limit_exceeded', message, hint);

const describe = (path: readonly PropertyKey[]): string =>
  path.length === 0 ? 'The input' : `Argument ${showPath(path)}`;

/** Throws limit_exceeded or invalid_argument; `multiline` names paths below which line breaks and tabs may stand. */
export const guardSize = (input: unknown, multiline: readonly string[]): void => {
  let characters = 0;
  let values = 0;

  const text = (value: string, path: readonly PropertyKey[], what: string): void => {
    if (value.length > maxStringCharacters) {
      throw limit(
        `${describe(path)} ${what} is ${value.length} characters long; at most ${maxStringCharacters} are taken.`,
        'Pass a shorter value.',
      );
    }
    characters += value.length;
    if (characters > maxTotalCharacters) {
      throw limit(
        `The input holds more than ${maxTotalCharacters} characters of text.`,
        'Split it into several calls.',
      );
    }
    const shown = showPath(path);
    const lines = multiline.some(
      (prefix) => shown === prefix || shown.startsWith(`${prefix}.`) || shown.startsWith(`${prefix}[`),
    );
    const found = controlCharacterIn(value, lines);
    if (found !== undefined) {
      throw new NetError(
        'invalid_argument',
        `${describe(path)} ${what} contains the control character ${found}.`,
        'Remove it: names and values are plain printable text on one line.',
      );
    }
  };

  const visit = (value: unknown, path: readonly PropertyKey[]): void => {
    values += 1;
    if (values > maxValues)
      throw limit(`The input holds more than ${maxValues} values.`, 'Split it into several calls.');
    if (path.length > maxDepth)
      throw limit(`The input is nested deeper than ${maxDepth} levels.`, 'Pass a flatter value.');
    if (typeof value === 'string') text(value, path, 'value');
    else if (Array.isArray(value))
      value.forEach((item, index) => {
        visit(item, [...path, index]);
      });
    else if (typeof value === 'object' && value !== null) {
      for (const [key, item] of Object.entries(value)) {
        text(key, path, 'key');
        if (key === '__proto__') {
          throw new NetError('unknown_argument', `${describe(path)} has the key "__proto__".`, 'Remove it.');
        }
        visit(item, [...path, key]);
      }
    }
  };
  visit(input, []);
};
