import { expect, test } from 'vitest';
import * as z from 'zod';
import { NetError } from '../../model/errors.ts';
import { checkInput } from './check-input.ts';
import { inputJsonSchema } from './json-schema.ts';

const schema = z.strictObject({
  name: z.string().max(5),
  plan: z.strictObject({ rates: z.array(z.strictObject({ rate: z.number().describe('in Mbit/s') })) }).optional(),
  port: z.union([z.number().int(), z.strictObject({ low: z.number(), high: z.number() })]).optional(),
  note: z.string().optional(),
  hops: z.number().int().min(1).max(64).optional(),
  family: z.enum(['ipv4', 'ipv6']).optional(),
});

const refusal = (input: unknown): NetError => {
  try {
    checkInput(schema, input, { schema: inputJsonSchema(schema, false), multiline: ['note'] });
  } catch (error) {
    if (error instanceof NetError) return error;
    throw error;
  }
  throw new Error('it should have been refused');
};

test.each([
  [
    { name: 'a', nmae: 1 },
    'unknown_argument',
    'Unknown argument "nmae".',
    'Did you mean name? Known there: name, plan, port, note, hops, family.',
  ],
  [
    { name: 'a', plan: { rates: [{ rat: 1, rate: 1 }] } },
    'unknown_argument',
    'Unknown argument "rat" in plan.rates[0].',
    'Did you mean rate? Known there: rate.',
  ],
  [
    { name: 'a', port: { low: 1, high: 2, mid: 3 } },
    'unknown_argument',
    'Unknown argument "mid" in port.',
    'Known there: low, high.',
  ],
  [{ name: 7 }, 'invalid_argument', 'Argument name: expected string; got number 7.', 'Expected name: string.'],
  [
    { name: 'a', hops: 65 },
    'invalid_argument',
    'Argument hops: Too big: expected number to be <=64; got number 65.',
    'Expected hops: integer; 1 to 64.',
  ],
  [
    { name: 'a', family: 'ipv5' },
    'invalid_argument',
    'Argument family: Invalid option: expected one of "ipv4"|"ipv6"; got string "ipv5".',
    'Expected family: one of ipv4, ipv6.',
  ],
  [{}, 'invalid_argument', 'Argument name: expected string; got nothing.', 'Expected name: string.'],
  [
    { name: 'a', plan: { rates: [{ rate: '5' }] } },
    'invalid_argument',
    'Argument plan.rates[0].rate: expected number; got string "5".',
    'Expected plan.rates[0].rate: number; in Mbit/s.',
  ],
  [[], 'invalid_argument', 'The input: expected object; got an array of 0.', undefined],
  [{ name: 'a\tb' }, 'invalid_argument', 'Argument name value contains the control character U+0009.', undefined],
  [
    { name: 'a', note: 'two\nlines\u0007' },
    'invalid_argument',
    'Argument note value contains the control character U+0007.',
    undefined,
  ],
])('%j', (input, code, message, hint) => {
  const error = refusal(input);
  expect(error).toMatchObject({ code, message });
  if (hint !== undefined) expect(error.hint).toBe(hint);
});

test('line breaks pass where the operation allows them', () => {
  const input = { name: 'a', note: 'two\n\tlines' };
  expect(checkInput(schema, input, { schema: inputJsonSchema(schema, false), multiline: ['note'] })).toEqual(input);
});
