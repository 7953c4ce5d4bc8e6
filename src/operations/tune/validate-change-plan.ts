// validate_change_plan: what would be wrong with a plan on this host. Changes nothing.
import * as z from 'zod';
import { findingSchema } from '../../model/finding.ts';
import { defineOperation } from '../define.ts';
import { resultSchema } from '../frame/result.ts';
import { typedPlanSchema } from './plan-input.ts';

const count = (issues: { severity: string }[], severity: string): number =>
  issues.filter((issue) => issue.severity === severity).length;

export const validateChangePlan = defineOperation({
  name: 'validate_change_plan',
  title: 'Validate a plan',
  description:
    'Checks a ParameterPlan against policy, limits and this host: every issue with path, severity and hint. Changes nothing. Next: render_change_plan.',
  toolset: 'tune',
  needs: 'none',
  annotations: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  input: z.strictObject({ parameter_plan: typedPlanSchema }),
  output: resultSchema({
    ok: z.boolean(),
    issues: z.array(findingSchema),
    normalized_plan: z.record(z.string(), z.unknown()).nullable(),
  }),
  run: async ({ parameter_plan }, ports, { signal }) => {
    const [{ openChangeFinding, validateHere }, { engineFrom }] = await Promise.all([
      import('../../change/prepare.ts'),
      import('./engine.ts'),
    ]);
    const engine = await engineFrom(ports);
    const pending = await openChangeFinding(engine);
    const judged = pending === undefined ? (await validateHere(engine, parameter_plan, signal)).validation : undefined;
    const { ok, issues, normalized } = judged ?? {
      ok: false,
      issues: pending === undefined ? [] : [pending],
      normalized: null,
    };
    const tail = `${String(count(issues, 'error'))} errors, ${String(count(issues, 'warning'))} warnings`;
    return {
      success: true,
      summary: `The plan is ${ok ? 'valid' : 'refused'}: ${tail}.`,
      ok,
      issues,
      normalized_plan: normalized,
    };
  },
});
