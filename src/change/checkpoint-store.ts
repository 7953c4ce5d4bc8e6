// Checkpoints: named marks on the stack of committed changes of this boot and namespace.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { NetError } from '../model/errors.ts';
import { openOwnedDirectory } from '../store/directory.ts';
import { keepNewest } from '../store/retention.ts';
import { readJsonFile, removeFile, writeFileAtomic } from '../store/files.ts';
import type { ChangeEngine } from './engine.ts';
import { newCheckpointId } from './ids.ts';
import { changeIdSchema, checkpointIdSchema } from './records.ts';

const checkpointSchema = z.strictObject({
  checkpoint_id: checkpointIdSchema,
  label: z.string(),
  boot_id: z.string(),
  netns: z.string(),
  created_at: z.string(),
  /** CLOCK_BOOTTIME, ms: orders checkpoints of one boot. */
  created_boot_ms: z.number(),
  /** Changes that stood when the mark was set, oldest first. */
  stack: z.array(changeIdSchema),
});
export type Checkpoint = z.infer<typeof checkpointSchema>;

const maxBytes = 1024 * 1024;
const keptCheckpoints = 500;
const folderOf = (stateDir: string): string => join(stateDir, 'checkpoints');

const notFound = (id: string): NetError =>
  new NetError(
    'not_found',
    `there is no checkpoint ${JSON.stringify(id.slice(0, 60))}`,
    'list_checkpoints shows the ids.',
  );

/** An id is never a path: anything but our own form is not found. */
const pathOf = (stateDir: string, id: string): string => {
  const parsed = checkpointIdSchema.safeParse(id);
  if (!parsed.success) throw notFound(id);
  return join(folderOf(stateDir), `${parsed.data}.json`);
};

export const createCheckpoint = async (
  engine: ChangeEngine,
  label: string,
  stack: readonly string[],
): Promise<Checkpoint> => {
  const { clock } = engine.ports;
  const checkpoint: Checkpoint = {
    checkpoint_id: newCheckpointId(),
    label,
    boot_id: engine.identity.boot_id,
    netns: engine.identity.netns,
    created_at: new Date(clock.now()).toISOString(),
    created_boot_ms: clock.bootTimeMs(),
    stack: [...stack],
  };
  await openOwnedDirectory(folderOf(engine.stateDir));
  await writeFileAtomic(pathOf(engine.stateDir, checkpoint.checkpoint_id), JSON.stringify(checkpoint));
  await keepNewest(folderOf(engine.stateDir), { keep: keptCheckpoints });
  return checkpoint;
};

export const readCheckpoint = async (stateDir: string, id: string): Promise<Checkpoint> => {
  const found = await readJsonFile(pathOf(stateDir, id), checkpointSchema, { maxBytes });
  if (found === undefined) throw notFound(id);
  return found;
};

export const deleteCheckpoint = async (stateDir: string, id: string): Promise<Checkpoint> => {
  const found = await readCheckpoint(stateDir, id);
  await removeFile(pathOf(stateDir, id));
  return found;
};

/** Newest first. A damaged file is told to `damaged` and hides only itself. */
export const listCheckpoints = async (stateDir: string, damaged: (message: string) => void): Promise<Checkpoint[]> => {
  const folder = await openOwnedDirectory(folderOf(stateDir));
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json'));
  const found = await Promise.all(
    names.map(async (name) => {
      try {
        return await readJsonFile(join(folder, name), checkpointSchema, { maxBytes });
      } catch (failure) {
        if (!(failure instanceof NetError)) throw failure;
        damaged(failure.message);
        return undefined;
      }
    }),
  );
  return found
    .filter((entry) => entry !== undefined)
    .sort((a, b) => b.created_at.localeCompare(a.created_at) || b.created_boot_ms - a.created_boot_ms);
};
