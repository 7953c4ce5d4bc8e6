// validate and render for this host: takes the snapshot, hands it to the pure planner, stores what was rendered.
import { NetError } from '../model/errors.ts';
import { error, type Finding } from '../model/finding.ts';
import type { RenderedPlan } from '../model/plan.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { diffOf, readSetDigest, renderSteps, undoLines } from '../plan/render.ts';
import { type Recommendation, recommend } from '../plan/recommend.ts';
import { targetsFor } from '../plan/targets.ts';
import type { LinkFacts, Role } from '../plan/facts.ts';
import type { Validation } from '../plan/validate.ts';
import type { Constraints } from '../plan/verdicts.ts';
import { interfaceOf, validatePlan, wishedInterface } from '../plan/validate.ts';
import type { ChangeEngine } from './engine.ts';
import { newPlanId } from './ids.ts';
import { storePlan } from './plan-store.ts';
import { readOpenChange, readStanding } from './runtime.ts';

export const lookAtHost = async (
  engine: ChangeEngine,
  wished: string | undefined,
  signal: AbortSignal,
): Promise<Snapshot> => {
  const { policy, resources } = engine;
  const { committed } = await readStanding(engine);
  return engine.look({
    iface: wished,
    resources,
    committed,
    signal,
    targets: (iface) => targetsFor(iface, policy, committed),
  });
};

export interface Looked {
  snapshot: Snapshot;
  validation: Validation;
}

export const validateHere = async (
  engine: ChangeEngine,
  plan: unknown,
  signal: AbortSignal,
  changeId = '',
): Promise<Looked> => {
  const snapshot = await lookAtHost(engine, wishedInterface(plan), signal);
  const { policy, knobs, resources } = engine;
  return { snapshot, validation: validatePlan({ plan, snapshot, policy, knobs, resources, changeId }) };
};

export interface RecommendRequest {
  goal: string;
  iface: string;
  role?: Role | undefined;
  link?: LinkFacts | undefined;
  constraints?: Constraints | undefined;
}

/** Throws not_found for an unknown goal or interface, plan_refused for a protected one. */
export const recommendHere = async (
  engine: ChangeEngine,
  request: RecommendRequest,
  signal: AbortSignal,
): Promise<Recommendation> => {
  const snapshot = await lookAtHost(engine, request.iface, signal);
  const { policy, knobs, resources } = engine;
  const iface = interfaceOf(request.iface, snapshot, policy);
  return recommend({ ...request, iface, snapshot, policy, knobs, resources });
};

/** What a compiled plan shows; the id and the expiry are given, so that the same plan on the same snapshot gives the same bytes. */
export const presentPlan = (looked: Looked, id: { plan_id: string; expires_at: string }): RenderedPlan => {
  const { compiled, issues } = looked.validation;
  if (compiled === null)
    throw new NetError('plan_refused', 'the plan cannot be rendered', 'Validate it first.', { details: { issues } });
  return {
    ...renderSteps(compiled.steps),
    ...id,
    diff: diffOf(compiled),
    undo: undoLines(compiled.steps),
    findings: issues,
  };
};

/** What an open change has set is neither the host's own state nor committed: until it is closed nothing can be judged beside it. */
export const openChangeFinding = async (engine: ChangeEngine): Promise<Finding | undefined> => {
  const open = await readOpenChange(engine);
  if (open === undefined) return undefined;
  return error(
    'iface',
    'change_pending',
    `change ${open.change_id} waits to be confirmed`,
    `Keep it with confirm_change {"change_id": "${open.change_id}"}, undo it with rollback_to_checkpoint, or wait for it to undo itself.`,
  );
};

export const refuseWhileOpen = async (engine: ChangeEngine): Promise<void> => {
  const pending = await openChangeFinding(engine);
  if (pending !== undefined) throw new NetError('change_pending', pending.message, pending.hint);
};

export const refuseInvalid = (validation: Validation): void => {
  if (validation.ok) return;
  const errors = validation.issues.filter((issue) => issue.severity === 'error');
  const [first] = errors;
  const more = errors.length > 1 ? ` (and ${String(errors.length - 1)} more)` : '';
  throw new NetError(
    'plan_refused',
    first === undefined ? 'the plan is refused' : `${first.path}: ${first.message}${more}`,
    first?.hint ?? 'Validate the plan with validate_change_plan.',
    { details: { issues: validation.issues } },
  );
};

export const renderHere = async (engine: ChangeEngine, plan: unknown, signal: AbortSignal): Promise<RenderedPlan> => {
  await refuseWhileOpen(engine);
  const looked = await validateHere(engine, plan, signal);
  refuseInvalid(looked.validation);
  const { normalized, compiled } = looked.validation;
  if (normalized === null || compiled === null)
    throw new NetError('internal', 'a valid plan was not compiled', 'Report this with the plan.');
  const { clock } = engine.ports;
  const ttlMs = engine.policy.limits.plan_ttl_s * 1000;
  const rendered = presentPlan(looked, {
    plan_id: newPlanId(),
    expires_at: new Date(clock.now() + ttlMs).toISOString(),
  });
  await storePlan(engine.stateDir, {
    plan_id: rendered.plan_id,
    boot_id: engine.identity.boot_id,
    netns: engine.identity.netns,
    expires_boot_ms: clock.bootTimeMs() + ttlMs,
    plan: normalized,
    read_set: readSetDigest(looked.snapshot, compiled, normalized.iface),
    rendered,
    used_by: null,
  });
  return rendered;
};
