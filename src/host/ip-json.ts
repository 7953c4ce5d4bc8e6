// What `ip -j` prints, as values. Names and aliases are others' text: ip leaves control characters in them as they are, which JSON forbids.
import type * as z from 'zod';
import { NetError } from '../model/errors.ts';
import { plainText } from '../model/plain-text.ts';
import type { Exec } from '../model/ports.ts';

/** A table of a large router is longer than what most commands print. */
const maxOutputBytes = 64 * 1024 * 1024;

/** Entries of a list printed by `ip -j`; those that went away while it was printing (`{}`) are left out. Throws step_failed for what is no list. */
export const parseIpJson = (stdout: string): unknown[] => {
  // Outside of strings a control character is a line break, so a blank does as well everywhere.
  const text = stdout.replace(/[\u0000-\u001f]/g, ' ').trim();
  if (text === '') return [];
  try {
    const parsed: unknown = JSON.parse(text);
    if (Array.isArray(parsed)) {
      const entries: readonly unknown[] = parsed;
      return entries.filter((entry) => typeof entry !== 'object' || entry === null || Object.keys(entry).length > 0);
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw unexpected('something else than a list', text);
};

const unexpected = (what: string, text: string): NetError =>
  new NetError(
    'step_failed',
    `ip printed ${what}: ${JSON.stringify(plainText(text, 80))}.`,
    'netmcp needs iproute2 5.10 or newer: apt-get install iproute2',
  );

/** Each entry as the schema has it. Throws step_failed for one that is not so, since leaving it out would hide it. */
export const entriesAs = <Schema extends z.ZodType>(schema: Schema, entries: readonly unknown[]): z.output<Schema>[] =>
  entries.map((entry) => {
    const { success, data } = schema.safeParse(entry);
    if (success) return data;
    throw unexpected('an entry that netmcp does not understand', JSON.stringify(entry));
  });

/** Exit code and complaint of one `ip -j` command with its entries; a complaint has no entries. */
export const runIpJson = async (
  exec: Exec,
  args: readonly string[],
  signal: AbortSignal,
): Promise<{ entries: unknown[]; complaint: string | undefined }> => {
  const { code, stdout, stderr } = await exec.run({ binary: 'ip', args: ['-j', ...args], signal, maxOutputBytes });
  if (code === 0) return { entries: parseIpJson(stdout), complaint: undefined };
  return { entries: [], complaint: stderr.trim() === '' ? `exit code ${String(code)}` : stderr.trim() };
};

/** Throws step_failed when ip complains. */
export const readIpJson = async (exec: Exec, args: readonly string[], signal: AbortSignal): Promise<unknown[]> => {
  const { entries, complaint } = await runIpJson(exec, args, signal);
  if (complaint === undefined) return entries;
  const command = args.filter((word) => !word.startsWith('-')).join(' ');
  throw new NetError(
    'step_failed',
    `ip ${command} failed: ${complaint.slice(0, 300)}`,
    `Run \`ip ${command}\` to see why.`,
  );
};

/** Entries of several commands run by one process; undefined when ip complained of any, or printed something else than a line for each. */
export const runIpJsonBatch = async (
  exec: Exec,
  options: readonly string[],
  commands: readonly string[],
  signal: AbortSignal,
): Promise<unknown[][] | undefined> => {
  const args = ['-j', ...options, '-batch', '-'];
  const stdin = `${commands.join('\n')}\n`;
  const { code, stdout, stderr } = await exec.run({ binary: 'ip', args, stdin, signal, maxOutputBytes });
  if (code !== 0 || stderr.trim() !== '') return undefined;
  const lines = stdout.split('\n').filter((line) => line.trim() !== '');
  return lines.length === commands.length ? lines.map(parseIpJson) : undefined;
};
