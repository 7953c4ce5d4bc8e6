// A command derived from an operation: its flags and positionals from the input's JSON Schema, its words into that input.
import { NetError } from '../model/errors.ts';
import type { Operation } from '../operations/define.ts';
import { propertiesOf, requiredOf, schemasAt, type JsonSchema } from '../operations/frame/json-schema.ts';
import { plainText } from '../model/plain-text.ts';
import type { Flags } from './options.ts';
import type { Streams } from './streams.ts';
import { UsageError } from './usage.ts';

export const kebab = (name: string): string => name.replaceAll('_', '-');

export interface Argument {
  /** The property of the input. */
  property: string;
  flag: string;
  kind: 'text' | 'number' | 'switch' | 'list' | 'json';
  required: boolean;
  schema: JsonSchema;
}

const typesOf = (root: JsonSchema, property: string): string[] =>
  schemasAt(root, [property]).flatMap((schema) => (typeof schema['type'] === 'string' ? [schema['type']] : []));

const kindOf = (types: readonly string[], itemTypes: readonly string[]): Argument['kind'] => {
  const some = (...wanted: string[]): boolean => types.some((type) => wanted.includes(type));
  const words = ['string', 'number', 'integer'].some((type) => itemTypes.includes(type));
  if (some('array') && words) return 'list';
  if (types.length === 0 || some('object', 'array')) return 'json';
  if (some('boolean')) return 'switch';
  return some('number', 'integer') ? 'number' : 'text';
};

const itemTypesOf = (root: JsonSchema, property: string): string[] =>
  schemasAt(root, [property, 0]).flatMap((schema) => (typeof schema['type'] === 'string' ? [schema['type']] : []));

export const argumentsOf = (operation: Operation): Argument[] => {
  const root = operation.inputSchema();
  const required = requiredOf(root);
  return Object.entries(propertiesOf(root)).flatMap(([property, schema]) =>
    typeof schema !== 'object' || schema === null || property === 'background'
      ? []
      : [
          {
            property,
            flag: kebab(property),
            kind: kindOf(typesOf(root, property), itemTypesOf(root, property)),
            required: required.includes(property),
            schema: { ...schema },
          },
        ],
  );
};

/** What may be given without its flag, in this order: the required ones; without any, the first text. */
export const positionalsOf = (all: readonly Argument[]): Argument[] => {
  const required = all.filter((argument) => argument.required && argument.kind !== 'switch');
  return required.length > 0 ? required : all.filter((argument) => argument.kind === 'text').slice(0, 1);
};

export const flagsOf = (all: readonly Argument[]): Flags =>
  Object.fromEntries(
    all.map(({ flag, kind }) => [
      flag,
      { type: kind === 'switch' ? 'boolean' : 'string', multiple: kind === 'list' } as const,
    ]),
  );

const numberOrText = (text: string): unknown => (/^-?(0|[1-9][0-9]*)(\.[0-9]+)?$/.test(text) ? Number(text) : text);

const parseJson = (text: string, flag: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new NetError(
      'invalid_argument',
      `--${flag} is not JSON: ${error instanceof Error ? plainText(error.message, 160) : ''}`,
      `Give JSON, @FILE for a file that holds it, or - for stdin.`,
      { cause: error },
    );
  }
};

const structured = async (text: string, flag: string, streams: Streams): Promise<unknown> => {
  if (text === '-') return parseJson(await streams.readInput(), flag);
  if (text.startsWith('@')) return parseJson(await streams.readFile(text.slice(1)), flag);
  // A property that takes text or an object (plan_id | rendered_plan) gets what does not look like JSON as text.
  return /^\s*[[{"]/.test(text) ? parseJson(text, flag) : text;
};

const valueOf = async (
  { kind, flag, schema }: Argument,
  texts: readonly string[],
  streams: Streams,
): Promise<unknown> => {
  const [text = ''] = texts;
  if (kind === 'switch') return text === 'true';
  if (kind === 'number') return numberOrText(text);
  if (kind === 'json') return structured(text, flag, streams);
  if (kind === 'text') return text;
  if (/^\s*[[{]/.test(text)) return parseJson(text, flag);
  const items = texts.flatMap((one) => one.split(','));
  const numeric = schemasAt(schema, [0]).some((item) => item['type'] === 'number' || item['type'] === 'integer');
  return numeric ? items.map(numberOrText) : items;
};

/** The operation's input from what was typed. */
export const inputFrom = async (
  all: readonly Argument[],
  positionals: readonly string[],
  values: ReadonlyMap<string, readonly string[]>,
  streams: Streams,
): Promise<Record<string, unknown>> => {
  const places = positionalsOf(all).filter((argument) => !values.has(argument.flag));
  // A list that comes last takes all the words that are left.
  const open = places.at(-1)?.kind === 'list';
  const [tooMany] = open ? [] : positionals.slice(places.length);
  if (tooMany !== undefined) throw new UsageError(`"${plainText(tooMany, 60)}" is one argument too many.`);
  const input: Record<string, unknown> = {};
  for (const argument of all) {
    const index = places.indexOf(argument);
    const last = open && index === places.length - 1;
    const words = index === -1 ? [] : positionals.slice(index, last ? undefined : index + 1);
    const texts = values.get(argument.flag) ?? words;
    if (texts.length > 0) input[argument.property] = await valueOf(argument, texts, streams);
  }
  return input;
};
