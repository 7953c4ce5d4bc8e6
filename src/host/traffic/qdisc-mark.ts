// Marks that say "the clsact of this interface was made by netmcp": empty files beside the records, since the qdisc passes from one of our
// processes to the next and goes with the last. Read and changed only by who is alone (records.ts).
import { closeSync, constants, existsSync, openSync, rmdirSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf } from '../../model/errors.ts';
import { recordRefused } from './record-errors.ts';

const pathOf = (folder: string, ifindex: number): string => join(folder, `qdisc-${ifindex}`);

export const hasMark = (folder: string, ifindex: number): boolean => existsSync(pathOf(folder, ifindex));

/** It may be there. The folder is, since who makes a qdisc has a record in it. */
export const setMark = (folder: string, ifindex: number): void => {
  const { O_WRONLY, O_CREAT, O_NOFOLLOW } = constants;
  const path = pathOf(folder, ifindex);
  try {
    closeSync(openSync(path, O_WRONLY | O_CREAT | O_NOFOLLOW, 0o600));
  } catch (error) {
    throw recordRefused(path, error);
  }
};

export const takeMark = (folder: string, ifindex: number): void => {
  try {
    unlinkSync(pathOf(folder, ifindex));
    rmdirSync(folder);
  } catch (error) {
    if (!['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(errnoOf(error) ?? '')) throw error;
  }
};
