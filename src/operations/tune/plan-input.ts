// The plan as an argument: typed in the tool's schema for callers, but judged by the validator, which gives findings instead of one error.
import * as z from 'zod';
import { planJsonSchema } from './plan-json-schema.ts';

/** Typed once, in validate_change_plan, to keep tools/list small. */
export const typedPlanSchema = z.record(z.string(), z.unknown()).meta(planJsonSchema);

export const planSchema = z.record(z.string(), z.unknown()).describe('As for validate_change_plan');
