// Runs allowlisted binaries: absolute path, argv only, clean environment, own process group, deadline, output cap.
import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { Binary } from '../model/command.ts';
import { errnoOf, NetError } from '../model/errors.ts';
import type { ChildIdentity, Exec, ExecRequest, ExecResult } from '../model/ports.ts';
import { binaryDirectories, checkAllowed, missingBinary } from './allowlist.ts';
import { type ChildInput, openChildInput } from './child-input.ts';
import { collect, type Collected } from './child-output.ts';
import { identityOf } from './process-identity.ts';

const defaultTimeoutMs = 10_000;
const defaultMaxOutputBytes = 16 * 1024 * 1024;
/** What may hold the pipes open after the child itself ended before its group is killed. */
const lingerMs = 500;

const onWindows = process.platform === 'win32';
/** Windows starts no sockets without SystemRoot. */
const environment = {
  LC_ALL: 'C',
  PATH: binaryDirectories.join(onWindows ? ';' : ':'),
  ...(onWindows ? { SystemRoot: 'C:\\Windows' } : {}),
};

const isExecutable = async (path: string): Promise<boolean> => {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP'].includes(errnoOf(error) ?? '')) return false;
    throw error;
  }
};

type Debug = (message: string) => void;

/** `directories` is for tests; the product uses the fixed list. */
export const createExec = (
  directories: readonly string[] = binaryDirectories,
  debug: Debug = () => undefined,
): Exec => {
  const found = new Map<Binary, string>();
  const find = async (binary: Binary): Promise<string | undefined> => {
    const known = found.get(binary);
    if (known !== undefined) return known;
    for (const directory of directories) {
      const path = join(directory, onWindows ? `${binary}.exe` : binary);
      if (await isExecutable(path)) {
        found.set(binary, path);
        return path;
      }
    }
    return undefined;
  };
  const run = async (request: ExecRequest): Promise<ExecResult> => {
    checkAllowed(request.binary, request.args, request.stdin);
    const path = await find(request.binary);
    if (path === undefined) throw missingBinary(request.binary);
    const input = request.stdin === undefined ? undefined : await openChildInput(debug);
    try {
      if (request.signal?.aborted === true) throw cancelled(request.binary);
      return await runAt(path, request, input);
    } finally {
      input?.close();
    }
  };
  return { find, run };
};

const runAt = async (path: string, request: ExecRequest, input: ChildInput | undefined): Promise<ExecResult> => {
  const child = start(path, request, input);
  const collected = collect(child, request.maxOutputBytes ?? defaultMaxOutputBytes);
  const ended = whenEnded(child, request.binary);
  // The reason is kept apart from the end: the group is killed first, and the call fails only once the child is gone.
  let reason: NetError | undefined;
  const stop = (error: NetError): void => {
    reason ??= error;
    killGroup(child);
  };
  const timeoutMs = request.timeoutMs ?? defaultTimeoutMs;
  const timer = setTimeout(() => {
    stop(timedOut(request.binary, timeoutMs));
  }, timeoutMs);
  const abort = (): void => {
    stop(cancelled(request.binary));
  };
  request.signal?.addEventListener('abort', abort, { once: true });
  collected.onOverflow((limit) => {
    stop(overflow(request.binary, limit));
  });
  try {
    await feed(child, request, { input, ended });
    const code = await ended;
    if (reason !== undefined) throw reason;
    return result(code, collected);
  } finally {
    clearTimeout(timer);
    request.signal?.removeEventListener('abort', abort);
  }
};

const inputOf = (stdin: string | undefined, input: ChildInput | undefined): number | 'pipe' | 'ignore' => {
  if (stdin === undefined) return 'ignore';
  return input?.fd ?? 'pipe';
};

const start = (path: string, request: ExecRequest, input: ChildInput | undefined): ChildProcess => {
  const { stdin, keepFd } = request;
  try {
    return spawn(path, request.args, {
      cwd: onWindows ? binaryDirectories[0] : '/',
      env: environment,
      // A session and process group of its own: the terminal's signals do not reach it, and it can be killed as a whole.
      detached: !onWindows,
      stdio: [inputOf(stdin, input), 'pipe', 'pipe', ...(keepFd === undefined ? [] : [keepFd])],
    });
  } catch (error) {
    throw startFailed(request.binary, error);
  } finally {
    input?.closeOurs();
  }
};

