// rollback to a checkpoint: later changes are undone newest first, as one journaled change that commits at once.
import { NetError } from '../model/errors.ts';
import type { Step } from '../model/plan.ts';
import type { Committed } from '../model/snapshot.ts';
import { addressOf } from '../model/snapshot.ts';
import { pasteable } from '../plan/render.ts';
import type { Lock } from '../store/lock.ts';
import { lookAtHost } from './prepare.ts';
import type { CallContext } from './apply.ts';
import type { Checkpoint } from './checkpoint-store.ts';
import { readCheckpoint } from './checkpoint-store.ts';
import type { ChangeEngine } from './engine.ts';
import { resourceOf } from './engine.ts';
import { newChangeId } from './ids.ts';
import type { ChangeView } from './journal.ts';
import { openJournal, readJournal } from './journal.ts';
import { takeChangeLock } from './lock.ts';
import { requirePrivilege } from './preflight.ts';
import { recover } from './recover.ts';
import { runSteps } from './run-steps.ts';
import type { Standing } from './runtime.ts';
import { readStanding } from './runtime.ts';
import { gone, readUnlessGone, undoChange } from './undo.ts';

const lockWaitMs = 15_000;

export interface RollbackReport {
  checkpoint_id: string;
  state: 'no_change' | 'rolled_back' | 'rollback_failed';
  /** Newest first. */
  undone_changes: string[];
  /** What somebody else changed since and was left as it is. */
  drifted: { path: string; current: string | null; ours: string | null }[];
  notes: string[];
  errors: { code: string; message: string; hint: string }[];
}

/** The changes above the mark, newest first. Throws when the mark is of another boot, or was passed already. */
const changesAbove = (checkpoint: Checkpoint, standing: Standing): Standing['stack'] => {
  const here = checkpoint.boot_id === standing.boot_id && checkpoint.netns === standing.netns;
  if (!here) {
    throw new NetError(
      'host_changed',
      `checkpoint ${checkpoint.checkpoint_id} was made before a reboot or in another network namespace`,
      'What it marked is gone with that kernel state; list_checkpoints shows which ones can be used.',
    );
  }
  const gone = checkpoint.stack.find((id, index) => standing.stack[index]?.change_id !== id);
  if (gone !== undefined) {
    throw new NetError(
      'not_found',
      `change ${gone}, which stood at checkpoint ${checkpoint.checkpoint_id}, has been undone since`,
      'Choose an older checkpoint, or apply the plan again.',
    );
  }
  return standing.stack.slice(checkpoint.stack.length).reverse();
};

interface Target {
  step: Step;
  /** The state our newest change left. */
  ours: unknown;
}

const readView = async (entry: Standing['stack'][number]): Promise<ChangeView> => {
  const view = await readJournal(entry.journal);
  if (view !== undefined) return view;
  throw new NetError(
    'storage_failed',
    `the journal of change ${entry.change_id} is gone (${entry.journal})`,
    'Without it the change cannot be undone.',
  );
};

/** Per target: from what the newest undone change left to what the oldest found. */
const targetsOf = (views: readonly ChangeView[]): Map<string, Target> => {
  const targets = new Map<string, Target>();
  for (const view of views) {
    for (const step of view.begin.steps) {
      const address = addressOf(step.resource, step.target);
      const newer = targets.get(address);
      const ours = newer === undefined ? step.to : newer.ours;
      targets.set(address, { ours, step: { ...step, from: ours, to: step.from } });
    }
  }
  return targets;
};

interface Planned {
  steps: Step[];
  drifted: RollbackReport['drifted'];
  notes: string[];
}

