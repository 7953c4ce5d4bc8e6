import { spawnSync } from 'node:child_process';
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { otherUsers, ownNamespaces, requireFeature } from '../../tests/helpers/skip.ts';
import { readJsonFile, removeFile, writeFileAtomic } from './files.ts';

const containing = (text: string): unknown => expect.stringContaining(text);

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'netmcp-files-'));
  path = join(folder, 'record.json');
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const schema = z.strictObject({ n: z.number() });

describe('an atomic write', () => {
  it('replaces the whole file, for us alone, and leaves nothing else', async () => {
    await writeFileAtomic(path, '{"n":1}');
    await writeFileAtomic(path, '{"n":2}');
    expect(await readFile(path, 'utf8')).toBe('{"n":2}');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['record.json']);
  });

  it('replaces a link itself and not what it names', async () => {
    await writeFile(join(folder, 'other'), 'untouched');
    await symlink(join(folder, 'other'), path);
    await writeFileAtomic(path, '{"n":1}');
    expect(await readFile(join(folder, 'other'), 'utf8')).toBe('untouched');
    expect(await readJsonFile(path, schema)).toEqual({ n: 1 });
  });

  it('names the path when it fails, and leaves nothing', async () => {
    await mkdir(path);
    await expect(writeFileAtomic(path, 'x')).rejects.toMatchObject({
      code: 'storage_failed',
      message: `Writing ${path} failed (EISDIR).`,
    });
    expect(await readdir(folder)).toEqual(['record.json']);
    await expect(writeFileAtomic(join(folder, 'no/such'), 'x')).rejects.toMatchObject({ code: 'storage_failed' });
  });

  it('on a full or read-only disk keeps the old file and removes its own', async (context) => {
    await requireFeature(context, ownNamespaces);
    const program = `
      import { readdirSync, readFileSync } from 'node:fs';
      import { execFileSync } from 'node:child_process';
      const { writeFileAtomic } = await import('${new URL('./files.ts', import.meta.url).href}');
      const failure = (text) => writeFileAtomic('/mnt/f', text).then(() => 'done', (error) => error.code + ' ' + error.message);
      const seen = [await failure('old'), await failure('x'.repeat(1 << 20))];
      execFileSync('/bin/mount', ['-o', 'remount,bind,ro', '/mnt']);
      seen.push(await failure('new'), readdirSync('/mnt').join(), readFileSync('/mnt/f', 'utf8'));
      console.log(JSON.stringify(seen));`;
    const { stdout, stderr } = spawnSync(
      'unshare',
      [
        '-m',
        'sh',
        '-c',
        'mount -t tmpfs -o size=128k tmpfs /mnt && exec "$0" --input-type=module -e "$1"',
        process.execPath,
        program,
      ],
      { encoding: 'utf8' },
    );
    expect(stderr).not.toContain('Error');
    expect(JSON.parse(stdout)).toEqual([
      'done',
      'storage_failed Writing /mnt/f failed (ENOSPC).',
      'storage_failed Writing /mnt/f failed (EROFS).',
      'f',
      'old',
    ]);
  });
});

describe('reading a record', () => {
  it('gives undefined where there is none', async () => {
    expect(await readJsonFile(path, schema)).toBeUndefined();
  });

  it.each([
    ['not JSON', '{"n":'],
    ['the wrong type', '{"n":"1"}'],
    ['an unknown key', '{"n":1,"run":"rm -rf /"}'],
    ['nothing', ''],
  ])('refuses %s and names the file', async (_case, text) => {
    await writeFile(path, text, { mode: 0o600 });
    await expect(readJsonFile(path, schema)).rejects.toMatchObject({
      code: 'storage_failed',
      message: containing(`${path} is damaged`),
    });
  });

  it('does not follow a link', async () => {
    await writeFile(join(folder, 'other'), '{"n":1}', { mode: 0o600 });
    await symlink(join(folder, 'other'), path);
    await expect(readJsonFile(path, schema)).rejects.toMatchObject({ code: 'state_dir_refused' });
  });

  it('refuses what is no regular file, without waiting for it', async () => {
    await mkdir(path);
    await expect(readJsonFile(path, schema)).rejects.toMatchObject({ code: 'state_dir_refused' });
    await rm(path, { recursive: true });
    expect(spawnSync('mkfifo', ['-m', '600', path]).status).toBe(0);
    await expect(readJsonFile(path, schema)).rejects.toMatchObject({
      message: `${path} is not a regular file, so netmcp does not trust it.`,
    });
  });

  it('refuses a file that others may write', async () => {
    await writeFile(path, '{"n":1}');
    await chmod(path, 0o622);
    await expect(readJsonFile(path, schema)).rejects.toMatchObject({ code: 'state_dir_refused' });
  });

  it('refuses a file of another user', async (context) => {
    await requireFeature(context, otherUsers);
    await writeFile(path, '{"n":1}', { mode: 0o600 });
    await chown(path, 65534, 65534);
    await expect(readJsonFile(path, schema)).rejects.toMatchObject({
      code: 'state_dir_refused',
      message: containing('uid 65534'),
    });
  });

  it('refuses a file larger than wanted', async () => {
    await writeFile(path, '{"n":1}', { mode: 0o600 });
    await expect(readJsonFile(path, schema, { maxBytes: 6 })).rejects.toMatchObject({ code: 'limit_exceeded' });
    expect(await readJsonFile(path, schema, { maxBytes: 7 })).toEqual({ n: 1 });
  });
});

it('removing says whether there was something', async () => {
  await writeFileAtomic(path, '{}');
  expect(await removeFile(path)).toBe(true);
  expect(await removeFile(path)).toBe(false);
});
