// What a starting process does about a change that an ended one left open: recover it, or say that it is there.
import type { UndoEngine } from './engine.ts';
import { describeRecovery, recoverNow } from './recover.ts';
import { readOpenChange } from './runtime.ts';

/** A start waits no longer than this for a change that another process is just making. */
const lockWaitMs = 15_000;

export const recoverAtStart = async (engine: UndoEngine): Promise<string[]> => {
  const line = describeRecovery(await recoverNow(engine, lockWaitMs, new AbortController().signal));
  return line === undefined ? [] : [line];
};

export const reportOpenChange = async (engine: UndoEngine): Promise<string[]> => {
  const open = await readOpenChange(engine);
  if (open === undefined) return [];
  return [
    `change ${open.change_id} is open, and this process may not touch it: start netmcp as root without --read-only to recover it`,
  ];
};
