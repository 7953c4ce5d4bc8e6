// What an ended process of ours may have left in the kernel, and who removes it. Each looks only at what its own records name.
import { access } from 'node:fs/promises';
import { errnoOf } from '../../model/errors.ts';
import type { Exec } from '../../model/ports.ts';
import { removeClsactLeftovers } from './clsact.ts';
import { removeNftLeftovers } from './nft-leftovers.ts';
import { recordsFolder } from './records.ts';

export interface LeftoverContext {
  /** Of this namespace. */
  runtimeDir: string;
  exec: Exec;
}

/** One a rung that outlives its process; each gives one line for each thing removed. */
const removers: readonly ((context: LeftoverContext) => Promise<string[]>)[] = [
  ({ runtimeDir }) => removeClsactLeftovers(runtimeDir),
  ({ runtimeDir, exec }) => removeNftLeftovers(runtimeDir, exec),
];

/** Nothing recorded costs one look at the disk. What one of them throws is thrown once all have had their turn. */
export const removeLeftovers = async (context: LeftoverContext): Promise<string[]> => {
  try {
    await access(recordsFolder(context.runtimeDir));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
  const lines: string[] = [];
  const ends = await Promise.allSettled(removers.map((remove) => remove(context)));
  for (const end of ends) {
    if (end.status === 'rejected') throw end.reason;
    lines.push(...end.value);
  }
  return lines;
};
