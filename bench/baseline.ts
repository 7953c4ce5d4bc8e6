// What the machine takes for the smallest parts of the work, so that a result can be read on another machine.
import { execFile } from 'node:child_process';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { timed } from './statistics.ts';

const run = promisify(execFile);

export const baselines = (folder: string): Record<string, () => Promise<number>> => ({
  'spawn `ip -j addr`': () => timed(() => run('ip', ['-j', 'addr'])),
  'spawn `tc qdisc show`': () => timed(() => run('tc', ['qdisc', 'show'])),
  'spawn `nft list tables`': () => timed(() => run('nft', ['list', 'tables'])),
  'write and fdatasync one record': async () => {
    const handle = await open(join(folder, 'records'), 'a');
    try {
      return await timed(async () => {
        await handle.write(`${'x'.repeat(200)}\n`);
        await handle.datasync();
      });
    } finally {
      await handle.close();
    }
  },
});
