// JSON Schemas as callers see them: made once from the zod schemas, without `$schema` and what only costs bytes.
import * as z from 'zod';

export type JsonSchema = Record<string, unknown>;

const noise = (json: JsonSchema): void => {
  if (json['maximum'] === Number.MAX_SAFE_INTEGER) delete json['maximum'];
  if (json['minimum'] === Number.MIN_SAFE_INTEGER) delete json['minimum'];
  // The format says it; zod's patterns for addresses are hundreds of characters each.
  if (typeof json['format'] === 'string') delete json['pattern'];
  // Names are texts, and a record of anything is an object.
  if (JSON.stringify(json['propertyNames']) === '{"type":"string"}') delete json['propertyNames'];
  if (JSON.stringify(json['additionalProperties']) === '{}') delete json['additionalProperties'];
};

const isObject = (value: unknown): value is JsonSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `#/$defs/x` counts from the root, so definitions that came with a nested schema belong there. */
const hoistDefinitions = (root: JsonSchema): JsonSchema => {
  const definitions: JsonSchema = isObject(root['$defs']) ? root['$defs'] : {};
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) node.forEach(visit);
    if (!isObject(node)) return;
    Object.values(node).forEach(visit);
    if (node === root || !isObject(node['$defs'])) return;
    Object.assign(definitions, node['$defs']);
    delete node['$defs'];
  };
  visit(root);
  return Object.keys(definitions).length === 0 ? root : { ...root, $defs: definitions };
};

const visitSchemas = (node: unknown, each: (schema: JsonSchema) => void): void => {
  if (Array.isArray(node))
    node.forEach((item) => {
      visitSchemas(item, each);
    });
  if (!isObject(node)) return;
  each(node);
  Object.values(node).forEach((item) => {
    visitSchemas(item, each);
  });
};

const convert = (schema: z.ZodType, io: 'input' | 'output'): JsonSchema => {
  const { $schema: _dialect, '~standard': _standard, ...json } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  const own = structuredClone(json);
  visitSchemas(own, noise);
  return hoistDefinitions(own);
};

const once = (make: () => JsonSchema): (() => JsonSchema) => {
  let made: JsonSchema | undefined;
  return () => (made ??= make());
};

export const propertiesOf = (schema: JsonSchema): JsonSchema =>
  isObject(schema['properties']) ? schema['properties'] : {};

export const requiredOf = (schema: JsonSchema): string[] =>
  Array.isArray(schema['required']) ? schema['required'].filter((name) => typeof name === 'string') : [];

export const inputJsonSchema = (schema: z.ZodType, long: boolean): (() => JsonSchema) =>
  once(() => {
    const json = convert(schema, 'input');
    if (!long) return json;
    const background = { type: 'boolean', description: 'Answer at once with a job_id' };
    return { ...json, properties: { ...propertiesOf(json), background } };
  });

/** Clients check every structured answer against this, errors and job answers too, so both are part of it. */
export const outputJsonSchema = (schema: z.ZodType, long: boolean): (() => JsonSchema) =>
  once(() => {
    const { required, ...json } = convert(schema, 'output');
    const alternatives = [{ required }, ...(long ? [{ required: ['job_id'] }] : []), { required: ['error'] }];
    return {
      ...json,
      properties: {
        ...propertiesOf(json),
        ...(long ? { job_id: { type: 'string' } } : {}),
        error: { type: 'object' },
      },
      anyOf: alternatives,
    };
  });

const alternativesOf = (node: JsonSchema): JsonSchema[] =>
  ['anyOf', 'oneOf', 'allOf'].flatMap((word) => {
    const list = node[word];
    return Array.isArray(list) ? list.filter(isObject) : [];
  });

const withAlternatives = (root: JsonSchema, node: JsonSchema): JsonSchema[] => {
  const reference = node['$ref'];
  if (typeof reference === 'string') {
    let target: unknown = root;
    for (const word of reference.split('/').slice(1)) target = isObject(target) ? target[word] : undefined;
    return isObject(target) && target !== node && target !== root ? withAlternatives(root, target) : [];
  }
  return [node, ...alternativesOf(node).flatMap((alternative) => withAlternatives(root, alternative))];
};

/** Every schema that may apply at a path (unions give several). */
export const schemasAt = (root: JsonSchema, path: readonly PropertyKey[]): JsonSchema[] => {
  let nodes = withAlternatives(root, root);
  for (const step of path) {
    nodes = nodes.flatMap((node) => {
      const next =
        typeof step === 'number' ? node['items'] : (propertiesOf(node)[String(step)] ?? node['additionalProperties']);
      return isObject(next) ? withAlternatives(root, next) : [];
    });
  }
  return nodes;
};
