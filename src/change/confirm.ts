// confirm: keeps a pending change, deciding under the change lock, so that guard and caller never both win.
import { NetError } from '../model/errors.ts';
import type { ChangeEngine } from './engine.ts';
import { finish } from './finish.ts';
import { journalPath, openJournal, readJournal } from './journal.ts';
import { requirePrivilege } from './preflight.ts';
import { takeChangeLock } from './lock.ts';
import { recover } from './recover.ts';
import { changeIdSchema } from './records.ts';
import { readStanding } from './runtime.ts';

const lockWaitMs = 15_000;

export interface Confirmation {
  change_id: string;
  state: 'committed';
  checkpoint_id: string | null;
  notes: string[];
}

/** Says how a change ended that is no longer pending. */
const explain = async (engine: ChangeEngine, changeId: string): Promise<Confirmation> => {
  const parsed = changeIdSchema.safeParse(changeId);
  const view = parsed.success ? await readJournal(journalPath(engine.stateDir, parsed.data)) : undefined;
  if (view === undefined) {
    throw new NetError(
      'not_found',
      `there is no change ${JSON.stringify(changeId.slice(0, 60))}`,
      'Use the change_id that apply_rendered_plan gave.',
    );
  }
  if (view.end?.state === 'committed') {
    const { stack } = await readStanding(engine);
    if (!stack.some((entry) => entry.change_id === changeId)) {
      throw new NetError(
        'not_pending',
        `change ${changeId} was confirmed, but it has been rolled back since`,
        'Render and apply the plan again.',
      );
    }
    return {
      change_id: changeId,
      state: 'committed',
      checkpoint_id: view.begin.checkpoint_id,
      notes: ['It had been confirmed already.'],
    };
  }
  const ended =
    view.end === undefined ? 'did not end properly' : `was ${view.end.state.replace('_', ' ')} at ${view.end.at}`;
  const why = view.undoing === undefined ? '' : ` (${view.undoing})`;
  throw new NetError(
    'not_pending',
    `change ${changeId} ${ended}${why}: there is nothing to confirm`,
    'Render and apply the plan again.',
  );
};

export const confirmChange = async (
  engine: ChangeEngine,
  changeId: string,
  signal: AbortSignal,
): Promise<Confirmation> => {
  await requirePrivilege(engine);
  const lock = await takeChangeLock(engine, lockWaitMs, signal);
  try {
    const recovered = await recover(engine, lock);
    if (recovered.kind !== 'pending') return await explain(engine, changeId);
    const { view } = recovered;
    if (recovered.change_id !== changeId) {
      throw new NetError(
        'not_pending',
        `change ${JSON.stringify(changeId.slice(0, 60))} is not the pending one`,
        `The pending change is ${recovered.change_id}; confirm that one if it is what you mean.`,
      );
    }
    const journal = await openJournal(recovered.journal, engine);
    try {
      await finish({ engine, journal, lock, view, state: 'committed', notes: ['confirmed'] });
    } finally {
      await journal.close();
    }
    return {
      change_id: changeId,
      state: 'committed',
      checkpoint_id: view.begin.checkpoint_id,
      notes: ['Confirmed: the change stays.'],
    };
  } finally {
    lock.release();
  }
};
