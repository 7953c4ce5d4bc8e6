// Parts that a schema repeats become definitions, named after where they stand, as long as that makes it shorter.
import type { JsonSchema } from './json-schema.ts';
import { isSchema, mapInner } from './simple-schema.ts';

/** Shorter ones are not worth a name. */
const minCharacters = 50;

interface Part {
  text: string;
  core: JsonSchema;
  name: string;
  count: number;
}

/** What a description says belongs to its place; the rest may be the same elsewhere. */
const coreOf = ({ description: _description, default: _default, ...core }: JsonSchema): JsonSchema => core;
const textOf = (schema: JsonSchema): string => JSON.stringify(coreOf(schema));

const visit = (schema: JsonSchema, name: string, each: (schema: JsonSchema, name: string) => void): void => {
  each(schema, name);
  for (const [word, value] of Object.entries(schema)) {
    if (word === 'properties' && isSchema(value)) {
      for (const [property, inner] of Object.entries(value)) if (isSchema(inner)) visit(inner, property, each);
    } else {
      for (const inner of [value].flat()) if (isSchema(inner) && word !== '$defs') visit(inner, name, each);
    }
  }
};

const savedBy = ({ text, name, count }: Part): number =>
  (count - 1) * text.length - count * `{"$ref":"#/$defs/${name}"}`.length - name.length - 4;

const bestPart = (root: JsonSchema): Part | undefined => {
  const parts = new Map<string, Part>();
  visit(root, 'root', (schema, name) => {
    const text = textOf(schema);
    if (schema === root || text.length < minCharacters) return;
    const known = parts.get(text) ?? { text, core: coreOf(schema), name, count: 0 };
    parts.set(text, { ...known, count: known.count + 1 });
  });
  const [best] = [...parts.values()].sort((left, right) => savedBy(right) - savedBy(left));
  return best !== undefined && savedBy(best) >= 20 ? best : undefined;
};

const replace = (schema: JsonSchema, text: string, reference: string): JsonSchema => {
  if (textOf(schema) !== text) return mapInner(schema, (inner) => replace(inner, text, reference));
  const { description, default: preset } = schema;
  return {
    $ref: reference,
    ...(description === undefined ? {} : { description }),
    ...(preset === undefined ? {} : { default: preset }),
  };
};

/** The schema's own definitions must have been resolved before. */
export const shareDefinitions = (root: JsonSchema): JsonSchema => {
  const definitions: Record<string, JsonSchema> = {};
  let rest = root;
  for (;;) {
    const part = bestPart({ ...rest, anyOf: [...Object.values(definitions)] });
    if (part === undefined) return Object.keys(definitions).length === 0 ? rest : { ...rest, $defs: definitions };
    const name = part.name in definitions ? `${part.name}${Object.keys(definitions).length}` : part.name;
    const reference = `#/$defs/${name}`;
    for (const [known, schema] of Object.entries(definitions)) {
      definitions[known] = mapInner(schema, (inner) => replace(inner, part.text, reference));
    }
    rest = mapInner(rest, (inner) => replace(inner, part.text, reference));
    definitions[name] = part.core;
  }
};
