// What the numbers were measured on and with.
import { execFile } from 'node:child_process';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { delimiter, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const repository = resolve(import.meta.dirname, '..');

export interface NodeVersion {
  path: string;
  version: string;
}

const versionOf = async (path: string): Promise<NodeVersion | undefined> => {
  try {
    return { path, version: (await run(path, ['--version'])).stdout.trim() };
  } catch {
    return undefined; // Not there, or not runnable: then there is nothing to measure with it.
  }
};

/** The Node that runs this, and the system's own where there is another one. */
export const nodeVersions = async (): Promise<NodeVersion[]> => {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'));
  const paths = [...new Set([...folders, '/usr/local/bin', '/usr/bin'])].map((folder) => resolve(folder, 'node'));
  const own = { path: process.execPath, version: process.version };
  for (const path of paths) {
    const found = await versionOf(path);
    if (found !== undefined && found.version !== own.version) return [found, own];
  }
  return [own];
};

const commit = async (): Promise<string> => {
  const git = async (...args: string[]): Promise<string> =>
    (await run('git', ['-c', 'safe.directory=*', '-C', repository, ...args])).stdout.trim();
  try {
    const changed = await git('status', '--porcelain', '--untracked-files=no');
    return `${await git('rev-parse', '--short', 'HEAD')}${changed === '' ? '' : ' with changes'}`;
  } catch {
    return 'unknown (no git here)';
  }
};

/** Lines of text: date, kernel, processors, memory, load, Node, commit. */
export const describeMachine = async (nodes: readonly NodeVersion[]): Promise<string[]> => [
  `Date: ${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC`,
  `Commit: ${await commit()}`,
  `Kernel: ${release()}`,
  `Machine: ${String(cpus().length)} x ${cpus()[0]?.model ?? 'unknown processor'}, ${(totalmem() / 2 ** 30).toFixed(1)} GiB`,
  `Load before: ${loadavg()
    .map((value) => value.toFixed(2))
    .join(
      ', ',
    )}${(loadavg()[0] ?? 0) > 0.5 ? ' (other work was running: times are longer than on a quiet machine)' : ''}`,
  `Node: ${nodes.map(({ version }) => version).join(', ')}`,
];
