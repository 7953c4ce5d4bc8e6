// The plan as an argument: typed in the tool's schema for callers, but judged by the validator, which gives findings instead of one error.
import * as z from 'zod';
import { knobs } from '../../knobs/index.ts';
import { makeParameterPlanSchema } from '../../plan/schema.ts';

const withoutDollarSchema = (schema: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(schema).filter(([key]) => key !== '$schema' && key !== '~standard'));

/** Typed once, in validate_change_plan, to keep tools/list small. */
export const typedPlanSchema = z
  .record(z.string(), z.unknown())
  .meta(
    withoutDollarSchema(
      z.toJSONSchema(makeParameterPlanSchema(knobs), { io: 'input', unrepresentable: 'any', reused: 'ref' }),
    ),
  );

export const planSchema = z
  .record(z.string(), z.unknown())
  .describe('A ParameterPlan, as described at validate_change_plan.parameter_plan');
