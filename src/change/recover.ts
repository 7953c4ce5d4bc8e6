// Recovery: whatever an ended process left open is finished, undone, or put under a guard again. Runs at every start and before every apply.
import { NetError } from '../model/errors.ts';
import type { Lock } from '../store/lock.ts';
import { runtimeDirOf, type UndoEngine } from './engine.ts';
import { settle } from './finish.ts';
import type { ChangeView } from './journal.ts';
import { openJournal, readJournal } from './journal.ts';
import { takeChangeLock } from './lock.ts';
import type { OpenChange } from './runtime.ts';
import { readOpenChange } from './runtime.ts';
import type { UndoReport } from './undo.ts';
import { undoChange } from './undo.ts';

export type Recovery =
  | { kind: 'nothing' }
  /** Closed what was already ended. */
  | { kind: 'settled'; change_id: string }
  /** Applied, not confirmed, deadline ahead: a guard watches it. */
  | { kind: 'pending'; change_id: string; view: ChangeView; journal: string; rearmed: boolean }
  | { kind: 'undone'; change_id: string; report: UndoReport };

const isPending = (view: ChangeView): boolean => view.applied !== undefined && view.undoing === undefined;

/** The mark is made after the journal's first record: a journal that is gone or of another change was taken away by somebody. */
const readOpenJournal = async (open: OpenChange): Promise<ChangeView> => {
  const view = await readJournal(open.journal);
  const begin = view?.begin;
  if (
    view !== undefined &&
    begin?.change_id === open.change_id &&
    begin.boot_id === open.boot_id &&
    begin.netns === open.netns
  )
    return view;
  throw new NetError(
    'storage_failed',
    `the journal of the open change ${open.change_id} is ${view === undefined ? 'gone' : 'of another change'} (${open.journal})`,
    'Put it back. If it is lost: check what the change set by hand, then remove open.json of this namespace below /run/netmcp.',
  );
};

/** Under the change lock. */
export const recover = async (engine: UndoEngine, lock: Lock): Promise<Recovery> => {
  const open = await readOpenChange(engine);
  if (open === undefined) return { kind: 'nothing' };
  const view = await readOpenJournal(open);
  const { change_id } = open;
  if (view.end !== undefined && view.end.state !== 'rollback_failed') {
    await settle(engine, lock, view, open.journal, view.end.state);
    return { kind: 'settled', change_id };
  }
  const left = (view.applied?.confirm_by_boot_ms ?? 0) - engine.ports.clock.bootTimeMs();
  if (isPending(view) && left > 0) {
    const watched = view.guard !== undefined && engine.processes.isAlive(view.guard);
    if (!watched) await rearm(engine, open.journal);
    return { kind: 'pending', change_id, view, journal: open.journal, rearmed: !watched };
  }
  const reason = isPending(view)
    ? 'nobody confirmed the change in time'
    : 'the process that applied the change ended before it was whole';
  const journal = await openJournal(open.journal, engine);
  try {
    return { kind: 'undone', change_id, report: await undoChange({ engine, journal, lock, view, reason }) };
  } finally {
    await journal.close();
  }
};

const rearm = async (engine: UndoEngine, path: string): Promise<void> => {
  const guard = await engine.processes.startGuard(path, runtimeDirOf(engine));
  const journal = await openJournal(path, engine);
  try {
    await journal.append({ type: 'guard', pid: guard.pid, start_ticks: guard.start_ticks });
  } finally {
    await journal.close();
    guard.letGo();
  }
};

/** A line for people about what recovery found; undefined when there was nothing. */
export const describeRecovery = (recovery: Recovery): string | undefined => {
  if (recovery.kind === 'nothing') return undefined;
  const { change_id } = recovery;
  if (recovery.kind === 'settled') return `change ${change_id}: closed`;
  if (recovery.kind === 'pending') {
    return `change ${change_id} waits to be confirmed by ${recovery.view.applied?.confirm_by ?? ''}${recovery.rearmed ? '; its guard had died and was started again' : ''}`;
  }
  const hand =
    recovery.report.byHand.length === 0 ? '' : `; to restore by hand: ${recovery.report.byHand.join(' && ')}`;
  return `change ${change_id} was left open and is ${recovery.report.state}: ${recovery.report.notes.join('; ')}${hand}`;
};

/** Looks without the lock first, so that a start with nothing open costs one failed read. */
export const recoverNow = async (engine: UndoEngine, waitMs: number, signal: AbortSignal): Promise<Recovery> => {
  if ((await readOpenChange(engine)) === undefined) return { kind: 'nothing' };
  const lock = await takeChangeLock(engine, waitMs, signal);
  try {
    return await recover(engine, lock);
  } finally {
    lock.release();
  }
};
