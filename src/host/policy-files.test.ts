// Policy folders as hostile input: large files, many files and things that are no files are refused before they are read.
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadPolicy } from './policy-files.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'netmcp-policy-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const matching = (pattern: RegExp): unknown => expect.stringMatching(pattern);
const invalid = (message: RegExp): unknown =>
  expect.objectContaining({ code: 'invalid_policy', message: matching(message), hint: matching(/./) });

describe('a policy folder', () => {
  it('may not hold a file of 5 MB', async () => {
    const file = join(folder, 'limits.yaml');
    await writeFile(file, '');
    await truncate(file, 5_000_000);
    await expect(loadPolicy(folder)).rejects.toEqual(invalid(/limits\.yaml:1: the file has 5000000 bytes, more than/));
  });

  it('may hold a file of 1 MB', async () => {
    await writeFile(join(folder, 'limits.yaml'), `plan_ttl_s: 60\n#${'x'.repeat(1_000_000)}\n`);
    expect((await loadPolicy(folder)).limits.plan_ttl_s).toBe(60);
  });

  it('may not hold a pipe, on which reading would wait for ever', async () => {
    execFileSync('mkfifo', [join(folder, 'limits.yaml')]);
    await expect(loadPolicy(folder)).rejects.toEqual(invalid(/limits\.yaml:1: not a regular file/));
  });

  it('may not hold a folder that is called like a file', async () => {
    await mkdir(join(folder, 'limits.yaml'));
    await expect(loadPolicy(folder)).rejects.toEqual(invalid(/limits\.yaml:1: not a regular file/));
  });

  it('may not hold thousands of files', async () => {
    await mkdir(join(folder, 'cards'));
    await Promise.all(
      Array.from({ length: 1001 }, (_unused, at) => writeFile(join(folder, 'cards', `${at}.yaml`), '')),
    );
    await expect(loadPolicy(folder)).rejects.toEqual(invalid(/1: the folder has 1001 files, more than the 1000/));
  });

  it('must exist', async () => {
    await expect(loadPolicy(join(folder, 'nowhere'))).rejects.toEqual(invalid(/cannot be read \(ENOENT\)/));
  });

  it('names the file and line of what is wrong in it', async () => {
    await writeFile(join(folder, 'limits.yaml'), '\nplan_ttl: 60\n');
    await expect(loadPolicy(folder)).rejects.toEqual(invalid(/limits\.yaml:2: unknown field "plan_ttl"/));
  });
});
