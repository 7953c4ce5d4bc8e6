// What stands in this namespace since boot: the committed union, the stack of committed changes, the open change.
// It lives below /run, because kernel state and /run end together; every state directory of the host sees the same.
import { join } from 'node:path';
import * as z from 'zod';
import type { Committed } from '../model/snapshot.ts';
import { committedSchema, nothingCommitted } from '../model/snapshot.ts';
import { readJsonFile, removeFile, writeFileAtomic } from '../store/files.ts';
import type { Lock } from '../store/lock.ts';
import { runtimeDirOf, type UndoEngine } from './engine.ts';
import { changeIdSchema } from './records.ts';

const standingSchema = z.strictObject({
  boot_id: z.string(),
  netns: z.string(),
  committed: committedSchema,
  /** Committed changes that stand, oldest first, and where their journals are. */
  stack: z.array(z.strictObject({ change_id: changeIdSchema, journal: z.string() })),
});
export type Standing = z.infer<typeof standingSchema>;

const openChangeSchema = z.strictObject({
  boot_id: z.string(),
  netns: z.string(),
  change_id: changeIdSchema,
  journal: z.string(),
});
export type OpenChange = z.infer<typeof openChangeSchema>;

const maxBytes = 16 * 1024 * 1024;
const standingPath = (engine: UndoEngine): string => join(runtimeDirOf(engine), 'standing.json');
const openPath = (engine: UndoEngine): string => join(runtimeDirOf(engine), 'open.json');
export const lockPath = (engine: UndoEngine): string => join(runtimeDirOf(engine), 'change.lock');

const isOurs = (engine: UndoEngine, record: { boot_id: string; netns: string }): boolean =>
  record.boot_id === engine.identity.boot_id && record.netns === engine.identity.netns;

export const readStanding = async (engine: UndoEngine): Promise<Standing> => {
  const found =
    engine.runtimeDir === null ? undefined : await readJsonFile(standingPath(engine), standingSchema, { maxBytes });
  const { boot_id, netns } = engine.identity;
  // A record of another boot or namespace describes a kernel state that is gone.
  return found !== undefined && isOurs(engine, found)
    ? found
    : { boot_id, netns, committed: nothingCommitted, stack: [] };
};

export const writeStanding = (engine: UndoEngine, committed: Committed, stack: Standing['stack']): Promise<void> => {
  const { boot_id, netns } = engine.identity;
  return writeFileAtomic(standingPath(engine), JSON.stringify({ boot_id, netns, committed, stack }));
};

export const readOpenChange = async (engine: UndoEngine): Promise<OpenChange | undefined> => {
  const found =
    engine.runtimeDir === null ? undefined : await readJsonFile(openPath(engine), openChangeSchema, { maxBytes });
  return found !== undefined && isOurs(engine, found) ? found : undefined;
};

/** Only the holder of the change lock may open or close a change; the lock is asked for to say so. */
export const writeOpenChange = (engine: UndoEngine, _held: Lock, changeId: string, journal: string): Promise<void> => {
  const { boot_id, netns } = engine.identity;
  return writeFileAtomic(openPath(engine), JSON.stringify({ boot_id, netns, change_id: changeId, journal }));
};

export const clearOpenChange = async (engine: UndoEngine, _held: Lock): Promise<void> => {
  await removeFile(openPath(engine));
};
