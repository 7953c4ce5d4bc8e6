// recommend_plan: a profile fitted to this very host, with the reason for every value and for everything left out. Changes nothing.
import * as z from 'zod';
import { findingSchema } from '../../model/finding.ts';
import { interfaceNameSchema } from '../../model/names.ts';
import { defineOperation } from '../define.ts';
import { resultSchema } from '../frame/result.ts';

const mbps = z.number().min(0.1).max(1_000_000);

const reasonSchema = z.strictObject({
  path: z.string(),
  card: z.string(),
  value: z.unknown(),
  /** As the host has it now. */
  current: z.string().nullable(),
  reason: z.string(),
  evidence: z.string(),
  /** The profile's value, or the rule that chose it. */
  source: z.string(),
});

const leftOutSchema = z.strictObject({
  card: z.string(),
  path: z.string().nullable(),
  code: z
    .string()
    .describe('already_set, no_effect, not_for_this_host, by_profile, conflict, constraint, or an error code'),
  reason: z.string(),
});

export const recommendPlan = defineOperation({
  name: 'recommend_plan',
  title: 'Recommend a plan',
  description:
    'Fits a profile to this host: a ParameterPlan with reasons for every value and for what was left out. Give the link: buffers and shaper depend on it. Changes nothing; next: render_change_plan.',
  toolset: 'tune',
  needs: 'none',
  annotations: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  input: z.strictObject({
    goal: z.string().max(64).describe('Profile, see list_policy'),
    iface: z.union([z.literal('auto'), interfaceNameSchema]).default('auto'),
    role: z.enum(['client', 'server', 'router']).optional(),
    link: z
      .strictObject({
        down_mbps: mbps.optional(),
        up_mbps: mbps.optional(),
        rtt_ms: z.number().min(0.01).max(10_000).optional(),
      })
      .optional(),
    constraints: z
      .strictObject({
        exclude: z.array(z.string().max(128)).max(64).optional(),
        max_risk: z.enum(['none', 'low', 'medium', 'high']).optional(),
      })
      .optional(),
  }),
  output: resultSchema({
    plan: z.record(z.string(), z.unknown()),
    role: z.string(),
    reasons: z.array(reasonSchema),
    left_out: z.array(leftOutSchema),
    findings: z.array(findingSchema),
    notes: z.array(z.string()),
  }),
  run: async ({ goal, iface, role, link, constraints }, ports, { signal }) => {
    const [{ recommendHere }, { engineFrom }] = await Promise.all([
      import('../../change/prepare.ts'),
      import('./engine.ts'),
    ]);
    const found = await recommendHere(await engineFrom(ports), { goal, iface, role, link, constraints }, signal);
    const { reasons, left_out: leftOut } = found;
    const summary = `${goal} here: ${String(reasons.length)} values to change, ${String(leftOut.length)} left out.`;
    return { success: true, summary, ...found };
  },
});
