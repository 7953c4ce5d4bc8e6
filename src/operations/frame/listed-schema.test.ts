import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { inputJsonSchema, outputJsonSchema } from './json-schema.ts';
import { listedInput, listedOutput } from './listed-schema.ts';
import { resultSchema } from './result.ts';
import { shareDefinitions } from './shared-definitions.ts';
import { simpleSchema } from './simple-schema.ts';

const listed = (schema: z.ZodObject) => listedInput(inputJsonSchema(schema, false)());
const propertyOf = (schema: z.ZodType) => simpleSchema(inputJsonSchema(z.strictObject({ it: schema }), false)());

test('an input keeps names, types, values, defaults, narrow bounds and descriptions', () => {
  const schema = z.strictObject({
    query: z
      .string()
      .max(253)
      .regex(/^[a-z]+$/)
      .describe('Name or address'),
    priority: z.number().int().min(0).max(7).default(4),
    count: z.number().int().min(1).max(100).optional(),
    port: z.number().int().min(1).max(65535).optional(),
    targets: z.array(z.string()).min(1).max(1024),
    kind: z.enum(['a', 'b']),
    letter: z.enum('abcdefghijklmnopqrstuvwxyz'.split('')),
  });
  expect(listed(schema)).toEqual({
    type: 'object',
    properties: {
      query: { type: 'string', description: 'Name or address' },
      priority: { type: 'integer', maximum: 7, default: 4 },
      count: { type: 'integer' },
      port: { type: 'integer' },
      targets: { type: 'array', items: { type: 'string' } },
      kind: { enum: ['a', 'b'] },
      letter: { type: 'string' },
    },
    required: ['query', 'targets', 'kind', 'letter'],
    additionalProperties: false,
  });
});

describe('a union', () => {
  test.each([
    ['of a text and certain texts is a text', z.union([z.literal('auto'), z.string()]), { type: 'string' }],
    ['of notations is one type', z.union([z.ipv4(), z.ipv6(), z.cidrv4()]), { type: 'string' }],
    ['with null is two types', z.number().max(9).nullable(), { type: ['number', 'null'], maximum: 9 }],
    [
      'of one and many is two types',
      z.union([z.string(), z.array(z.string())]),
      { type: ['string', 'array'], items: { type: 'string' } },
    ],
    [
      'of two ranges stays, since one schema cannot say both',
      z.union([z.number().min(10).max(20), z.number().min(30).max(40)]),
      {
        anyOf: [
          { type: 'number', minimum: 10, maximum: 20 },
          { type: 'number', minimum: 30, maximum: 40 },
        ],
      },
    ],
    [
      'of whole numbers and numbers stays',
      z.union([z.number().int().min(5), z.number().max(3)]),
      {
        anyOf: [
          { type: 'integer', minimum: 5 },
          { type: 'number', maximum: 3 },
        ],
      },
    ],
    [
      'of values and null stays',
      z.enum(['x']).nullable(),
      { anyOf: [{ type: 'string', enum: ['x'] }, { type: 'null' }] },
    ],
  ])('%s', (_what, schema, expected) => {
    expect(propertyOf(schema)['properties']).toEqual({ it: expected });
  });
});

test('single values of one type are a list of values', () => {
  expect(propertyOf(z.union([z.literal(4), z.literal(6)]))['properties']).toEqual({
    it: { type: 'number', enum: [4, 6] },
  });
});

test('what means the same in every tool says nothing', () => {
  const paged = z.strictObject({
    cursor: z.string().optional().describe('From the previous answer'),
    max_results: z.number().int().min(1).max(20).default(5),
    timeout_s: z.number().max(30).default(2).describe('For each reply'),
    quiet: z.boolean().default(false),
  });
  expect(listed(paged)['properties']).toEqual({
    cursor: { type: 'string' },
    max_results: { type: 'integer' },
    timeout_s: { type: 'number', default: 2 },
    quiet: { type: 'boolean' },
  });
});

test('a definition that contains itself ends', () => {
  interface Tree {
    name: string;
    below: Tree[];
  }
  const tree: z.ZodType<Tree> = z.lazy(() => z.strictObject({ name: z.string(), below: z.array(tree) }));
  const output = listedOutput(outputJsonSchema(resultSchema({ tree }), false)());
  expect(JSON.stringify(output)).toContain('"name":{"type":"string"}');
  expect(JSON.stringify(output)).not.toContain('$ref');
});

test('repeated parts become definitions; what a place says about them stays there', () => {
  const place = { type: 'object', properties: { latitude: { type: 'number' }, longitude: { type: 'number' } } };
  const schema = { type: 'object', properties: { from: { ...place, description: 'Start' }, to: place, via: place } };
  expect(shareDefinitions(schema)).toEqual({
    type: 'object',
    properties: {
      from: { $ref: '#/$defs/from', description: 'Start' },
      to: { $ref: '#/$defs/from' },
      via: { $ref: '#/$defs/from' },
    },
    $defs: { from: place },
  });
});

describe('an output', () => {
  const many = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`field_${index}`, z.number()]));

  test('shows what its lists hold, if that is short', () => {
    const full = outputJsonSchema(resultSchema({ hops: z.array(z.strictObject({ ttl: z.number() })) }), false)();
    expect(listedOutput(full)['properties']).toMatchObject({
      hops: { type: 'array', items: { type: 'object', properties: { ttl: { type: 'number' } } } },
    });
  });

  test('shows types alone where it would be long', () => {
    const full = outputJsonSchema(
      resultSchema({ hops: z.array(z.strictObject(many)), last: z.strictObject(many) }),
      false,
    )();
    expect(listedOutput(full)['properties']).toMatchObject({ hops: { type: 'array' }, last: { type: 'object' } });
    expect(JSON.stringify(listedOutput(full)).length).toBeLessThan(380);
  });

  test('takes answers, errors and jobs', () => {
    const check = z.fromJSONSchema(listedOutput(outputJsonSchema(resultSchema({ ttl: z.number() }), true)()));
    expect(check.safeParse({ success: true, summary: '', ttl: 1 }).success).toBe(true);
    expect(check.safeParse({ error: { code: 'timeout' } }).success).toBe(true);
    expect(check.safeParse({ success: true, summary: '', job_id: 'job_1' }).success).toBe(true);
    expect(check.safeParse({ success: true, ttl: 'one' }).success).toBe(false);
    expect(listedOutput(outputJsonSchema(resultSchema({}), false)())['anyOf']).toEqual([
      { required: ['success'] },
      { required: ['error'] },
    ]);
  });
});
