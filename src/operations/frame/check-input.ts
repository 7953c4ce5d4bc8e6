// Input against its schema: unknown arguments by name with the known ones, anything else with path, expectation and what came.
import type * as z from 'zod';
import { NetError } from '../../model/errors.ts';
import { guardSize } from './guard-size.ts';
import { propertiesOf, schemasAt, type JsonSchema } from './json-schema.ts';
import { nearNames } from './near.ts';
import { plainText } from '../../model/plain-text.ts';
import { showPath, showValue } from './show.ts';

export interface InputRules {
  schema: () => JsonSchema;
  multiline: readonly string[];
}

type Issue = z.core.$ZodIssue;

const isRootMismatch = (issue: Issue): boolean => issue.path.length === 0 && issue.code === 'invalid_type';

/** A union's failure is told by its best alternative: one of the right kind, with the fewest complaints. */
const flatten = (issue: Issue): Issue[] => {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [issue];
  const [best] = issue.errors
    .filter((issues) => !issues.some(isRootMismatch))
    .sort((left, right) => left.length - right.length);
  if (best === undefined) return [issue];
  return best.flatMap((inner) => flatten({ ...inner, path: [...issue.path, ...inner.path] }));
};

const valueAt = (input: unknown, path: readonly PropertyKey[]): unknown => {
  let value = input;
  for (const step of path) {
    value = typeof value === 'object' && value !== null ? Reflect.get(value, step) : undefined;
  }
  return value;
};

const list = (words: readonly string[], max = 40): string =>
  words.length <= max ? words.join(', ') : `${words.slice(0, max).join(', ')}, and ${words.length - max} more`;

const quoted = (keys: readonly string[]): string =>
  list(
    keys.map((key) => `"${plainText(key, 60)}"`),
    5,
  );

const unknownArguments = (keys: readonly string[], path: readonly PropertyKey[], root: JsonSchema): NetError => {
  const known = [...new Set(schemasAt(root, path).flatMap((schema) => Object.keys(propertiesOf(schema))))];
  const near = keys.flatMap((key) => nearNames(key, known)).slice(0, 3);
  const where = path.length === 0 ? '' : ` in ${showPath(path)}`;
  return new NetError(
    'unknown_argument',
    `Unknown argument${keys.length === 1 ? '' : 's'} ${quoted(keys)}${where}.`,
    `${near.length === 0 ? '' : `Did you mean ${list(near)}? `}${known.length === 0 ? 'No argument is taken there.' : `Known there: ${list(known)}.`}`,
    { details: { path: showPath(path), unknown: keys.slice(0, 10).map((key) => plainText(key, 60)), known } },
  );
};

const boundOf = (schemas: readonly JsonSchema[], word: 'minimum' | 'maximum'): number | undefined =>
  schemas.map((schema) => schema[word]).find((bound) => typeof bound === 'number');

const boundsOf = (schemas: readonly JsonSchema[]): string => {
  const least = boundOf(schemas, 'minimum');
  const most = boundOf(schemas, 'maximum');
  if (least !== undefined && most !== undefined) return `${least} to ${most}`;
  if (least !== undefined) return `at least ${least}`;
  return most === undefined ? '' : `at most ${most}`;
};

const choicesOf = (schemas: readonly JsonSchema[]): string => {
  const choices = schemas.flatMap(({ enum: values }) => (Array.isArray(values) ? values.map(String) : []));
  return choices.length === 0 ? '' : `one of ${list([...new Set(choices)], 20)}`;
};

const expectation = (root: JsonSchema, path: readonly PropertyKey[]): string => {
  const schemas = schemasAt(root, path);
  const description = schemas.map((schema) => schema['description']).find((text) => typeof text === 'string');
  const types = [...new Set(schemas.flatMap((schema) => (typeof schema['type'] === 'string' ? [schema['type']] : [])))];
  const words = [choicesOf(schemas) || types.join(' or '), boundsOf(schemas), description].filter(
    (word) => word !== undefined && word !== '',
  );
  return words.length === 0 ? '' : `${showPath(path)}: ${words.join('; ')}`;
};

const describe = (issue: Issue, input: unknown): string => {
  const message = plainText(issue.message, 300)
    .replace(/^Invalid input: /, '')
    .replace(/, received .*$/, '');
  const place = issue.path.length === 0 ? 'The input' : `Argument ${showPath(issue.path)}`;
  return `${place}: ${message}; got ${showValue(valueAt(input, issue.path))}.`;
};

export const checkInput = <Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
  rules: InputRules,
): z.output<Schema> => {
  guardSize(input, rules.multiline);
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.flatMap(flatten);
  const unknown = issues.find((issue) => issue.code === 'unrecognized_keys');
  if (unknown !== undefined) throw unknownArguments(unknown.keys, unknown.path, rules.schema());
  const [first] = issues;
  const hints = [...new Set(issues.slice(0, 3).map((issue) => expectation(rules.schema(), issue.path)))].filter(
    Boolean,
  );
  throw new NetError(
    'invalid_argument',
    issues
      .slice(0, 3)
      .map((issue) => describe(issue, input))
      .join(' '),
    hints.length === 0 ? 'Correct the argument and call again.' : `Expected ${hints.join('. ')}.`,
    { details: { path: first === undefined ? '' : showPath(first.path), issues: issues.length } },
  );
};
