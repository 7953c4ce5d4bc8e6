// Keeps a folder of records from growing for ever: the newest stay, the others go.
import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf } from '../model/errors.ts';
import { storageFailed } from './files.ts';

export interface RetentionOptions {
  /** Entries kept; the newest by modification time, by name where that is the same. */
  keep: number;
  /** Entries that stay whatever their age, and do not count: a change that is still open. */
  except?: (name: string) => boolean;
}

/** Removes all but the newest entries (files or folders) of a folder of ours; returns the names removed. */
export const keepNewest = async (folder: string, { keep, except }: RetentionOptions): Promise<string[]> => {
  try {
    const names = (await readdir(folder)).filter((name) => except?.(name) !== true);
    const dated = await Promise.all(names.map(async (name) => ({ name, at: await modifiedAt(join(folder, name)) })));
    const old = dated
      .filter(({ at }) => at !== undefined)
      .sort((a, b) => (b.at ?? 0) - (a.at ?? 0) || (a.name < b.name ? 1 : -1))
      .slice(keep)
      .map(({ name }) => name);
    // rm does not follow links: a link in our folder goes, what it names stays.
    await Promise.all(old.map((name) => rm(join(folder, name), { recursive: true, force: true })));
    return old;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw storageFailed('Tidying', folder, error);
  }
};

const modifiedAt = async (path: string): Promise<number | undefined> => {
  try {
    return (await lstat(path)).mtimeMs;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
};
