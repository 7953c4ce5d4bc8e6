import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { findingsOf, formatPath } from './schema.ts';

describe('paths', () => {
  it.each([
    [[], ''],
    [['iface'], 'iface'],
    [['changes', 'sysctl', 'net.core.rmem_max'], 'changes.sysctl.net.core.rmem_max'],
    [['changes', 'dscp', 0, 'match', 'proto'], 'changes.dscp[0].match.proto'],
    [['a', 1, 2], 'a[1][2]'],
  ])('%j is %s', (path, text) => {
    expect(formatPath(path)).toBe(text);
  });

  it('do not grow with what came', () => {
    expect(formatPath(['changes', 'x'.repeat(1_000_000)]).length).toBeLessThan(200);
  });
});

const matchSchema = z.strictObject({
  proto: z.enum(['tcp', 'udp']).optional(),
  port: z.number().int().min(1).optional(),
});
const schema = z.strictObject({
  name: z.string().max(5).describe('What it is called'),
  size: z.union([z.number().min(1), z.string().regex(/^\d+k$/, 'a size is written 15k')]).optional(),
  match: z.union([matchSchema, z.array(matchSchema)]).optional(),
  address: z.union([z.ipv4(), z.ipv6()], 'not an address').optional(),
  either: z.union([z.literal('x'), z.literal('y')]).optional(),
  rates: z.array(z.number()).nullable().optional(),
});

const found = (input: unknown) => {
  const parsed = schema.safeParse(input);
  return parsed.success ? [] : findingsOf(parsed.error, input, schema);
};

describe('schema errors', () => {
  it.each([
    {
      input: {},
      path: 'name',
      code: 'invalid_argument',
      message: 'required: expected string',
      hint: 'Add name: what it is called.',
    },
    {
      input: { name: 'n', nmae: 1 },
      path: 'nmae',
      code: 'unknown_argument',
      message: 'unknown key "nmae"',
      hint: 'Known here: name, size, match, address, either, rates.',
    },
    {
      input: { name: 'too long' },
      path: 'name',
      code: 'invalid_argument',
      message: '(got "too long")',
      hint: 'Correct name: what it is called.',
    },
    {
      input: { name: 'n', size: 'much' },
      path: 'size',
      code: 'invalid_argument',
      message: 'a size is written 15k (got "much")',
      hint: 'Correct the value as the message says.',
    },
    {
      input: { name: 'n', size: 0 },
      path: 'size',
      code: 'invalid_argument',
      message: '>=1 (got 0)',
      hint: 'Correct the value as the message says.',
    },
    {
      input: { name: 'n', match: { prot: 'tcp' } },
      path: 'match.prot',
      code: 'unknown_argument',
      message: 'unknown key "prot"',
      hint: 'Known here: proto, port.',
    },
    {
      input: { name: 'n', match: [{}, { prot: 1 }] },
      path: 'match[1].prot',
      code: 'unknown_argument',
      message: 'unknown key "prot"',
      hint: 'Known here: proto, port.',
    },
    {
      input: { name: 'n', match: { port: 0 } },
      path: 'match.port',
      code: 'invalid_argument',
      message: '>=1 (got 0)',
      hint: 'Correct the value as the message says.',
    },
    {
      input: { name: 'n', address: '10.0.0.300' },
      path: 'address',
      code: 'invalid_argument',
      message: 'not an address (got "10.0.0.300")',
      hint: 'Correct the value as the message says.',
    },
    {
      input: { name: 'n', either: 'z' },
      path: 'either',
      code: 'invalid_argument',
      message: '"x", or: expected "y" (got "z")',
      hint: 'Correct the value as the message says.',
    },
    {
      input: { name: 'n', rates: [1, 'x'] },
      path: 'rates[1]',
      code: 'invalid_argument',
      message: 'expected number',
      hint: 'Correct the value as the message says.',
    },
    {
      input: 'no object',
      path: '',
      code: 'invalid_argument',
      message: 'expected object',
      hint: 'Correct the value as the message says.',
    },
  ])('$path of $input', ({ input, path, code, message, hint }) => {
    const [first, ...others] = found(input);
    expect(others).toEqual([]);
    expect(first).toMatchObject({ path, severity: 'error', code, hint });
    expect(first?.message).toContain(message);
    expect(first?.message).not.toMatch(/^[A-Z]|\.$/);
  });

  it('cut long values', () => {
    expect(found({ name: 'x'.repeat(100_000) })[0]?.message.length).toBeLessThan(250);
  });

  it('lie where the input lies in the plan', () => {
    const parsed = schema.safeParse({ name: 1 });
    expect(parsed.success ? [] : findingsOf(parsed.error, { name: 1 }, schema, ['changes', 'list', 0])).toMatchObject([
      { path: 'changes.list[0].name' },
    ]);
  });
});
