// apply: a stored plan becomes a change. Checked again under the lock, journaled, guarded, verified, pending until confirmed.
import { NetError } from '../model/errors.ts';
import type { ChangeReport, Rendered, RenderedPlan } from '../model/plan.ts';
import type { Committed } from '../model/snapshot.ts';
import { canonicalJson, sameJson } from '../plan/digest.ts';
import { readSetDigest } from '../plan/render.ts';
import type { Lock } from '../store/lock.ts';
import { keepNewest } from '../store/retention.ts';
import { createCheckpoint } from './checkpoint-store.ts';
import type { ChangeEngine } from './engine.ts';
import { newChangeId } from './ids.ts';
import { changesDir } from './journal.ts';
import { takeChangeLock } from './lock.ts';
import type { StoredPlan } from './plan-store.ts';
import { loadPlan, storePlan } from './plan-store.ts';
import type { Looked } from './prepare.ts';
import { presentPlan, refuseInvalid, validateHere } from './prepare.ts';
import { preflight, requirePrivilege } from './preflight.ts';
import { describeRecovery, recover } from './recover.ts';
import { readStanding, writeStanding } from './runtime.ts';
import { runSteps } from './run-steps.ts';

/** How long an apply waits for another process's change to end. */
const lockWaitMs = 15_000;
/** Journals of ended changes that are kept to be read; those that stand are kept anyway. */
const keptJournals = 1000;

export interface ApplyRequest {
  plan_id: string;
  /** Passed whole, it must equal the stored one. */
  rendered_plan?: RenderedPlan;
  label: string;
  confirm_timeout_s: number;
  dry_run: boolean;
}

export interface CallContext {
  signal: AbortSignal;
  progress: (done: number, total: number, message: string) => void;
}

const renderAgain = 'Render the plan again with render_change_plan and apply the new plan_id.';

const load = async (engine: ChangeEngine, request: ApplyRequest): Promise<StoredPlan> => {
  const { boot_id, netns } = engine.identity;
  const stored = await loadPlan(engine.stateDir, request.plan_id, {
    boot_id,
    netns,
    bootTimeMs: engine.ports.clock.bootTimeMs(),
  });
  if (request.rendered_plan !== undefined && canonicalJson(request.rendered_plan) !== canonicalJson(stored.rendered)) {
    throw new NetError(
      'plan_refused',
      'the rendered_plan passed is not the one that was rendered under its plan_id',
      'Pass plan_id alone, or the rendered plan unchanged; to change something, change the plan and render it again.',
    );
  }
  return stored;
};

/** Validates and renders the stored plan again on the host as it is now, and refuses it if what it rests on has moved. */
const recheck = async (
  engine: ChangeEngine,
  stored: StoredPlan,
  changeId: string,
  signal: AbortSignal,
): Promise<Looked> => {
  const looked = await validateHere(engine, stored.plan, signal, changeId);
  const { compiled, normalized } = looked.validation;
  const stands =
    compiled !== null &&
    normalized !== null &&
    readSetDigest(looked.snapshot, compiled, normalized.iface) === stored.read_set;
  if (!stands) {
    throw new NetError(
      'host_changed',
      'values this plan reads or writes have changed since it was rendered',
      renderAgain,
    );
  }
  refuseInvalid(looked.validation);
  const { plan_id, expires_at } = stored.rendered;
  if (sameJson(presentPlan(looked, { plan_id, expires_at }), stored.rendered)) return looked;
  throw new NetError(
    'plan_refused',
    'the stored plan no longer renders to the same commands and findings: policy, another setting of this host, or the stored file was changed',
    renderAgain,
  );
};

const report = (fields: Partial<ChangeReport>, preview: Rendered): ChangeReport => ({
  applied: false,
  dry_run: false,
  change_id: null,
  state: 'no_change',
  checkpoint_id: null,
  confirm_by: null,
  commands_preview: preview,
  notes: [],
  errors: [],
  ...fields,
});

const previewOf = ({ sysctl_cmds, tc_script, nft_script, ethtool_cmds, ip_link_cmds }: RenderedPlan): Rendered => ({
  sysctl_cmds,
  tc_script,
  nft_script,
  ethtool_cmds,
  ip_link_cmds,
});

const refusePending = (changeId: string, confirmBy: string): never => {
  throw new NetError(
    'change_pending',
    `change ${changeId} waits to be confirmed until ${confirmBy}`,
    `Keep it with confirm_change {"change_id": "${changeId}"}, undo it with rollback_to_checkpoint, or wait for it to undo itself.`,
    { details: { change_id: changeId } },
  );
};

const unordered = (list: readonly unknown[]): string[] => list.map(canonicalJson).sort();

