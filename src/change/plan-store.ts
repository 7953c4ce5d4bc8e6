// Stored plans: what was rendered, on what it rests, until when it may be used, and that it is used once.
import { join } from 'node:path';
import * as z from 'zod';
import { NetError } from '../model/errors.ts';
import { renderedPlanSchema } from '../model/plan.ts';
import { openOwnedDirectory } from '../store/directory.ts';
import { readJsonFile, writeFileAtomic } from '../store/files.ts';
import { keepNewest } from '../store/retention.ts';
import { planIdSchema } from './records.ts';

const storedPlanSchema = z.strictObject({
  plan_id: planIdSchema,
  boot_id: z.string(),
  netns: z.string(),
  /** CLOCK_BOOTTIME, ms. */
  expires_boot_ms: z.number(),
  /** The normalised ParameterPlan; it is validated and rendered again before it is applied. */
  plan: z.unknown(),
  read_set: z.string(),
  rendered: renderedPlanSchema,
  used_by: z.string().nullable(),
});
export type StoredPlan = z.infer<typeof storedPlanSchema>;

const kept = 200;
const maxBytes = 8 * 1024 * 1024;

const pathOf = (stateDir: string, planId: string): string => join(stateDir, 'plans', `${planId}.json`);

export const storePlan = async (stateDir: string, plan: StoredPlan): Promise<void> => {
  const folder = await openOwnedDirectory(join(stateDir, 'plans'));
  await writeFileAtomic(pathOf(stateDir, plan.plan_id), JSON.stringify(plan));
  await keepNewest(folder, { keep: kept });
};

/** Throws not_found, plan_used, plan_expired or host_changed (another boot or namespace). */
export const loadPlan = async (
  stateDir: string,
  planId: string,
  now: { boot_id: string; netns: string; bootTimeMs: number },
): Promise<StoredPlan> => {
  const again = 'Render the plan again with render_change_plan and apply the new plan_id.';
  const id = planIdSchema.safeParse(planId);
  const found = id.success ? await readJsonFile(pathOf(stateDir, id.data), storedPlanSchema, { maxBytes }) : undefined;
  if (found === undefined)
    throw new NetError('not_found', `there is no plan ${JSON.stringify(planId.slice(0, 60))}`, again);
  if (found.used_by !== null)
    throw new NetError('plan_used', `plan ${found.plan_id} was already used by change ${found.used_by}`, again);
  if (found.boot_id !== now.boot_id || found.netns !== now.netns) {
    throw new NetError('host_changed', 'the plan was rendered before a reboot or in another network namespace', again);
  }
  if (now.bootTimeMs > found.expires_boot_ms)
    throw new NetError('plan_expired', `plan ${found.plan_id} expired at ${found.rendered.expires_at}`, again);
  return found;
};
