// apply_rendered_plan: makes a rendered plan so, with checkpoint, journal, guard and verification; pending until confirmed.
import * as z from 'zod';
import { NetError } from '../../model/errors.ts';
import type { ChangeReport } from '../../model/plan.ts';
import { changeReportSchema, renderedPlanSchema } from '../../model/plan.ts';
import { defineOperation } from '../define.ts';
import { resultSchema } from '../frame/result.ts';

const summaryOf = (report: ChangeReport): string => {
  const id = report.change_id ?? '';
  const why = report.errors[0]?.message ?? '';
  if (report.dry_run) return `Dry run: ${report.notes.join(' ')}`;
  if (report.state === 'no_change') return 'Nothing was done: everything already is as the plan wants it.';
  if (report.state === 'pending')
    return `Applied and verified; confirm_change ${id} before ${report.confirm_by ?? ''}, else it undoes itself.`;
  if (report.state === 'committed') return `Applied, verified and committed as ${id}.`;
  if (report.state === 'rolled_back') return `Not applied, everything is as before: ${why}`;
  return `The change failed and could not be undone whole; see errors for what to run by hand: ${why}`;
};

const renderedSchema = z.looseObject(renderedPlanSchema.shape);

/** A result of render_change_plan may be passed back as it came: what the frame added is taken off again. */
const bareRendered = (given: unknown): z.infer<typeof renderedPlanSchema> => {
  const parsed = renderedSchema.safeParse(given);
  if (!parsed.success) {
    throw new NetError(
      'plan_refused',
      'rendered_plan is not what render_change_plan returned',
      'Pass the plan_id of render_change_plan; commands that were not rendered here are never run.',
    );
  }
  const added = ['success', 'summary'];
  const rest = Object.fromEntries(Object.entries(parsed.data).filter(([key]) => !added.includes(key)));
  const strict = renderedPlanSchema.safeParse(rest);
  if (strict.success) return strict.data;
  throw new NetError(
    'plan_refused',
    'rendered_plan has fields that render_change_plan did not give',
    'Pass the plan_id alone.',
  );
};

export const applyRenderedPlan = defineOperation({
  name: 'apply_rendered_plan',
  title: 'Apply a rendered plan',
  description:
    'Applies a rendered plan and reads back; any failure undoes everything. The change stays pending: confirm_change before confirm_by, else it undoes itself.',
  toolset: 'tune',
  needs: 'net_admin',
  annotations: { readOnly: false, destructive: true, idempotent: false, openWorld: false },
  long: true,
  multiline: ['rendered_plan'],
  input: z.strictObject({
    plan_id: z.string().max(100).optional().describe('Of render_change_plan'),
    rendered_plan: z.record(z.string(), z.unknown()).optional().describe('Or its whole result, unchanged'),
    checkpoint_label: z.string().max(200).optional(),
    confirm_timeout_s: z.number().int().min(0).max(3600).default(120),
    dry_run: z.boolean().default(false),
  }),
  output: resultSchema(changeReportSchema.shape),
  run: async (input, ports, { signal, progress }) => {
    const [{ applyPlan }, { engineFrom }] = await Promise.all([import('../../change/apply.ts'), import('./engine.ts')]);
    const rendered = input.rendered_plan === undefined ? undefined : bareRendered(input.rendered_plan);
    const planId = input.plan_id ?? rendered?.plan_id;
    if (planId === undefined) {
      throw new NetError(
        'invalid_argument',
        'plan_id or rendered_plan is needed',
        'Call render_change_plan first and pass its plan_id.',
      );
    }
    if (rendered !== undefined && rendered.plan_id !== planId) {
      throw new NetError('invalid_argument', 'plan_id and rendered_plan name different plans', 'Pass one of them.');
    }
    const report = await applyPlan(
      await engineFrom(ports),
      {
        plan_id: planId,
        ...(rendered === undefined ? {} : { rendered_plan: rendered }),
        label: input.checkpoint_label ?? '',
        confirm_timeout_s: input.confirm_timeout_s,
        dry_run: input.dry_run,
      },
      { signal, progress },
    );
    return { success: report.errors.length === 0, summary: summaryOf(report), ...report };
  },
});
