import { spawn } from 'node:child_process';
import { copyFile, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { holdersOf, identityOf, isAlive } from './process-identity.ts';

it('knows this process', () => {
  const self = identityOf(process.pid);
  expect(self?.pid).toBe(process.pid);
  expect(self !== undefined && isAlive(self)).toBe(true);
});

it('tells a process from a later one with the same pid', () => {
  const self = identityOf(process.pid);
  expect(isAlive({ pid: process.pid, start_ticks: (self?.start_ticks ?? 0) - 1 })).toBe(false);
});

it('gives nothing for a pid that nobody has', () => {
  expect(identityOf(2 ** 22 + 1)).toBeUndefined();
  expect(isAlive({ pid: 2 ** 22 + 1, start_ticks: 1 })).toBe(false);
});

it('reads the start time behind a command name with blanks and parentheses', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'netmcp-process-'));
  const odd = join(folder, 'a) S 1 (b');
  await copyFile('/bin/sleep', odd);
  const child = spawn(odd, ['60']);
  await once(child, 'spawn');
  const identity = identityOf(child.pid ?? 0);
  expect(identity?.start_ticks).toBeGreaterThan(identityOf(process.pid)?.start_ticks ?? 0);
  expect(identity !== undefined && isAlive(identity)).toBe(true);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(identity !== undefined && isAlive(identity)).toBe(false);
  await rm(folder, { recursive: true });
});

it('finds who holds a file open', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'netmcp-process-'));
  const path = join(folder, 'held');
  const handle = await open(path, 'w');
  expect(await holdersOf(path)).toEqual([]);
  const child = spawn('/bin/sleep', ['60'], { stdio: ['ignore', 'ignore', 'ignore', handle.fd] });
  await once(child, 'spawn');
  expect((await holdersOf(path)).map(({ pid }) => pid)).toEqual([child.pid]);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(await holdersOf(path)).toEqual([]);
  await handle.close();
  await rm(folder, { recursive: true });
});
