// The plan's JSON schema, computed from the knobs. The build writes its value in place of this file, so that a server starts without loading them.
import * as z from 'zod';
import { knobs } from '../../knobs/index.ts';
import { makeParameterPlanSchema } from '../../plan/schema.ts';
import { shareDefinitions } from '../frame/shared-definitions.ts';
import { simpleSchema, withoutImpliedTypes } from '../frame/simple-schema.ts';
import { describeAt } from './plan-wording.ts';

const json = z.toJSONSchema(makeParameterPlanSchema(knobs), { io: 'input', unrepresentable: 'any' });

export const planJsonSchema: Record<string, unknown> = shareDefinitions(
  withoutImpliedTypes(describeAt(simpleSchema(json))),
);
