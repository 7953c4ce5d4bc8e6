// The shipped policy as texts that a test may spoil, and what the loader then says.
import { parseDocument } from 'yaml';
import { NetError } from '../../src/model/errors.ts';
import { readFolder, shippedFolder } from '../../src/host/policy-files.ts';
import type { PolicyText } from '../../src/policy/parse.ts';

export const shipped: readonly PolicyText[] = readFolder(shippedFolder).map(({ name, text }) => ({
  name,
  file: `policy/${name}`,
  text,
}));

export const shippedText = (name: string): string => shipped.find((source) => source.name === name)?.text ?? '';

export type Edit = (text: string) => string;

/** The shipped policy with one file's text changed, or a file added; an edit that changes nothing is a fault of the test. */
export const edited = (name: string, edit: Edit): PolicyText[] => {
  const before = shippedText(name);
  const text = edit(before);
  if (text === before) throw new Error(`the edit of ${name} changed nothing`);
  return [...shipped.filter((source) => source.name !== name), { name, file: `policy/${name}`, text }];
};

export const swap =
  (from: string | RegExp, to: string): Edit =>
  (text) =>
    text.replace(from, () => to);

/** Sets a value deep in the file; undefined removes it. */
export const put =
  (path: readonly (string | number)[], value: unknown): Edit =>
  (text) => {
    const document = parseDocument(text);
    if (value === undefined) document.deleteIn(path);
    else document.setIn(path, value);
    return document.toString();
  };

export const refusal = (build: () => unknown): NetError => {
  try {
    build();
  } catch (error) {
    if (error instanceof NetError) return error;
    throw error;
  }
  throw new Error('the policy was accepted');
};

/** The line on which a part of the text first stands. */
export const lineOf = (text: string, part: string): number => {
  const at = text.indexOf(part);
  if (at === -1) throw new Error(`"${part}" is not in the text`);
  return text.slice(0, at).split('\n').length;
};
