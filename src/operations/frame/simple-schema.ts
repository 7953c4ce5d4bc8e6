// A JSON Schema with everything in place and nothing that only costs bytes: references resolved, unions of types merged. It takes at least what the original takes.
import type { JsonSchema } from './json-schema.ts';

/** Said again by the check of the input, which names what it wants; a reader who writes values needs none of it. */
const dropped = [
  ...['pattern', 'format', 'minLength', 'maxLength', 'minItems', 'maxItems'],
  ...['propertyNames', '$defs', '$schema', 'id'],
];

/** Keywords that hold a list of schemas. */
const lists = ['anyOf', 'oneOf', 'allOf', 'prefixItems'];

export const isSchema = (value: unknown): value is JsonSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const listOf = (value: unknown): JsonSchema[] => (Array.isArray(value) ? value.filter(isSchema) : []);

export const typesOf = (schema: JsonSchema): string[] =>
  [schema['type']].flat().filter((type) => typeof type === 'string');

/** Changes the schemas inside a schema; those of properties come with their names. */
export const mapInner = (
  schema: JsonSchema,
  change: (inner: JsonSchema, property?: string) => JsonSchema,
): JsonSchema =>
  Object.fromEntries(
    Object.entries(schema).map(([word, value]) => {
      if (word === 'properties' && isSchema(value)) {
        const entries = Object.entries(value).map(([name, inner]) => [
          name,
          isSchema(inner) ? change(inner, name) : inner,
        ]);
        return [word, Object.fromEntries(entries)];
      }
      if (lists.includes(word)) return [word, listOf(value).map((inner) => change(inner))];
      return [word, (word === 'items' || word === 'additionalProperties') && isSchema(value) ? change(value) : value];
    }),
  );

const lookUp = (root: JsonSchema, reference: string): JsonSchema => {
  let found: unknown = root;
  for (const word of reference.split('/').slice(1)) found = isSchema(found) ? found[word] : undefined;
  return isSchema(found) ? found : {};
};

/** A definition that contains itself is any value from there on. */
const resolve = (node: JsonSchema, root: JsonSchema, inside: readonly string[] = []): JsonSchema => {
  const { $ref: reference, ...own } = node;
  if (typeof reference !== 'string') return mapInner(node, (inner) => resolve(inner, root, inside));
  if (inside.includes(reference)) return own;
  return { ...resolve(lookUp(root, reference), root, [...inside, reference]), ...own };
};

/** At least 0 or 1, at most a hundred or more: few would write another, and the check tells the range to those. */
const isWideBound = (word: string, value: number): boolean => {
  if (word.endsWith('inimum')) return (value >= 0 && value <= 1) || value < -65_535;
  return word.endsWith('aximum') && value >= 100;
};

const withoutNoise = (node: JsonSchema): JsonSchema =>
  Object.fromEntries(
    Object.entries(node).filter(
      ([word, value]) =>
        !dropped.includes(word) &&
        !(word === 'default' && value === false) &&
        !(word === 'additionalProperties' && (value === false || JSON.stringify(value) === '{}')) &&
        !(typeof value === 'number' && isWideBound(word, value)),
    ),
  );

const valuesOf = (schema: JsonSchema): unknown[] =>
  'const' in schema ? [schema['const']] : Array.isArray(schema['enum']) ? schema['enum'] : [];

const hasValues = (schema: JsonSchema): boolean => valuesOf(schema).length > 0;

/** Alternatives that are single values of one type are one list of values. */
const mergeValues = (alternatives: readonly JsonSchema[]): JsonSchema | undefined => {
  const types = new Set(alternatives.flatMap(typesOf));
  const [type] = types;
  const plain = alternatives.every((schema) => hasValues(schema) && Object.keys(schema).length === 2);
  return plain && types.size === 1 ? { type, enum: alternatives.flatMap(valuesOf) } : undefined;
};

/** Keywords speak of one type each, so alternatives of different types fit into one schema; values (`enum`) do not. */
const mergeTypes = (alternatives: readonly JsonSchema[]): JsonSchema | undefined => {
  const types = alternatives.flatMap(typesOf);
  const each = alternatives.every((schema) => typesOf(schema).length > 0 && !hasValues(schema));
  const nested = alternatives.some((one) => 'properties' in one) && alternatives.some((one) => 'items' in one);
  const kinds = types.map((type) => (type === 'integer' ? 'number' : type));
  if (!each || nested || new Set(kinds).size !== kinds.length) return undefined;
  const words = Object.fromEntries(alternatives.flatMap((schema) => Object.entries(schema)));
  return { ...words, type: types.length === 1 ? types[0] : types };
};

const mergeUnion = ({ anyOf, oneOf, ...own }: JsonSchema): JsonSchema => {
  const flat = listOf(anyOf ?? oneOf).flatMap((schema) => {
    const inner = Object.keys(schema).length === 1 ? listOf(schema['anyOf']) : [];
    return inner.length > 0 ? inner : [schema];
  });
  const plain = new Set(flat.filter((schema) => Object.keys(schema).length === 1).flatMap(typesOf));
  // Beside "any text", certain texts say nothing.
  const useful = flat.filter((schema) => !(hasValues(schema) && typesOf(schema).some((type) => plain.has(type))));
  const unique = [...new Map(useful.map((schema) => [JSON.stringify(schema), schema])).values()];
  const merged = unique.length === 1 ? unique[0] : (mergeTypes(unique) ?? mergeValues(unique));
  return merged === undefined ? { ...own, anyOf: unique } : { ...merged, ...own };
};

const simplify = (node: JsonSchema): JsonSchema => {
  const inner = withoutNoise(mapInner(node, simplify));
  return 'anyOf' in inner || 'oneOf' in inner ? mergeUnion(inner) : inner;
};

/** Values say themselves what type they have. */
export const withoutImpliedTypes = (schema: JsonSchema): JsonSchema => {
  const { type, ...rest } = mapInner(schema, withoutImpliedTypes);
  return type === undefined || Array.isArray(rest['enum']) ? rest : { type, ...rest };
};

export const simpleSchema = (root: JsonSchema): JsonSchema => simplify(resolve(root, root));
