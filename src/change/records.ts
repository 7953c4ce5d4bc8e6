// The journal's records: what a change meant to do, did, and how it ended. Read back with these schemas only.
import * as z from 'zod';
import { stepSchema } from '../model/plan.ts';
import { committedSchema } from '../model/snapshot.ts';

export const changeIdSchema = z.string().regex(/^chg_[0-9a-z]{20,40}$/);
export const checkpointIdSchema = z.string().regex(/^cp_[0-9a-z]{20,40}$/);
export const planIdSchema = z.string().regex(/^plan_[0-9a-z]{20,40}$/);

const processSchema = { pid: z.number().int().positive(), start_ticks: z.number().int().min(0) };

export const endStates = ['committed', 'rolled_back', 'rollback_failed'] as const;

export const recordSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('begin'),
    change_id: changeIdSchema,
    kind: z.enum(['apply', 'rollback']),
    boot_id: z.string(),
    netns: z.string(),
    /** RFC 3339, for people. */
    at: z.string(),
    plan_id: planIdSchema.nullable(),
    checkpoint_id: checkpointIdSchema.nullable(),
    iface: z.string(),
    label: z.string(),
    rationale: z.array(z.string()),
    /** Seconds until an unconfirmed change is undone; 0 commits at once. */
    confirm_timeout_s: z.number(),
    steps: z.array(stepSchema),
    committed_before: committedSchema,
    committed_after: committedSchema,
    /** Change ids that stand below this one, oldest first. */
    stack_before: z.array(changeIdSchema),
    stack_after: z.array(changeIdSchema),
  }),
  z.strictObject({ type: z.literal('applier'), ...processSchema }),
  z.strictObject({ type: z.literal('guard'), ...processSchema }),
  z.strictObject({ type: z.literal('start'), step: z.number().int().min(0) }),
  /** A child that acts on the host; past `deadline_boot_ms` recovery may end its process group. */
  z.strictObject({
    type: z.literal('child'),
    step: z.number().int().min(0),
    ...processSchema,
    deadline_boot_ms: z.number(),
  }),
  z.strictObject({ type: z.literal('done'), step: z.number().int().min(0) }),
  z.strictObject({ type: z.literal('verified') }),
  /** All steps stand and were read back; from here the guard waits for the deadline (CLOCK_BOOTTIME, ms). */
  z.strictObject({ type: z.literal('applied'), confirm_by_boot_ms: z.number(), confirm_by: z.string() }),
  z.strictObject({ type: z.literal('undoing'), reason: z.string() }),
  /** The undo found this step to be ours and starts to change it back: until it is undone it may be anywhere between. */
  z.strictObject({ type: z.literal('restoring'), step: z.number().int().min(0) }),
  z.strictObject({
    type: z.literal('undone'),
    step: z.number().int().min(0),
    outcome: z.enum(['restored', 'already', 'drifted', 'failed']),
    message: z.string(),
  }),
  z.strictObject({ type: z.literal('end'), state: z.enum(endStates), at: z.string(), notes: z.array(z.string()) }),
]);

export type JournalRecord = z.infer<typeof recordSchema>;
export type BeginRecord = Extract<JournalRecord, { type: 'begin' }>;
export type EndRecord = Extract<JournalRecord, { type: 'end' }>;
