// The checkpoint operations: set a mark, list marks, undo back to one, delete one (by id, never by path).
import * as z from 'zod';
import { defineOperation } from '../define.ts';
import { resultSchema } from '../frame/result.ts';

const checkpointId = z.string().max(100).describe('From list_checkpoints');

export const snapshotCheckpoint = defineOperation({
  name: 'snapshot_checkpoint',
  title: 'Set a checkpoint',
  description: 'Marks the present state for rollback_to_checkpoint. apply_rendered_plan sets one by itself.',
  toolset: 'tune',
  needs: 'net_admin',
  annotations: { readOnly: false, destructive: false, idempotent: false, openWorld: false },
  input: z.strictObject({ label: z.string().max(200).default('') }),
  output: resultSchema({
    checkpoint_id: z.string(),
    label: z.string(),
    created_at: z.string(),
    changes_standing: z.number().describe('Committed changes that stand at this mark'),
  }),
  run: async ({ label }, ports) => {
    const [{ createCheckpoint }, { refuseWhileOpen }, { readStanding }, { engineFrom }] = await Promise.all([
      import('../../change/checkpoint-store.ts'),
      import('../../change/prepare.ts'),
      import('../../change/runtime.ts'),
      import('./engine.ts'),
    ]);
    const engine = await engineFrom(ports);
    // A mark cannot say whether a change that may still undo itself stood: going back to it would undo that change even if it was kept.
    await refuseWhileOpen(engine);
    const { stack } = await readStanding(engine);
    const mark = await createCheckpoint(
      engine,
      label,
      stack.map((entry) => entry.change_id),
    );
    const { checkpoint_id, created_at } = mark;
    return {
      success: true,
      summary: `Checkpoint ${checkpoint_id} set.`,
      checkpoint_id,
      label,
      created_at,
      changes_standing: stack.length,
    };
  },
});

const listedSchema = z.strictObject({
  checkpoint_id: z.string(),
  label: z.string(),
  created_at: z.string(),
  /** Newest first: what rolling back to it would undo. */
  changes_since: z.array(z.string()),
  restorable: z.boolean(),
  reason: z.string().nullable(),
});

export const listCheckpointsOperation = defineOperation({
  name: 'list_checkpoints',
  title: 'List checkpoints',
  description: 'Checkpoints, newest first, with the changes that rolling back would undo.',
  toolset: 'tune',
  needs: 'none',
  annotations: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  input: z.strictObject({
    max_results: z.number().int().min(1).max(200).default(50),
    cursor: z.string().max(100).optional().describe('checkpoint_id of the last one seen'),
  }),
  output: resultSchema({
    checkpoints: z.array(listedSchema),
    total: z.number(),
    truncated: z.boolean(),
    cursor: z.string().nullable(),
    pending_change: z.string().nullable(),
  }),
  run: async ({ max_results, cursor }, ports) => {
    const [{ describeCheckpoints }, { engineFrom }] = await Promise.all([
      import('../../change/describe-checkpoints.ts'),
      import('./engine.ts'),
    ]);
    const { all, pending } = await describeCheckpoints(await engineFrom(ports));
    const start = cursor === undefined ? 0 : all.findIndex((entry) => entry.checkpoint_id === cursor) + 1;
    const checkpoints = all.slice(start, start + max_results);
    const truncated = start + checkpoints.length < all.length;
    return {
      success: true,
      summary: `${String(all.length)} checkpoints${pending === null ? '' : `; change ${pending} waits to be confirmed`}.`,
      checkpoints,
      total: all.length,
      truncated,
      cursor: truncated ? (checkpoints.at(-1)?.checkpoint_id ?? null) : null,
      pending_change: pending,
    };
  },
});

export const rollbackToCheckpointOperation = defineOperation({
  name: 'rollback_to_checkpoint',
  title: 'Roll back to a checkpoint',
  description:
    'Undoes the changes made since a checkpoint, verified. What somebody else changed since is reported as drifted and left, unless force.',
  toolset: 'tune',
  needs: 'net_admin',
  annotations: { readOnly: false, destructive: true, idempotent: true, openWorld: false },
  long: true,
  input: z.strictObject({
    checkpoint_id: checkpointId,
    force: z.boolean().default(false).describe('Restore what drifted too'),
  }),
  output: resultSchema({
    checkpoint_id: z.string(),
    state: z.enum(['no_change', 'rolled_back', 'rollback_failed']),
    undone_changes: z.array(z.string()),
    drifted: z.array(z.strictObject({ path: z.string(), current: z.string().nullable(), ours: z.string().nullable() })),
    notes: z.array(z.string()),
    errors: z.array(z.strictObject({ code: z.string(), message: z.string(), hint: z.string() })),
  }),
  run: async (input, ports, { signal, progress }) => {
    const [{ rollbackToCheckpoint }, { engineFrom }] = await Promise.all([
      import('../../change/rollback.ts'),
      import('./engine.ts'),
    ]);
    const report = await rollbackToCheckpoint(await engineFrom(ports), input, { signal, progress });
    const drift =
      report.drifted.length === 0 ? '' : ` ${String(report.drifted.length)} values changed by others were left.`;
    const summaries = {
      no_change: 'Nothing to undo: no change was made since that checkpoint.',
      rolled_back: `${String(report.undone_changes.length)} changes undone and verified.${drift}`,
      rollback_failed: `The rollback failed: ${report.errors[0]?.message ?? ''}`,
    };
    return { success: report.state !== 'rollback_failed', summary: summaries[report.state], ...report };
  },
});

export const deleteCheckpointOperation = defineOperation({
  name: 'delete_checkpoint',
  title: 'Delete a checkpoint',
  description: 'Deletes a checkpoint; the changes made since stay.',
  toolset: 'tune',
  needs: 'net_admin',
  annotations: { readOnly: false, destructive: true, idempotent: false, openWorld: false },
  input: z.strictObject({ checkpoint_id: checkpointId }),
  output: resultSchema({ checkpoint_id: z.string(), deleted: z.boolean() }),
  run: async ({ checkpoint_id }, ports) => {
    const { deleteCheckpoint } = await import('../../change/checkpoint-store.ts');
    const { label } = await deleteCheckpoint(await ports.stateDir(), checkpoint_id);
    return {
      success: true,
      summary: `Checkpoint ${checkpoint_id}${label === '' ? '' : ` (${label})`} deleted.`,
      checkpoint_id,
      deleted: true,
    };
  },
});
