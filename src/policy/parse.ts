// One policy file: YAML text in, checked value out; what is wrong comes with file, line and fix.
import { type Document, isMap, isNode, isSeq, parseDocument } from 'yaml';
import type * as z from 'zod';
import { NetError } from '../model/errors.ts';

export interface PolicyText {
  /** Relative to the policy folder: `cards/tc.htb_rate.yaml`. */
  name: string;
  /** As messages show it. */
  file: string;
  text: string;
}

export interface Problem {
  /** The message begins with it: `policy/limits.yaml:12`. */
  file: string;
  line: number;
  message: string;
  fix: string;
}

export const policyError = (problems: readonly Problem[]): NetError => {
  const [first, ...others] = problems;
  const place = first === undefined ? 'policy' : `${first.file}:${first.line}`;
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
  return new NetError('invalid_policy', `${place}: ${first?.message ?? 'invalid'}${more}`, first?.fix ?? '', {
    details: { problems: problems.slice(0, 20) },
  });
};

export type Path = readonly PropertyKey[];

export interface ParsedFile<T> {
  source: PolicyText;
  value: T;
  /** A problem with the value at a path of the file. */
  problem(path: Path, message: string, fix: string): Problem;
}

const lineAt = (text: string, offset: number): number => text.slice(0, offset).split('\n').length;

/** Where a path stands in the text; the deepest part of it that does when not all of it is there. */
const offsetOf = (document: Document, path: Path): number => {
  let at: unknown = document.contents;
  let offset = isNode(at) ? (at.range?.[0] ?? 0) : 0;
  for (const step of path) {
    if (isMap(at)) {
      const pair = at.items.find((item) => String(item.key) === String(step));
      if (pair === undefined) break;
      if (isNode(pair.key)) offset = pair.key.range?.[0] ?? offset;
      at = pair.value;
    } else if (isSeq(at) && typeof step === 'number') {
      at = at.items[step];
      if (isNode(at)) offset = at.range?.[0] ?? offset;
    } else break;
  }
  return offset;
};

const shown = (path: Path): string => (path.length === 0 ? '' : `${path.map(String).join('.')}: `);

type Issue = z.core.$ZodIssue;

const issueProblems = (file: Omit<ParsedFile<unknown>, 'value'>, issue: Issue): Problem[] => {
  if (issue.code !== 'unrecognized_keys') {
    return [file.problem(issue.path, `${shown(issue.path)}${issue.message}`, 'Correct this field.')];
  }
  return issue.keys.map((key) =>
    file.problem([...issue.path, key], `unknown field "${key}"`, 'Remove it, or correct its spelling.'),
  );
};

/** What no text file holds: control characters other than tab and line ends, and what a broken encoding leaves. */
const controlCharacters = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffd]/;

/** Aliases that would unfold into more than a hundred copies are refused, whatever they hold. */
const plainValue = (document: Document, problem: ParsedFile<unknown>['problem']): unknown => {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw policyError([problem([], `not valid YAML: ${reason}`, 'Write the values out instead of using aliases.')]);
  }
};

export const parsePolicyFile = <T>(source: PolicyText, schema: z.ZodType<T>): ParsedFile<T> => {
  const document = parseDocument(source.text, { prettyErrors: false });
  const at = (offset: number, message: string, fix: string): Problem => ({
    file: source.file,
    line: lineAt(source.text, offset),
    message,
    fix,
  });
  const problem = (path: Path, message: string, fix: string) => at(offsetOf(document, path), message, fix);
  const binary = source.text.search(controlCharacters);
  if (binary !== -1) {
    throw policyError([at(binary, 'not valid YAML: a control character', 'Write the file as plain UTF-8 text.')]);
  }
  const [broken] = [...document.errors, ...document.warnings];
  if (broken !== undefined) {
    throw policyError([at(broken.pos[0], `not valid YAML: ${broken.message}`, 'Correct the YAML at this place.')]);
  }
  const parsed = schema.safeParse(plainValue(document, problem));
  if (!parsed.success) {
    throw policyError(parsed.error.issues.flatMap((issue) => issueProblems({ source, problem }, issue)));
  }
  return { source, value: parsed.data, problem };
};
