// render_change_plan: the exact commands of a plan, what they would change, and how they are undone. Changes nothing.
import * as z from 'zod';
import { renderedPlanSchema } from '../../model/plan.ts';
import { defineOperation } from '../define.ts';
import { resultSchema } from '../frame/result.ts';
import { planSchema } from './plan-input.ts';

export const renderChangePlan = defineOperation({
  name: 'render_change_plan',
  title: 'Render a plan',
  description:
    'Turns a valid ParameterPlan into exact commands with diff and undo, stored under a plan_id for apply_rendered_plan (once, within 15 minutes). Changes nothing.',
  toolset: 'tune',
  needs: 'none',
  annotations: { readOnly: true, destructive: false, idempotent: false, openWorld: false },
  input: z.strictObject({ plan: planSchema }),
  output: resultSchema(renderedPlanSchema.shape),
  run: async ({ plan }, ports, { signal }) => {
    const [{ renderHere }, { engineFrom }] = await Promise.all([
      import('../../change/prepare.ts'),
      import('./engine.ts'),
    ]);
    const rendered = await renderHere(await engineFrom(ports), plan, signal);
    const changes = rendered.diff.length;
    return {
      success: true,
      summary:
        changes === 0
          ? 'Nothing to do: everything already is as the plan wants it.'
          : `${String(changes)} values would change; apply with plan_id ${rendered.plan_id} before ${rendered.expires_at}.`,
      ...rendered,
    };
  },
});
