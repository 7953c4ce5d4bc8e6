// The shapes of the main job's results: rendered plan, stored plan, change report.
import * as z from 'zod';
import { findingSchema } from './finding.ts';

export const renderedSchema = z.strictObject({
  sysctl_cmds: z.array(z.string()),
  tc_script: z.string(),
  nft_script: z.string(),
  ethtool_cmds: z.array(z.string()),
  ip_link_cmds: z.array(z.string()),
});
export type Rendered = z.infer<typeof renderedSchema>;

export const diffEntrySchema = z.strictObject({
  path: z.string(),
  current: z.string().nullable(),
  desired: z.string().nullable(),
  origin: z.enum(['plan', 'profile', 'committed']),
});
export type DiffEntry = z.infer<typeof diffEntrySchema>;

/** One change of one resource: `from` and `to` are states of that resource; the inverse is the same step read backwards. */
export const stepSchema = z.strictObject({
  resource: z.string(),
  target: z.string(),
  from: z.unknown(),
  to: z.unknown(),
});
export type Step = z.infer<typeof stepSchema>;

export const renderedPlanSchema = z.strictObject({
  ...renderedSchema.shape,
  plan_id: z.string(),
  diff: z.array(diffEntrySchema),
  /** Lines a person could paste to undo, newest first. */
  undo: z.array(z.string()),
  findings: z.array(findingSchema),
  /** RFC 3339. */
  expires_at: z.string(),
});
export type RenderedPlan = z.infer<typeof renderedPlanSchema>;

export const changeStates = ['no_change', 'pending', 'committed', 'rolled_back', 'rollback_failed'] as const;

export const changeReportSchema = z.strictObject({
  /** The plan's values stand. */
  applied: z.boolean(),
  dry_run: z.boolean(),
  change_id: z.string().nullable(),
  state: z.enum(changeStates),
  checkpoint_id: z.string().nullable(),
  /** RFC 3339 by the wall clock; the guard itself counts CLOCK_BOOTTIME. Null when nothing is to be confirmed. */
  confirm_by: z.string().nullable(),
  commands_preview: renderedSchema,
  notes: z.array(z.string()),
  errors: z.array(z.strictObject({ code: z.string(), message: z.string(), hint: z.string() })),
});
export type ChangeReport = z.infer<typeof changeReportSchema>;
