import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { acquireLock } from './lock.ts';

const containing = (text: string): unknown => expect.stringContaining(text);

let folder: string;
let path: string;
const children: ChildProcess[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'netmcp-lock-'));
  path = join(folder, 'lock');
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await rm(folder, { recursive: true });
});

const { signal } = new AbortController();
const now = { waitMs: 0, signal };

/** Another process that takes the lock, says so, runs the code and then waits to be killed. */
const holder = async (code = ''): Promise<ChildProcess> => {
  const program = `
    import { spawn } from 'node:child_process';
    const { acquireLock } = await import('${new URL('./lock.ts', import.meta.url).href}');
    const lock = await acquireLock('${path}', { waitMs: 5000, signal: new AbortController().signal });
    ${code}
    console.log('held');
    setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  await once(child.stdout, 'data');
  return child;
};

const kill = async (child: ChildProcess): Promise<void> => {
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
};

it('is taken, released and taken again; the file stays', async () => {
  const first = await acquireLock(path, now);
  first.release();
  first.release();
  const second = await acquireLock(path, now);
  second.release();
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

it('is held once even within one process, and names the holder', async () => {
  const lock = await acquireLock(path, now);
  await expect(acquireLock(path, now)).rejects.toMatchObject({
    code: 'locked',
    retryable: true,
    message: `Another netmcp process (pid ${process.pid}) is changing this network namespace.`,
    details: { holder: { pid: process.pid } },
  });
  lock.release();
});

it('waits for its turn', async () => {
  const first = await acquireLock(path, now);
  setTimeout(() => {
    first.release();
  }, 100);
  const second = await acquireLock(path, { waitMs: 5000, signal });
  second.release();
});

it('stops waiting when cancelled', async () => {
  const lock = await acquireLock(path, now);
  await expect(acquireLock(path, { waitMs: 10_000, signal: AbortSignal.timeout(60) })).rejects.toMatchObject({
    code: 'cancelled',
  });
  lock.release();
});

it('another process has it until kill -9 frees it', async () => {
  const child = await holder();
  await expect(acquireLock(path, { waitMs: 50, signal })).rejects.toMatchObject({
    code: 'locked',
    details: { holder: { pid: child.pid } },
  });
  await kill(child);
  const lock = await acquireLock(path, now);
  lock.release();
});

it('a command given the descriptor keeps it after its starter was killed', async () => {
  const child = await holder(`
    const sleeper = spawn('/bin/sleep', ['60'], { stdio: ['ignore', 'ignore', 'ignore', lock.fd], detached: true });
    await new Promise((resolve) => sleeper.once('spawn', resolve));`);
  await kill(child);
  const error: unknown = await acquireLock(path, now).catch((cause: unknown) => cause);
  expect(error).toMatchObject({ code: 'locked', message: containing('still holds the lock') });
  const pid = Number(/open in pid (\d+)/.exec(String(error))?.[1]);
  process.kill(pid, 'SIGKILL');
  const lock = await acquireLock(path, { waitMs: 5000, signal });
  lock.release();
});

it('releasing does not take it from a command that still runs', async () => {
  const lock = await acquireLock(path, now);
  const child = spawn('/bin/sleep', ['60'], { stdio: ['ignore', 'ignore', 'ignore', lock.fd] });
  await once(child, 'spawn');
  lock.release();
  await expect(acquireLock(path, now)).rejects.toMatchObject({ code: 'locked' });
  await kill(child);
  const next = await acquireLock(path, now);
  next.release();
});

it('lets one of many processes in at a time', async () => {
  const program = `
    import { readFileSync, writeFileSync } from 'node:fs';
    const { acquireLock } = await import('${new URL('./lock.ts', import.meta.url).href}');
    for (let left = 20; left > 0; left -= 1) {
      const lock = await acquireLock('${path}', { waitMs: 20000, signal: new AbortController().signal });
      const count = Number(readFileSync('${folder}/count', 'utf8'));
      await new Promise((resolve) => setTimeout(resolve, 1));
      writeFileSync('${folder}/count', String(count + 1));
      lock.release();
    }`;
  await writeFile(join(folder, 'count'), '0');
  const codes = await Promise.all(
    [1, 2].map(async () => {
      const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'inherit' });
      children.push(child);
      await once(child, 'exit');
      return child.exitCode;
    }),
  );
  expect(codes).toEqual([0, 0]);
  expect(await readFile(join(folder, 'count'), 'utf8')).toBe('40');
});

it('is refused as a link', async () => {
  await writeFile(join(folder, 'other'), 'untouched');
  await symlink(join(folder, 'other'), path);
  await expect(acquireLock(path, now)).rejects.toMatchObject({ code: 'state_dir_refused' });
});
