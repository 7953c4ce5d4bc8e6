// The part of a change that acts: open mark, journal, guard, steps, read back; any failure undoes everything.
import { dirname } from 'node:path';
import { fromUnknown, NetError } from '../model/errors.ts';
import type { Guard } from '../model/ports.ts';
import type { Step } from '../model/plan.ts';
import { openOwnedDirectory } from '../store/directory.ts';
import type { Lock } from '../store/lock.ts';
import type { ChangeEngine } from './engine.ts';
import { resourceOf, runtimeDirOf } from './engine.ts';
import { runCommands } from './execute.ts';
import { finish } from './finish.ts';
import type { ChangeView, Journal } from './journal.ts';
import { journalPath, openJournal, viewOf } from './journal.ts';
import type { BeginRecord, JournalRecord } from './records.ts';
import { clearOpenChange, writeOpenChange } from './runtime.ts';
import { undoChange } from './undo.ts';

export interface RunInput {
  engine: ChangeEngine;
  lock: Lock;
  begin: BeginRecord;
  signal: AbortSignal;
  progress: (done: number, total: number, message: string) => void;
}

export interface RunResult {
  state: 'pending' | 'committed' | 'rolled_back' | 'rollback_failed';
  confirm_by: string | null;
  notes: string[];
  errors: { code: string; message: string; hint: string }[];
}

/** Keeps the records written, so that the view of the change needs no second read. */
const recording = (journal: Journal): { journal: Journal; records: JournalRecord[] } => {
  const records: JournalRecord[] = [];
  return {
    records,
    journal: {
      path: journal.path,
      close: () => journal.close(),
      append: async (record) => {
        // Kept first: if the write fails half way the record may still be on disk, and an undo must then look at its step.
        records.push(record);
        await journal.append(record);
      },
    },
  };
};

const runStep = async (step: Step, index: number, journal: Journal, input: RunInput): Promise<void> => {
  const { engine, lock, signal } = input;
  const resource = resourceOf(engine, step.resource);
  const observed = await resource.read(step.target, engine.ports, signal);
  const moved = resource.differences(step.target, step.from, observed);
  if (moved.length > 0) {
    throw new NetError(
      'host_changed',
      `${step.resource} ${step.target} changed while the plan was being applied`,
      'Render the plan again.',
    );
  }
  const commands = resource.commands(step.target, observed, step.to);
  await journal.append({ type: 'start', step: index });
  await runCommands(commands, { engine, journal, lock, step: index, signal });
  await journal.append({ type: 'done', step: index });
};

/** Reads everything back: a later step may have dragged an earlier one along. */
const verify = async (input: RunInput): Promise<void> => {
  const { engine, signal } = input;
  const lists = await Promise.all(
    input.begin.steps.map(async (step) => {
      const resource = resourceOf(engine, step.resource);
      const observed = await resource.read(step.target, engine.ports, signal);
      return resource.differences(step.target, step.to, observed);
    }),
  );
  const [first] = lists.flat();
  if (first === undefined) return;
  throw new NetError(
    'step_failed',
    `${first.path} reads back as ${first.current ?? 'absent'}, wanted ${first.desired ?? 'absent'}`,
    'The kernel accepted the command but keeps another value; adjust the plan to what it keeps.',
  );
};

export const runSteps = async (input: RunInput): Promise<RunResult> => {
  const { engine, begin } = input;
  const path = journalPath(engine.stateDir, begin.change_id);
  await openOwnedDirectory(dirname(dirname(path)));
  await openOwnedDirectory(dirname(path));
  const { journal, records } = await beginJournal(path, input);
  const view = (): ChangeView => viewOf(records, path);
  let guard: Guard | undefined;
  try {
    await journal.append({ type: 'applier', ...engine.processes.self() });
    guard = await engine.processes.startGuard(path, runtimeDirOf(engine));
    await journal.append({ type: 'guard', pid: guard.pid, start_ticks: guard.start_ticks });
    for (const [index, step] of begin.steps.entries()) {
      input.signal.throwIfAborted();
      input.progress(index, begin.steps.length, `${step.resource} ${step.target}`);
      await runStep(step, index, journal, input);
    }
    await verify(input);
    await journal.append({ type: 'verified' });
    input.signal.throwIfAborted();
    return await conclude(journal, view, input);
  } catch (failure) {
    return await undoAfter(failure, journal, view, input);
  } finally {
    guard?.letGo();
    await journal.close();
  }
};

/** Journal first, then the open mark: a mark without a journal is never of our making, and a journal without a mark did nothing. */
const beginJournal = async (path: string, input: RunInput): Promise<{ journal: Journal; records: JournalRecord[] }> => {
  const kept = recording(await openJournal(path, input.engine));
  try {
    await kept.journal.append(input.begin);
    await writeOpenChange(input.engine, input.lock, input.begin.change_id, path);
    return kept;
  } catch (failure) {
    await kept.journal.close();
    await clearOpenChange(input.engine, input.lock);
    throw failure;
  }
};

const conclude = async (journal: Journal, view: () => ChangeView, input: RunInput): Promise<RunResult> => {
  const { engine, lock, begin } = input;
  const notes = begin.steps.map((step) => `${step.resource} ${step.target}: set and read back`);
  if (begin.confirm_timeout_s === 0) {
    await finish({ engine, journal, lock, view: view(), state: 'committed', notes });
    return { state: 'committed', confirm_by: null, notes, errors: [] };
  }
  const timeoutMs = begin.confirm_timeout_s * 1000;
  const confirmBy = new Date(engine.ports.clock.now() + timeoutMs).toISOString();
  await journal.append({
    type: 'applied',
    confirm_by_boot_ms: engine.ports.clock.bootTimeMs() + timeoutMs,
    confirm_by: confirmBy,
  });
  return { state: 'pending', confirm_by: confirmBy, notes, errors: [] };
};

const undoAfter = async (
  failure: unknown,
  journal: Journal,
  view: () => ChangeView,
  input: RunInput,
): Promise<RunResult> => {
  const { engine, lock } = input;
  const { code, message, hint } = fromUnknown(failure);
  const report = await undoChange({ engine, journal, lock, view: view(), reason: message });
  const errors = [{ code, message, hint }];
  if (report.state === 'rollback_failed') {
    const byHand = report.byHand.join('\n');
    errors.push({
      code: 'rollback_failed',
      message: `the change could not be undone whole: ${report.notes.join('; ')}`,
      hint: `Restore by hand, then start netmcp again, which checks it:\n${byHand}`,
    });
  }
  return { state: report.state, confirm_by: null, notes: report.notes, errors };
};
