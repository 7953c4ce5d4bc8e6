// Undo of a change by its journal: newest step first, only what was touched, only where the value is still ours, verified.
import { fromUnknown, NetError } from '../model/errors.ts';
import type { Step } from '../model/plan.ts';
import type { Difference, Resource } from '../model/resource.ts';
import { pasteable } from '../plan/render.ts';
import type { Lock } from '../store/lock.ts';
import type { UndoEngine } from './engine.ts';
import { resourceOf } from './engine.ts';
import { runCommands } from './execute.ts';
import type { ChangeView, Journal } from './journal.ts';
import { startedSteps } from './journal.ts';
import { finish } from './finish.ts';

export interface UndoReport {
  state: 'rolled_back' | 'rollback_failed';
  /** One line a step: what was done. */
  notes: string[];
  /** Commands that would restore by hand what could not be restored. */
  byHand: string[];
}

type Outcome = 'restored' | 'already' | 'drifted' | 'failed';

interface StepOutcome {
  outcome: Outcome;
  message: string;
  byHand: string[];
}

const describe = (differences: readonly Difference[]): string =>
  differences
    .slice(0, 3)
    .map(
      (difference) => `${difference.path} is ${difference.current ?? 'absent'}, not ${difference.desired ?? 'absent'}`,
    )
    .join('; ');

export interface UndoInput {
  engine: UndoEngine;
  journal: Journal;
  lock: Lock;
  view: ChangeView;
  reason: string;
}

/** Never aborted: an undo that was begun is finished. */
const unaborted = (): AbortSignal => new AbortController().signal;

export const gone = Symbol('gone');

/** An interface that was unplugged or removed meanwhile took its settings along: there is nothing left to undo. */
export const readUnlessGone = async (
  resource: Resource,
  target: string,
  engine: UndoEngine,
  signal: AbortSignal,
): Promise<unknown> => {
  try {
    return await resource.read(target, engine.ports, signal);
  } catch (failure) {
    if (failure instanceof NetError && failure.code === 'not_found') return gone;
    throw failure;
  }
};

const undoStep = async (step: Step, index: number, inFlight: boolean, input: UndoInput): Promise<StepOutcome> => {
  const { engine } = input;
  const resource = resourceOf(engine, step.resource);
  const signal = unaborted();
  const name = `${step.resource} ${step.target}`;
  const observed = await readUnlessGone(resource, step.target, engine, signal);
  if (observed === gone)
    return { outcome: 'already', message: `${name}: is gone, and with it what was changed`, byHand: [] };
  if (resource.differences(step.target, step.from, observed).length === 0 && !inFlight) {
    return { outcome: 'already', message: `${name}: is as it was`, byHand: [] };
  }
  const notOurs = resource.differences(step.target, step.to, observed);
  if (!inFlight && notOurs.length > 0) {
    return {
      outcome: 'drifted',
      message: `${name}: somebody else changed it since (${describe(notOurs)}); left as it is`,
      byHand: [],
    };
  }
  const commands = resource.commands(step.target, observed, step.from);
  try {
    if (commands.length > 0) await input.journal.append({ type: 'restoring', step: index });
    await runCommands(commands, { engine, journal: input.journal, lock: input.lock, step: index, signal });
    const after = await resource.read(step.target, engine.ports, signal);
    const left = resource.differences(step.target, step.from, after);
    if (left.length === 0)
      return { outcome: commands.length === 0 ? 'already' : 'restored', message: `${name}: restored`, byHand: [] };
    return {
      outcome: 'failed',
      message: `${name}: could not be restored (${describe(left)})`,
      byHand: commands.flatMap(pasteable),
    };
  } catch (failure) {
    return {
      outcome: 'failed',
      message: `${name}: ${fromUnknown(failure).message}`,
      byHand: commands.flatMap(pasteable),
    };
  }
};

/**
 * A journal that cannot be written (disk full) must not stop an undo: inverses are absolute, so that recovery, which finds
 * the change still open, only sees that everything is as it was.
 */
const leniently = (journal: Journal, engine: UndoEngine, notes: string[]): Journal => ({
  ...journal,
  append: async (record) => {
    try {
      await journal.append(record);
    } catch (failure) {
      const { message } = fromUnknown(failure);
      engine.ports.log.warn(`undo goes on without its journal: ${message}`);
      const note = `the journal could not be written (${message}); the change stays marked as open until a later start has checked it`;
      if (!notes.includes(note)) notes.push(note);
      if (record.type === 'end') throw failure;
    }
  },
});

export const undoChange = async (given: UndoInput): Promise<UndoReport> => {
  const notes: string[] = [];
  const byHand: string[] = [];
  const input = { ...given, journal: leniently(given.journal, given.engine, notes) };
  const { journal, view } = input;
  await journal.append({ type: 'undoing', reason: input.reason });
  let failed = false;
  for (const { index, step, inFlight } of startedSteps(view)) {
    const result = await undoStep(step, index, inFlight, input).catch((failure: unknown): StepOutcome => {
      const message = `${step.resource} ${step.target}: ${fromUnknown(failure).message}`;
      return { outcome: 'failed', message, byHand: [] };
    });
    await journal.append({ type: 'undone', step: index, outcome: result.outcome, message: result.message });
    failed ||= result.outcome === 'failed';
    notes.push(result.message);
    byHand.push(...result.byHand);
  }
  const state = failed ? 'rollback_failed' : 'rolled_back';
  try {
    await finish({ ...input, state, notes });
  } catch (failure) {
    // Everything is undone; only the record of it is missing, and the note above says so.
    if (fromUnknown(failure).code !== 'storage_failed') throw failure;
  }
  return { state, notes, byHand };
};