const planSteps = async (
  engine: ChangeEngine,
  targets: Map<string, Target>,
  force: boolean,
  signal: AbortSignal,
): Promise<Planned> => {
  const planned: Planned = { steps: [], drifted: [], notes: [] };
  const snapshot = force ? await lookAtHost(engine, undefined, signal) : undefined;
  for (const [address, { step, ours }] of targets) {
    const resource = resourceOf(engine, step.resource);
    const observed = await readUnlessGone(resource, step.target, engine, signal);
    if (observed === gone) {
      planned.notes.push(`${address}: is gone, and with it what was changed`);
      continue;
    }
    if (resource.differences(step.target, step.to, observed).length === 0) {
      planned.notes.push(`${address}: is as it was`);
      continue;
    }
    const moved = resource.differences(step.target, ours, observed);
    if (moved.length === 0) {
      planned.steps.push(step);
      continue;
    }
    if (snapshot === undefined) {
      planned.drifted.push(...moved.map(({ path, current, desired }) => ({ path, current, ours: desired })));
      const byHand = resource.commands(step.target, observed, step.to).flatMap(pasteable).join(' && ');
      planned.notes.push(
        `${address}: somebody else changed it since; left as it is and no longer netmcp's (force would have restored it; by hand: ${byHand})`,
      );
      continue;
    }
    // Forced: what is there now becomes the state to go back to should the rollback itself fail.
    const from = resource.current(step.target, observed, { snapshot, committed: ours, takeover: true });
    planned.steps.push({ ...step, from });
    planned.notes.push(`${address}: somebody else had changed it; restored because force was given`);
  }
  planned.steps.sort(
    (a, b) => resourceOf(engine, b.resource).order(b.target) - resourceOf(engine, a.resource).order(a.target),
  );
  return planned;
};

const undoPending = async (engine: ChangeEngine, lock: Lock, path: string, view: ChangeView): Promise<string[]> => {
  const journal = await openJournal(path, engine);
  try {
    const report = await undoChange({ engine, journal, lock, view, reason: 'rollback_to_checkpoint was called' });
    if (report.state === 'rolled_back') return report.notes;
    throw new NetError('rollback_failed', report.notes.join('; '), `Restore by hand:\n${report.byHand.join('\n')}`);
  } finally {
    await journal.close();
  }
};

interface RollbackRequest {
  checkpoint_id: string;
  force: boolean;
}

const rollbackLocked = async (
  engine: ChangeEngine,
  lock: Lock,
  request: RollbackRequest,
  context: CallContext,
): Promise<RollbackReport> => {
  const checkpoint = await readCheckpoint(engine.stateDir, request.checkpoint_id);
  const recovered = await recover(engine, lock);
  const report: RollbackReport = {
    checkpoint_id: checkpoint.checkpoint_id,
    state: 'no_change',
    undone_changes: [],
    drifted: [],
    notes: [],
    errors: [],
  };
  const standing = await readStanding(engine);
  const above = changesAbove(checkpoint, standing);
  if (recovered.kind === 'pending') {
    report.notes.push(...(await undoPending(engine, lock, recovered.journal, recovered.view)));
    report.undone_changes.push(recovered.change_id);
    report.state = 'rolled_back';
  }
  if (above.length === 0) return report;
  const views = await Promise.all(above.map(readView));
  const planned = await planSteps(engine, targetsOf(views), request.force, context.signal);
  const before: Committed = views.at(-1)?.begin.committed_before ?? standing.committed;
  const result = await runSteps({
    engine,
    lock,
    signal: context.signal,
    progress: context.progress,
    begin: {
      type: 'begin',
      change_id: newChangeId(),
      kind: 'rollback',
      boot_id: engine.identity.boot_id,
      netns: engine.identity.netns,
      at: new Date(engine.ports.clock.now()).toISOString(),
      plan_id: null,
      checkpoint_id: checkpoint.checkpoint_id,
      iface: views[0]?.begin.iface ?? '',
      label: checkpoint.label,
      rationale: [`rollback to checkpoint ${checkpoint.checkpoint_id}`],
      confirm_timeout_s: 0,
      steps: planned.steps,
      committed_before: standing.committed,
      committed_after: before,
      stack_before: standing.stack.map((entry) => entry.change_id),
      stack_after: [...checkpoint.stack],
    },
  });
  const done = result.state === 'committed';
  return {
    ...report,
    state: done ? 'rolled_back' : 'rollback_failed',
    undone_changes: done ? [...report.undone_changes, ...above.map((entry) => entry.change_id)] : report.undone_changes,
    drifted: planned.drifted,
    notes: [...report.notes, ...planned.notes, ...result.notes],
    errors: result.errors,
  };
};

export const rollbackToCheckpoint = async (
  engine: ChangeEngine,
  request: RollbackRequest,
  context: CallContext,
): Promise<RollbackReport> => {
  await requirePrivilege(engine);
  const lock = await takeChangeLock(engine, lockWaitMs, context.signal);
  try {
    return await rollbackLocked(engine, lock, request, context);
  } finally {
    lock.release();
  }
};
