// Processes told apart from later ones with the same pid, and who holds a file open. Reads /proc only.
import { readFileSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { errnoOf } from '../model/errors.ts';
import type { ChildIdentity } from '../model/ports.ts';

/** Fields after the command name, which may itself hold blanks and parentheses; index 0 is the state, 19 the start time in ticks. */
const statFields = (pid: number): string[] | undefined => {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text
      .slice(text.lastIndexOf(')') + 2)
      .trimEnd()
      .split(' ');
  } catch (error) {
    // ESRCH: the process ended between opening and reading.
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ESRCH') return undefined;
    throw error;
  }
};

/** Identity of a process that exists now (a zombie included), else undefined. */
export const identityOf = (pid: number): ChildIdentity | undefined => {
  const ticks = Number(statFields(pid)?.[19]);
  return Number.isSafeInteger(ticks) ? { pid, start_ticks: ticks } : undefined;
};

/** Whether this very process can still act: it exists, is no later one with the same pid, and is not a zombie. */
export const isAlive = (identity: ChildIdentity): boolean => {
  const fields = statFields(identity.pid);
  const state = fields?.[0];
  return Number(fields?.[19]) === identity.start_ticks && state !== 'Z' && state !== 'X';
};

const isHolding = async (pid: string, file: { dev: bigint; ino: bigint }): Promise<boolean> => {
  const descriptors = await unlessGone(readdir(`/proc/${pid}/fd`));
  for (const descriptor of descriptors ?? []) {
    const target = await unlessGone(stat(`/proc/${pid}/fd/${descriptor}`, { bigint: true }));
    if (target?.ino === file.ino && target.dev === file.dev) return true;
  }
  return false;
};

/** Processes and descriptors come and go, and those of others may be closed to us: both count as not there. */
const unlessGone = async <T>(reading: Promise<T>): Promise<T | undefined> => {
  try {
    return await reading;
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(errnoOf(error) ?? '')) return undefined;
    throw error;
  }
};

/** Processes that hold this file open, as far as this process may see; the caller itself is left out. */
export const holdersOf = async (path: string): Promise<ChildIdentity[]> => {
  const file = await stat(path, { bigint: true });
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const held = await Promise.all(pids.map((pid) => isHolding(pid, file)));
  return pids.flatMap((pid, index) => (held[index] === true ? (identityOf(Number(pid)) ?? []) : []));
};
