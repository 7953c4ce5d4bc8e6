// Counting tables of processes that are gone. A table is recorded only where the kernel cannot tie it to its process (before Linux 5.12).
import { NetError } from '../../model/errors.ts';
import { plainText } from '../../model/plain-text.ts';
import type { Exec } from '../../model/ports.ts';
import { tablePrefix } from './nft-name.ts';
import { claimRecord, deadRecords, recordsFolder, type Claim } from './records.ts';

const kind = 'nft';

/** To be held from before the table is made until after it is gone. */
export const recordTable = (runtimeDir: string, table: string): Promise<Claim> =>
  claimRecord(recordsFolder(runtimeDir), kind, table);

/** Removes the recorded tables of ended processes; one line for each. */
export const removeNftLeftovers = async (runtimeDir: string, exec: Exec): Promise<string[]> => {
  const removed: string[] = [];
  const { records, refused } = await deadRecords(recordsFolder(runtimeDir), kind);
  try {
    for (const record of records) {
      const { key: table } = record;
      if (!new RegExp(`^${tablePrefix}[0-9_]+$`).test(table)) continue;
      const stdin = `delete table netdev ${table}\n`;
      const { code, stderr } = await exec.run({ binary: 'nft', args: ['-f', '-'], stdin });
      if (code === 0) removed.push(`Removed the nft table netdev ${table} of an ended process.`);
      else if (!stderr.includes('No such file or directory')) throw stillThere(table, stderr);
      record.release();
    }
  } finally {
    // After a failure the rest waits for the next start.
    for (const record of records) record.letGo();
  }
  if (refused !== undefined) throw refused;
  return removed;
};

const stillThere = (table: string, stderr: string): NetError =>
  new NetError(
    'step_failed',
    `The nft table netdev ${table} of an ended process is still there: ${plainText(stderr.trim(), 200)}`,
    `Remove it: nft delete table netdev ${table}`,
  );
