import { mkdir, mkdtemp, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { keepNewest } from './retention.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'netmcp-retention-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const put = async (name: string, second: number): Promise<void> => {
  await writeFile(join(folder, name), '');
  await utimes(join(folder, name), second, second);
};

it('keeps the newest, whatever their names', async () => {
  await put('c', 1);
  await put('a', 3);
  await put('b', 2);
  expect(await keepNewest(folder, { keep: 2 })).toEqual(['c']);
  expect(await readdir(folder)).toEqual(['a', 'b']);
  expect(await keepNewest(folder, { keep: 2 })).toEqual([]);
});

it('leaves the excepted alone and does not count them', async () => {
  await put('open', 1);
  await put('old', 2);
  await put('new', 3);
  expect(await keepNewest(folder, { keep: 1, except: (name) => name === 'open' })).toEqual(['old']);
  expect(await readdir(folder)).toEqual(['new', 'open']);
});

it('removes folders whole, and a link without what it names', async () => {
  const outside = await mkdtemp(join(tmpdir(), 'netmcp-retention-'));
  await writeFile(join(outside, 'kept'), '');
  await mkdir(join(folder, 'record'));
  await writeFile(join(folder, 'record/part'), '');
  await symlink(outside, join(folder, 'link'));
  expect((await keepNewest(folder, { keep: 0 })).sort()).toEqual(['link', 'record']);
  expect(await readdir(folder)).toEqual([]);
  expect(await readdir(outside)).toEqual(['kept']);
  await rm(outside, { recursive: true });
});

it('has nothing to do where there is no folder', async () => {
  expect(await keepNewest(join(folder, 'none'), { keep: 1 })).toEqual([]);
});
