// What every operation must keep to, whoever writes it.
import { expect, test } from 'vitest';
import { argumentsOf, kebab } from '../cli/command-arguments.ts';
import { globalFlags } from '../cli/options.ts';
import { defaultToolsets } from '../config/toolsets.ts';
import { toolOf } from '../server/tool-list.ts';
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

// Every conversation pays for the list, so it has a budget; the plan's schema is its one large part.
const largest = 'validate_change_plan';
const tools = allOperations.filter(({ toolset }) => defaultToolsets.includes(toolset)).map(toolOf);
const sizes = tools.map(({ outputSchema, ...rest }) => ({
  name: rest.name,
  input: JSON.stringify(rest).length,
  output: JSON.stringify(outputSchema).length,
}));
const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
const longest = (part: 'input' | 'output'): string =>
  `the longest: ${sizes
    .toSorted((left, right) => right[part] - left[part])
    .slice(0, 6)
    .map((size) => `${size.name} ${size[part]}`)
    .join(', ')}`;

test('the list of the default toolsets stays within 32 KB without output schemas and 64 KB with them', () => {
  expect(sum(sizes.map(({ input }) => input)), longest('input')).toBeLessThanOrEqual(32 * 1024 - sizes.length);
  const whole = sum(sizes.map(({ input, output }) => input + output));
  expect(whole, longest('output')).toBeLessThanOrEqual(64 * 1024 - 18 * sizes.length);
});

test('a tool takes 680 bytes on the average and its output schema 540, the plan 8,000 alone', () => {
  const others = sizes.filter(({ name }) => name !== largest);
  expect(sum(others.map(({ input }) => input)) / others.length, longest('input')).toBeLessThanOrEqual(680);
  expect(sum(sizes.map(({ output }) => output)) / sizes.length, longest('output')).toBeLessThanOrEqual(540);
  expect(sizes.find(({ name }) => name === largest)?.input).toBeLessThanOrEqual(8000);
});
