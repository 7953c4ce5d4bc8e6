// Schemas as tools/list shows them: short, and never stricter than the ones that calls and answers are checked against.
import type { JsonSchema } from './json-schema.ts';
import { shareDefinitions } from './shared-definitions.ts';
import { isSchema, mapInner, simpleSchema, typesOf, withoutImpliedTypes } from './simple-schema.ts';

/** They mean the same in every tool: their names say it, and for some the server's instructions. */
const wellKnown = [
  ...['background', 'cursor', 'family', 'file_path', 'max_packets', 'max_results', 'resolve_names', 'target'],
  ...['timeout_s', 'top_n'],
];

/** More values than this are a list that a reader knows: types of DNS records. */
const maxValues = 12;

const withoutWellKnown = (schema: JsonSchema): JsonSchema =>
  mapInner(schema, (inner, name = '') => {
    if (!wellKnown.includes(name)) return inner;
    const { description: _description, maximum: _maximum, ...rest } = inner;
    const { default: _default, ...short } = rest;
    return name === 'max_results' ? short : rest;
  });

const withoutLongLists = (schema: JsonSchema): JsonSchema => {
  const { enum: values, ...rest } = mapInner(schema, withoutLongLists);
  return values === undefined || (Array.isArray(values) && values.length > maxValues)
    ? rest
    : { ...rest, enum: values };
};

/** In a short schema nothing is repeated. */
const minToShare = 700;

/** Names, types, values, units, bounds and descriptions; what the check says anyway is left out. One with definitions is short already. */
export const listedInput = (full: JsonSchema): JsonSchema => {
  if ('$defs' in full) return full;
  const simple = withoutImpliedTypes(withoutLongLists(withoutWellKnown(simpleSchema(full))));
  const short = JSON.stringify(simple).length < minToShare ? simple : shareDefinitions(simple);
  return { ...short, additionalProperties: false };
};

/** Characters an output schema has before its innermost level is left out. */
const maxOutputCharacters = 380;

const typeOf = (schema: JsonSchema): JsonSchema => {
  const types = [...new Set([schema, ...alternativesOf(schema)].flatMap(typesOf))];
  const known = alternativesOf(schema).every((one) => typesOf(one).length > 0);
  return types.length === 0 || !known ? {} : { type: types.length === 1 ? types[0] : types };
};

const alternativesOf = ({ anyOf }: JsonSchema): JsonSchema[] => (Array.isArray(anyOf) ? anyOf.filter(isSchema) : []);

const outline = (schema: JsonSchema, depth: number): JsonSchema => {
  const { properties, items } = schema;
  const own = typeOf(schema);
  if (depth === 0 || alternativesOf(schema).length > 0) return own;
  if (isSchema(properties)) {
    const inner = Object.entries(properties).map(([name, value]) => [
      name,
      isSchema(value) ? outline(value, depth - 1) : {},
    ]);
    return { ...own, properties: Object.fromEntries(inner) };
  }
  if (!isSchema(items)) return own;
  // A list is no level of its own.
  const element = outline(items, depth);
  return Object.keys(element).length === 0 ? own : { ...own, items: element };
};

/** Names and types, as deep as they fit; clients check each answer against it, errors too. */
export const listedOutput = (full: JsonSchema): JsonSchema => {
  const { properties } = simpleSchema(full);
  const whole = { type: 'object', properties };
  const [fitting = outline(whole, 1)] = [3, 2]
    .map((depth) => outline(whole, depth))
    .filter((schema) => JSON.stringify(schema).length <= maxOutputCharacters);
  return { ...fitting, anyOf: [{ required: ['success'] }, { required: ['error'] }] };
};
