// The end of a change: its last record, what stands now, and the open mark taken away, in an order that survives a crash.
import type { Lock } from '../store/lock.ts';
import type { UndoEngine } from './engine.ts';
import type { ChangeView, Journal } from './journal.ts';
import type { EndRecord } from './records.ts';
import { clearOpenChange, readStanding, writeStanding } from './runtime.ts';

export interface FinishInput {
  engine: UndoEngine;
  journal: Journal;
  lock: Lock;
  view: ChangeView;
  state: EndRecord['state'];
  notes: string[];
}

/** What stands follows from the journal alone, so it can be written again after a crash. */
export const settle = async (
  engine: UndoEngine,
  lock: Lock,
  view: ChangeView,
  journal: string,
  state: EndRecord['state'],
): Promise<void> => {
  // What could not be rolled back stays open: it blocks the next change until it is as before.
  if (state === 'rollback_failed') return;
  if (state === 'committed') {
    const standing = await readStanding(engine);
    const known = new Map(standing.stack.map((entry) => [entry.change_id, entry.journal]));
    known.set(view.begin.change_id, journal);
    const stack = view.begin.stack_after.map((change_id) => ({ change_id, journal: known.get(change_id) ?? '' }));
    await writeStanding(engine, view.begin.committed_after, stack);
  }
  await clearOpenChange(engine, lock);
};

export const finish = async (input: FinishInput): Promise<void> => {
  const { engine, journal, state, notes } = input;
  const at = new Date(engine.ports.clock.now()).toISOString();
  await journal.append({ type: 'end', state, at, notes });
  await settle(engine, input.lock, input.view, journal.path, state);
};
