// What the firewall tests share: legacy iptables as a feature, and what an overview says of each hook.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import * as z from 'zod';
import type { Feature } from '../../helpers/skip.ts';

export const legacyTables: Feature = {
  name: 'legacy iptables',
  probe: async () => {
    try {
      await promisify(execFile)('unshare', ['-n', 'iptables-legacy', '-t', 'raw', '-L']);
      return undefined;
    } catch (error) {
      return error instanceof Error ? (error.message.split('\n').at(-2) ?? error.message) : String(error);
    }
  },
  evidence: () =>
    process.getuid?.() === 0 && existsSync('/proc/net/ip_tables_names') && existsSync('/usr/sbin/iptables-legacy')
      ? 'the kernel has ip_tables_names'
      : undefined,
};

const hook = z.object({
  filtered: z.boolean().nullable(),
  default: z.string().nullable(),
  chains: z.number(),
  elsewhere: z.array(z.string()),
});
export const familySchema = z.object({ input: hook, forward: hook, output: hook });
