// What a victim is told to do; one schema for both sides.
import * as z from 'zod';

export const orderSchema = z.strictObject({
  stateDir: z.string(),
  plan: z.record(z.string(), z.unknown()),
  confirm: z.boolean(),
  confirmTimeout: z.number(),
  /** Dies once this many journal records are on disk. */
  killAfter: z.number().optional(),
  killWhom: z.enum(['self', 'group', 'guard and self', 'stop']).optional(),
  /** The how manieth changing command or write fails; with failForever all later ones too. */
  failAction: z.number().optional(),
  /** A second one that fails, such as one of the undo. */
  failAgain: z.number().optional(),
  failForever: z.boolean().optional(),
  /** The kernel keeps another value than the one that is written to tcp_fin_timeout. */
  misset: z.boolean().optional(),
});
export type Order = z.infer<typeof orderSchema>;

export const outcomeSchema = z.object({
  report: z.object({
    applied: z.boolean(),
    state: z.string(),
    change_id: z.string().nullable(),
    checkpoint_id: z.string().nullable(),
    notes: z.array(z.string()),
    errors: z.array(z.object({ code: z.string(), message: z.string(), hint: z.string() })),
  }),
  records: z.number(),
  actions: z.number(),
});
export type Outcome = z.infer<typeof outcomeSchema>;
