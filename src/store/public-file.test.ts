import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writePublicFile } from './public-file.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'netmcp-public-'));
  path = join(folder, 'netmcp.prom');
});
afterEach(() => rm(folder, { recursive: true }));

it('replaces the whole file, readable by everybody whatever the umask, and leaves nothing else', async () => {
  const before = process.umask(0o077);
  try {
    await writePublicFile(path, 'one\n');
    await writePublicFile(path, 'two\n');
  } finally {
    process.umask(before);
  }
  expect(await readFile(path, 'utf8')).toBe('two\n');
  expect((await stat(path)).mode & 0o7777).toBe(0o644);
  expect(await readdir(folder)).toEqual(['netmcp.prom']);
});

it('refuses a link, also one to nowhere, and leaves what it names', async () => {
  const other = join(folder, 'other');
  await writeFile(other, 'untouched');
  for (const target of [other, join(folder, 'nowhere')]) {
    await symlink(target, path);
    await expect(writePublicFile(path, 'x')).rejects.toMatchObject({ code: 'path_refused' });
    await rm(path);
  }
  expect(await readFile(other, 'utf8')).toBe('untouched');
  expect(await readdir(folder)).toEqual(['other']);
});

it.each(['directory', 'directory/', 'pipe'])('refuses a %s', async (name) => {
  await mkdir(join(folder, 'directory'));
  expect(spawnSync('mkfifo', [join(folder, 'pipe')]).status).toBe(0);
  await expect(writePublicFile(join(folder, name), 'x').finally(() => undefined)).rejects.toMatchObject({
    code: 'path_refused',
  });
  await expect(writePublicFile(`${folder}/`, 'x')).rejects.toMatchObject({ code: 'path_refused' });
  expect((await readdir(folder)).sort()).toEqual(['directory', 'pipe']);
});

it('says which directory is missing', async () => {
  await expect(writePublicFile(join(folder, 'no/x.prom'), 'x')).rejects.toMatchObject({
    code: 'not_found',
    message: `The directory ${join(folder, 'no')} does not exist.`,
  });
  await writeFile(join(folder, 'file'), '');
  await expect(writePublicFile(join(folder, 'file/x.prom'), 'x')).rejects.toMatchObject({ code: 'not_found' });
});