/** Whether two plans' wishes come to the same, whichever change brought them and in whatever order. */
const sameWishes = (a: Committed, b: Committed): boolean =>
  sameJson(unordered(a.fragments), unordered(b.fragments)) &&
  sameJson(
    unordered(a.wishes.map(({ iface, knob, wish }) => ({ iface, knob, wish }))),
    unordered(b.wishes.map(({ iface, knob, wish }) => ({ iface, knob, wish }))),
  );

const applyLocked = async (
  engine: ChangeEngine,
  lock: Lock,
  request: ApplyRequest,
  context: CallContext,
): Promise<ChangeReport> => {
  const recovered = await recover(engine, lock);
  if (recovered.kind === 'pending') refusePending(recovered.change_id, recovered.view.applied?.confirm_by ?? '');
  if (recovered.kind === 'undone' && recovered.report.state === 'rollback_failed') {
    throw new NetError(
      'rollback_failed',
      describeRecovery(recovered) ?? '',
      `Restore by hand: ${recovered.report.byHand.join(' && ')}`,
    );
  }
  const told = describeRecovery(recovered);
  const stored = await load(engine, request);
  const changeId = newChangeId();
  const { validation } = await recheck(engine, stored, changeId, context.signal);
  const steps = validation.compiled?.steps ?? [];
  const preview = previewOf(stored.rendered);
  const standing = await readStanding(engine);
  if (steps.length === 0) {
    const after = validation.compiled?.committed ?? standing.committed;
    const notes = ['Everything already is as the plan wants it.'];
    if (!sameWishes(standing.committed, after)) {
      await writeStanding(engine, after, standing.stack);
      notes.push('What the plan wishes is remembered: it counts when plans of this or another interface are composed.');
    }
    return report({ applied: true, notes }, preview);
  }
  await preflight(
    engine,
    steps.flatMap((step) => step.commands),
    context.signal,
  );
  const stack = standing.stack.map((entry) => entry.change_id);
  const checkpoint = await createCheckpoint(engine, request.label, stack);
  await keepNewest(changesDir(engine.stateDir), { keep: keptJournals, except: (name) => stack.includes(name) });
  await storePlan(engine.stateDir, { ...stored, used_by: changeId });
  const rationale = validation.normalized?.rationale ?? [];
  const result = await runSteps({
    engine,
    lock,
    begin: {
      type: 'begin',
      change_id: changeId,
      kind: 'apply',
      boot_id: engine.identity.boot_id,
      netns: engine.identity.netns,
      at: new Date(engine.ports.clock.now()).toISOString(),
      plan_id: stored.plan_id,
      checkpoint_id: checkpoint.checkpoint_id,
      iface: validation.normalized?.iface ?? '',
      label: request.label,
      rationale: typeof rationale === 'string' ? [rationale] : [...rationale],
      confirm_timeout_s: request.confirm_timeout_s,
      steps: steps.map((entry) => entry.step),
      committed_before: standing.committed,
      committed_after: validation.compiled?.committed ?? standing.committed,
      stack_before: stack,
      stack_after: [...stack, changeId],
    },
    signal: context.signal,
    progress: context.progress,
  });
  const stands = result.state === 'pending' || result.state === 'committed';
  return report(
    {
      applied: stands,
      change_id: changeId,
      state: result.state,
      checkpoint_id: checkpoint.checkpoint_id,
      confirm_by: result.confirm_by,
      notes: [...(told === undefined ? [] : [told]), ...result.notes],
      errors: result.errors,
    },
    preview,
  );
};

const checkTimeout = (engine: ChangeEngine, seconds: number): void => {
  const { min, max, allow_zero } = engine.policy.limits.confirm_timeout_s;
  if (seconds === 0 && allow_zero) return;
  if (seconds >= min && seconds <= max) return;
  throw new NetError(
    'invalid_argument',
    `confirm_timeout_s must be ${String(min)} to ${String(max)} seconds, not ${String(seconds)}`,
    allow_zero ? '0 commits at once.' : 'limits.yaml does not allow 0 (a change without a timed confirmation).',
  );
};

export const applyPlan = async (
  engine: ChangeEngine,
  request: ApplyRequest,
  context: CallContext,
): Promise<ChangeReport> => {
  checkTimeout(engine, request.confirm_timeout_s);
  if (request.dry_run) {
    const stored = await load(engine, request);
    const { validation } = await recheck(engine, stored, '', context.signal);
    const count = validation.compiled?.steps.length ?? 0;
    const note =
      count === 0
        ? 'Everything already is as the plan wants it.'
        : `${String(count)} steps would be made; nothing was changed.`;
    return report({ dry_run: true, notes: [note] }, previewOf(stored.rendered));
  }
  await requirePrivilege(engine);
  const lock = await takeChangeLock(engine, lockWaitMs, context.signal);
  try {
    return await applyLocked(engine, lock, request, context);
  } finally {
    lock.release();
  }
};
