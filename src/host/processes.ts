// The real processes: who we are, who lives, and how a change's guard is started.
import { spawn } from 'node:child_process';
import { open } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { errnoOf, NetError } from '../model/errors.ts';
import type { Guard, Processes } from '../model/ports.ts';
import { identityOf, isAlive } from './process-identity.ts';

/** The guard must answer within this, or nothing is changed; an emulated machine starts Node in some seconds. */
const answerTimeoutMs = 30_000;

/** guard-main beside the rooms: TypeScript in a checkout, JavaScript in dist. */
const guardProgram = (): string => {
  const here = fileURLToPath(import.meta.url);
  return join(dirname(dirname(here)), `guard-main${extname(here)}`);
};

interface Answering {
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'exit', listener: (code: number | null, signal: string | null) => void): unknown;
}

/** The guard's first line, or in its place why there is none. */
const firstLine = (child: Answering, stdout: NodeJS.ReadableStream): Promise<string> =>
  new Promise((resolve) => {
    let text = '';
    const timer = setTimeout(() => {
      resolve('it did not answer in time');
    }, answerTimeoutMs);
    const settle = (value: string): void => {
      clearTimeout(timer);
      resolve(value);
    };
    child.on('error', (error) => {
      settle(error.message);
    });
    child.on('exit', (code, signal) => {
      settle(text === '' ? `it ended with ${code === null ? `signal ${signal ?? 'unknown'}` : `code ${code}`}` : text);
    });
    stdout.on('data', (data: Buffer) => {
      text += data.toString('utf8');
      if (text.includes('\n')) settle(text.trim());
    });
  });

/** Own session (setsid), no terminal, no working directory of ours: the guard outlives client, server and terminal. */
const startGuard = async (journalPath: string, runtimeDir: string): Promise<Guard> => {
  const logPath = join(dirname(journalPath), 'guard.log');
  const log = await open(logPath, 'a', 0o600);
  try {
    const child = spawn(process.execPath, [guardProgram(), journalPath, runtimeDir], {
      detached: true,
      cwd: '/',
      env: { LC_ALL: 'C', PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
      stdio: ['pipe', 'pipe', log.fd],
    });
    const { stdin, stdout } = child;
    if (stdin === null || stdout === null) throw new NetError('internal', 'The guard has no pipes.', 'Report this.');
    const answer = await firstLine(child, stdout);
    const identity = child.pid === undefined ? undefined : identityOf(child.pid);
    if (answer !== 'ready' || identity === undefined) {
      child.kill('SIGKILL');
      throw new NetError(
        'internal',
        `The guard process could not be started: ${answer}.`,
        `Nothing was changed. The guard's own words are in ${logPath}.`,
      );
    }
    // A guard that dies is noticed where it matters: at the deadline and at recovery.
    stdin.on('error', () => undefined);
    stdout.destroy();
    child.unref();
    return { ...identity, letGo: () => stdin.destroy() };
  } finally {
    await log.close();
  }
};

const endGroup = (pid: number): void => {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if (errnoOf(error) !== 'ESRCH') throw error;
  }
};

const self = () => {
  const identity = identityOf(process.pid);
  if (identity === undefined) throw new NetError('internal', '/proc tells nothing about this process.', 'Mount /proc.');
  return identity;
};

export const createProcesses = (): Processes => ({ self, isAlive, endGroup, startGuard });
