// The write-ahead journal of one change: append before acting, read back as one view of how far it came.
import { join } from 'node:path';
import { NetError } from '../model/errors.ts';
import type { Step } from '../model/plan.ts';
import { openAppender, readNdjson } from '../store/ndjson.ts';
import type { UndoEngine } from './engine.ts';
import { recordSchema } from './records.ts';
import type { BeginRecord, EndRecord, JournalRecord } from './records.ts';

export const changesDir = (stateDir: string): string => join(stateDir, 'changes');

export const journalPath = (stateDir: string, changeId: string): string =>
  join(changesDir(stateDir), changeId, 'journal.ndjson');

export interface Journal {
  path: string;
  append(record: JournalRecord): Promise<void>;
  close(): Promise<void>;
}

/** Opens a journal for appending, making it where there is none; only the holder of the change lock does. */
export const openJournal = async (path: string, engine: UndoEngine): Promise<Journal> => {
  const appender = await openAppender(path);
  return {
    path,
    append: async (record) => {
      await appender.append(record);
      await engine.onRecord?.(record);
    },
    close: () => appender.close(),
  };
};

export interface ChildRecord {
  step: number;
  pid: number;
  start_ticks: number;
  deadline_boot_ms: number;
}

/** How far a change came, as its journal tells. */
export interface ChangeView {
  begin: BeginRecord;
  /** Indexes of steps whose start was recorded; the last may be half done. */
  started: Set<number>;
  /** Everything was read back as wished. */
  verified: boolean;
  applier: { pid: number; start_ticks: number } | undefined;
  guard: { pid: number; start_ticks: number } | undefined;
  lastChild: ChildRecord | undefined;
  applied: { confirm_by_boot_ms: number; confirm_by: string } | undefined;
  undoing: string | undefined;
  /** Steps that an undo began to change back and did not finish: half undone, neither ours whole nor as before. */
  restoring: Set<number>;
  end: EndRecord | undefined;
}

export const viewOf = (records: readonly JournalRecord[], path: string): ChangeView => {
  const first = records[0];
  if (first?.type !== 'begin') {
    throw new NetError(
      'internal',
      `the journal ${path} does not start with its begin record`,
      'The file was damaged: keep it and report it.',
    );
  }
  const view: ChangeView = {
    begin: first,
    started: new Set(),
    verified: false,
    applier: undefined,
    guard: undefined,
    lastChild: undefined,
    applied: undefined,
    undoing: undefined,
    restoring: new Set(),
    end: undefined,
  };
  for (const record of records.slice(1)) {
    if (record.type === 'start') view.started.add(record.step);
    else if (record.type === 'applier') view.applier = { pid: record.pid, start_ticks: record.start_ticks };
    else if (record.type === 'guard') view.guard = { pid: record.pid, start_ticks: record.start_ticks };
    else if (record.type === 'child') view.lastChild = record;
    else if (record.type === 'verified') view.verified = true;
    else if (record.type === 'applied') view.applied = record;
    else if (record.type === 'undoing') view.undoing = record.reason;
    else if (record.type === 'restoring') view.restoring.add(record.step);
    else if (record.type === 'undone' && record.outcome !== 'failed') view.restoring.delete(record.step);
    else if (record.type === 'end') view.end = record;
  }
  return view;
};

/** Undefined when the file is missing or holds no whole record: then nothing was done yet. */
export const readJournal = async (path: string): Promise<ChangeView | undefined> => {
  const content = await readNdjson(path, recordSchema);
  return content === undefined || content.records.length === 0 ? undefined : viewOf(content.records, path);
};

/**
 * Steps whose start was journaled, newest first: what an undo has to look at. Until all was read back, a value other than the wished one
 * may be what the kernel made of our own command, so it is no sign of somebody else's hand.
 */
export const startedSteps = (view: ChangeView): { index: number; step: Step; inFlight: boolean }[] =>
  view.begin.steps
    .map((step, index) => ({ index, step, inFlight: !view.verified || view.restoring.has(index) }))
    .filter((entry) => view.started.has(entry.index))
    .reverse();