/** Tells the caller who the child is, then gives it its input: a child that reads its commands can do nothing before. */
const feed = async (
  child: ChildProcess,
  request: ExecRequest,
  { input, ended }: { input: ChildInput | undefined; ended: Promise<number | null> },
): Promise<void> => {
  // As in ChildInput: EPIPE is no failure of ours.
  child.stdin?.on('error', () => undefined);
  // Without a pid the start failed, which `ended` reports.
  if (child.pid !== undefined && request.onSpawn !== undefined) {
    try {
      await request.onSpawn(identified(child.pid));
    } catch (error) {
      killGroup(child);
      await ended;
      throw error;
    }
  }
  child.stdin?.end(request.stdin);
  if (request.stdin !== undefined) input?.send(request.stdin);
};

/** A child stays visible, at least as a zombie, until its exit is handled here. */
const identified = (pid: number): ChildIdentity => {
  const identity = identityOf(pid);
  if (identity !== undefined) return identity;
  throw new NetError(
    'internal',
    `/proc shows no process ${pid} that was just started.`,
    'Mount /proc where netmcp runs.',
  );
};

/** The exit code once the child is gone and its pipes are closed. A grandchild that keeps them open is killed with the group. */
const whenEnded = (child: ChildProcess, binary: Binary): Promise<number | null> => {
  const ended = new Promise<number | null>((resolve, reject) => {
    let lingering: NodeJS.Timeout | undefined;
    child.once('error', (error) => {
      reject(startFailed(binary, error));
    });
    child.once('exit', () => {
      lingering = setTimeout(() => {
        killGroup(child);
        child.stdout?.destroy();
        child.stderr?.destroy();
      }, lingerMs);
    });
    child.once('close', (code) => {
      clearTimeout(lingering);
      resolve(code);
    });
  });
  // Awaited later, after onSpawn: until then a failure is not unhandled.
  ended.catch(() => undefined);
  return ended;
};

const killGroup = (child: ChildProcess): void => {
  if (child.pid === undefined) return;
  // Windows has no process groups; what runs there (ping) starts nothing itself.
  if (onWindows) {
    child.kill('SIGKILL');
    return;
  }
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch (error) {
    if (errnoOf(error) !== 'ESRCH') throw error;
  }
};

const result = (code: number | null, collected: Collected): ExecResult => ({
  code,
  stdout: collected.stdout(),
  stderr: collected.stderr(),
});

const cancelled = (binary: Binary): NetError =>
  new NetError('cancelled', `${binary} was stopped: the call was cancelled.`, 'Call again if it is still wanted.');

const timedOut = (binary: Binary, timeoutMs: number): NetError =>
  new NetError(
    'timeout',
    `${binary} did not end within ${timeoutMs} ms and was killed.`,
    'Another program may hold the rtnetlink or xtables lock; look for stuck ip, tc, nft or iptables processes and try again.',
  );

const overflow = (binary: Binary, limit: number): NetError =>
  new NetError(
    'limit_exceeded',
    `${binary} wrote more than ${limit} bytes and was killed.`,
    'Ask for less at once, such as one interface or one table.',
  );

const startFailed = (binary: Binary, cause: unknown): NetError => {
  switch (errnoOf(cause)) {
    case 'ENOENT':
      return missingBinary(binary);
    case 'EACCES':
    case 'EPERM':
      return new NetError('not_permitted', `${binary} may not be executed by this user.`, 'Run netmcp as root.', {
        cause,
      });
    case 'E2BIG':
      return new NetError(
        'limit_exceeded',
        `The arguments of ${binary} are larger than the kernel takes (128 KiB for one).`,
        'Use smaller values, or split the plan.',
        { cause },
      );
    case 'EAGAIN':
    case 'EMFILE':
    case 'ENFILE':
    case 'ENOMEM':
      return new NetError(
        'limit_exceeded',
        `${binary} could not be started: the host is out of processes, files or memory.`,
        'Raise the limit (ulimit -u, ulimit -n, the cgroup’s pids.max) or end other processes, then call again.',
        { cause },
      );
    default:
      return new NetError('internal', `${binary} could not be started: ${String(cause)}`, 'Report it with the call.', {
        cause,
      });
  }
};
