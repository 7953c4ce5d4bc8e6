// The plan's JSON schema, computed from the knobs. The build writes its value in place of this file, so that a server starts without loading them.
import * as z from 'zod';
import { knobs } from '../../knobs/index.ts';
import { makeParameterPlanSchema } from '../../plan/schema.ts';

const notWanted = ['$schema', '~standard'];

export const planJsonSchema: Record<string, unknown> = Object.fromEntries(
  Object.entries(
    z.toJSONSchema(makeParameterPlanSchema(knobs), { io: 'input', unrepresentable: 'any', reused: 'ref' }),
  ).filter(([key]) => !notWanted.includes(key)),
);
