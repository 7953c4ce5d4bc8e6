// Wireshark's own program as the reference: fields of packets and statistics of files, always with -n and default preferences.
import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import type { Feature } from '../helpers/skip.ts';

const execute = promisify(execFile);

/** The output of tshark for a file. It warns on stderr about being root, and exits with 2 for a file that is cut short: both are no failure. */
export const tshark = async (file: string, args: readonly string[]): Promise<string> => {
  try {
    const { stdout } = await execute('tshark', ['-n', '-r', file, ...args], {
      maxBuffer: 1 << 28,
      env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' },
    });
    return stdout;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 2 && 'stdout' in error) return String(error.stdout);
    throw error;
  }
};

/** One row a packet: the values of the named fields, several values of one field separated by commas. */
export const tsharkFields = async (file: string, fields: readonly string[], filter?: string): Promise<string[][]> => {
  const wanted = fields.flatMap((field) => ['-e', field]);
  const only = filter === undefined ? [] : ['-Y', filter];
  const text = await tshark(file, ['-T', 'fields', ...wanted, '-E', 'separator=/t', '-E', 'occurrence=a', ...only]);
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split('\t'));
};

/** Captures of public repositories that lie beside the project, where they do; names are relative to their folder. */
const publicFolder = join(import.meta.dirname, '..', '..', '..', 'shared', 'captures');

export interface PublicCapture {
  name: string;
  path: string;
}

export const publicCaptures = (): PublicCapture[] =>
  existsSync(publicFolder)
    ? readdirSync(publicFolder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && /\.(pcap|pcapng)$/.test(entry.name))
        .map((entry) => join(entry.parentPath, entry.name))
        .map((path) => ({ name: relative(publicFolder, path), path }))
        .sort((one, other) => one.name.localeCompare(other.name))
    : [];

/** For tests that need them; without the folder they are skipped. */
export const besideTheProject: Feature = {
  name: 'the public captures beside the project',
  probe: async () => (publicCaptures().length > 0 ? undefined : 'there is no folder shared/captures'),
  evidence: () => undefined,
};
