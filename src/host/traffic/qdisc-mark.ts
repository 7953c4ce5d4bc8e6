// Marks that say "the clsact of this interface was made by netmcp": empty files beside the records, since the qdisc passes from one of our
// processes to the next and goes with the last. Read and changed only by who is alone (records.ts).
import { existsSync, mkdirSync, rmdirSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf } from '../../model/errors.ts';

const pathOf = (folder: string, ifindex: number): string => join(folder, `qdisc-${ifindex}`);

export const hasMark = (folder: string, ifindex: number): boolean => existsSync(pathOf(folder, ifindex));

export const setMark = (folder: string, ifindex: number): void => {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(pathOf(folder, ifindex), '', { mode: 0o600, flag: 'wx' });
};

export const takeMark = (folder: string, ifindex: number): void => {
  try {
    unlinkSync(pathOf(folder, ifindex));
    rmdirSync(folder);
  } catch (error) {
    if (!['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(errnoOf(error) ?? '')) throw error;
  }
};
