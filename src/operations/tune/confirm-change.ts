// confirm_change: keeps a pending change.
import * as z from 'zod';
import { defineOperation } from '../define.ts';
import { resultSchema } from '../frame/result.ts';

export const confirmChangeOperation = defineOperation({
  name: 'confirm_change',
  title: 'Confirm a change',
  description: 'Keeps a pending change, once you have checked that the host is reachable and does what was wanted.',
  toolset: 'tune',
  needs: 'net_admin',
  annotations: { readOnly: false, destructive: false, idempotent: true, openWorld: false },
  input: z.strictObject({ change_id: z.string().max(100).describe('From apply_rendered_plan') }),
  output: resultSchema({
    change_id: z.string(),
    state: z.literal('committed'),
    checkpoint_id: z.string().nullable(),
    notes: z.array(z.string()),
  }),
  run: async ({ change_id }, ports, { signal }) => {
    const [{ confirmChange }, { engineFrom }] = await Promise.all([
      import('../../change/confirm.ts'),
      import('./engine.ts'),
    ]);
    const confirmed = await confirmChange(await engineFrom(ports), change_id, signal);
    return {
      success: true,
      summary: `Change ${change_id} stays. Undo it later with rollback_to_checkpoint ${confirmed.checkpoint_id ?? ''}.`,
      ...confirmed,
    };
  },
});
