import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createOwnerFinder, processName } from './socket-owners.ts';

const signal = AbortSignal.timeout(10_000);

let proc: string;
beforeEach(() => {
  proc = mkdtempSync(join(tmpdir(), 'netmcp-owners-'));
});
afterEach(() => {
  rmSync(proc, { recursive: true });
});

const addProcess = (pid: string, comm: string, descriptors: readonly string[]): void => {
  mkdirSync(join(proc, pid, 'fd'), { recursive: true });
  writeFileSync(join(proc, pid, 'comm'), `${comm}\n`);
  for (const [index, target] of descriptors.entries()) symlinkSync(target, join(proc, pid, 'fd', String(index)));
};

it('tells every process that holds a socket, in order, and nothing else', async () => {
  addProcess('20', 'worker', ['socket:[7]', 'socket:[7]', 'pipe:[9]', 'socket:[x]', '/tmp/socket:[8]']);
  addProcess('3', 'main', ['/dev/null', 'socket:[7]', 'socket:[11]']);
  addProcess('self', 'not a pid', ['socket:[12]']);
  mkdirSync(join(proc, '4'));
  const finder = createOwnerFinder(proc);
  const owners = await finder.find(new Set([7, 8, 11, 12]), signal);
  expect([...owners.byInode]).toEqual([
    [7, [3, 20]],
    [11, [3]],
  ]);
  expect(owners).toMatchObject({ denied: 0, complete: true });
});

it('checks what it knows, and looks anew for a socket that is new or has changed hands', async () => {
  addProcess('3', 'main', ['socket:[7]', 'socket:[8]']);
  const finder = createOwnerFinder(proc, 60_000);
  const find = async (...inodes: number[]) => Object.fromEntries((await finder.find(new Set(inodes), signal)).byInode);
  expect(await find(7, 9)).toEqual({ 7: [3] });
  expect(finder.prepare(signal)).toBeUndefined();
  addProcess('4', 'other', ['socket:[9]', 'socket:[10]']);
  // Nobody's a moment ago: not looked for again at once, but with the next one that is new.
  expect(await find(7, 9)).toEqual({ 7: [3] });
  expect(await find(7, 9, 10)).toEqual({ 7: [3], 9: [4], 10: [4] });
  rmSync(join(proc, '3'), { recursive: true });
  expect(await find(7, 9)).toEqual({ 9: [4] });
  addProcess('5', 'heir', ['socket:[7]']);
  rmSync(join(proc, '4'), { recursive: true });
  expect(await find(7, 9)).toEqual({ 7: [5] });
});

it('takes a look that was begun before, unless a socket is newer', async () => {
  addProcess('3', 'main', ['socket:[7]']);
  const finder = createOwnerFinder(proc, 0);
  const early = finder.prepare(signal);
  await early;
  addProcess('4', 'other', ['socket:[9]']);
  expect([...(await finder.find(new Set([7]), signal, early)).byInode]).toEqual([[7, [3]]]);
  expect([...(await finder.find(new Set([7, 9]), signal, early)).byInode]).toEqual([
    [7, [3]],
    [9, [4]],
  ]);
});

it('shows names without what hides or forges text, and none of a process that is gone', () => {
  addProcess('5', 'a\u001b[31m\u202e",pid=1,fd=3)', []);
  expect(processName(5, proc)).toBe('a[31m",pid=1,fd=3)');
  expect(processName(6, proc)).toBeNull();
});
