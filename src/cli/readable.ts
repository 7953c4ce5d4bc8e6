// Results as text for people: the summary, then the data indented; foreign text cannot steer the terminal.
import type { Answer } from '../operations/frame/invoke.ts';
import { plainText } from '../model/plain-text.ts';
import { tableOf } from './table.ts';

const maxLineCharacters = 2000;

/** A text of several lines (a script) stays several lines, each of them made safe. */
const linesOf = (text: string): string[] =>
  text.split('\n').map((line) => plainText(line.replaceAll('\t', '  '), maxLineCharacters));

type Plain = string | number | boolean | null | undefined;
const isPlain = (value: unknown): value is Plain => typeof value !== 'object' || value === null;

const scalar = (value: Plain): string =>
  value === null ? '-' : typeof value === 'string' ? linesOf(value).join(' ') : String(value);

const entry = (label: string, value: unknown, indent: string): string[] => {
  if (typeof value === 'string' && value.trimEnd().includes('\n')) {
    return [`${indent}${label}:`, ...linesOf(value.trimEnd()).map((line) => `${indent}  ${line}`)];
  }
  if (isPlain(value)) return [`${indent}${label}: ${scalar(value)}`];
  if (Array.isArray(value) && value.every(isPlain) && value.every((item) => String(item).length < 60)) {
    return [`${indent}${label}: ${value.length === 0 ? 'none' : value.map(scalar).join(', ')}`];
  }
  const table = Array.isArray(value) ? tableOf(value) : undefined;
  if (table !== undefined) return [`${indent}${label}:`, ...table.map((row) => `${indent}  ${row}`)];
  return [`${indent}${label}:`, ...block(value, `${indent}  `)];
};

const item = (value: unknown, indent: string): string[] => {
  if (isPlain(value)) return [`${indent}- ${scalar(value)}`];
  const [first = '', ...rest] = block(value, `${indent}  `);
  return [`${indent}- ${first.trimStart()}`, ...rest];
};

const block = (value: unknown, indent: string): string[] => {
  if (Array.isArray(value)) return value.flatMap((one) => item(one, indent));
  if (isPlain(value)) return [`${indent}${scalar(value)}`];
  return Object.entries(value).flatMap(([key, one]) => entry(plainText(key, 80), one, indent));
};

export const readable = (answer: Answer): string => {
  if (!answer.ok) {
    const { code, message, hint, details } = answer.error.toReport();
    const more = details === undefined ? [] : block(details, '  ');
    return [
      `${code}: ${plainText(message, maxLineCharacters)}`,
      `hint: ${plainText(hint, maxLineCharacters)}`,
      ...more,
      '',
    ].join('\n');
  }
  const { success: _success, summary, ...data } = answer.result;
  return [...linesOf(String(summary)), ...block(data, ''), ''].join('\n');
};
