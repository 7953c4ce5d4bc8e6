// What every operation must keep to, whoever writes it.
import { expect, test } from 'vitest';
import { argumentsOf, kebab } from '../cli/command-arguments.ts';
import { globalFlags } from '../cli/options.ts';
import { propertiesOf, requiredOf } from './frame/json-schema.ts';
import { otherNames } from './frame/other-names.ts';
import { allOperations } from './index.ts';

test('names are verb_noun, unique, and no name of another system that we redirect', () => {
  const names = allOperations.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) {
    expect(name).toMatch(/^[a-z]+(_[a-z]+)*$/);
    expect(otherNames).not.toHaveProperty(name);
  }
});

test.each(allOperations.map((operation) => [operation.name, operation] as const))('%s', (_name, operation) => {
  expect(propertiesOf(operation.outputSchema())).toMatchObject({
    success: { type: 'boolean' },
    summary: { type: 'string' },
  });
  expect(operation.inputSchema()['additionalProperties']).toBe(false);
  expect(requiredOf(operation.inputSchema()).every((name) => name in propertiesOf(operation.inputSchema()))).toBe(true);
  for (const { flag } of argumentsOf(operation)) expect(globalFlags).not.toHaveProperty(flag);
  expect(['serve', 'call', 'tools', 'help']).not.toContain(kebab(operation.name));
  expect(operation.annotations.readOnly && operation.annotations.destructive).toBe(false);
  // Every $ref leads somewhere, counted from the tool's own root.
  const text = JSON.stringify(operation.inputSchema());
  const definitions = operation.inputSchema()['$defs'] ?? {};
  for (const [, name = ''] of text.matchAll(/"#\/\$defs\/([^"]+)"/g)) expect(definitions).toHaveProperty([name]);
});
