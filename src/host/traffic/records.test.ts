import { mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { execFileSync, spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { alone, claimRecord, deadRecords, recordsFolder } from './records.ts';

let runtime: string;
let folder: string;
beforeEach(async () => {
  runtime = await mkdtemp(join(tmpdir(), 'netmcp-records-'));
  folder = recordsFolder(runtime);
});
afterEach(() => rm(runtime, { recursive: true }));

/** Any text with this in it. */
const containing = (text: string): unknown => expect.stringContaining(text);

const none = { records: [], refused: undefined };

/** What a process leaves that writes its record and is killed. */
const dieWith = (text: string): void => {
  const program = `const { claimRecord } = await import('${new URL('./records.ts', import.meta.url).href}');
    const claim = await claimRecord(process.argv[1], 'clsact', '7');
    claim.write(process.argv[2]);
    process.kill(process.pid, 'SIGKILL');`;
  const { signal } = spawnSync(process.execPath, ['--input-type=module', '-e', program, folder, text]);
  expect(signal).toBe('SIGKILL');
};

describe('records', () => {
  it('have places of their own, and the folder goes with the last', async () => {
    const first = await claimRecord(folder, 'clsact', '7');
    const second = await claimRecord(folder, 'clsact', '7');
    const other = await claimRecord(folder, 'clsact', '8');
    expect([first.slot, second.slot, other.slot]).toEqual([1, 2, 1]);
    first.write('a');
    first.write('b');
    expect(await readFile(join(folder, 'clsact-7-1'), 'utf8')).toBe('b');
    // What lives is not dead, whoever asks.
    expect(await deadRecords(folder, 'clsact')).toEqual(none);
    first.release();
    first.release();
    const third = await claimRecord(folder, 'clsact', '7');
    expect(third.slot).toBe(1);
    for (const claim of [second, other, third]) claim.release();
    expect(existsSync(folder)).toBe(false);
    expect(await deadRecords(folder, 'clsact')).toEqual(none);
  });

  it('of a killed process are found with what they say, and are its successor’s when let go', async () => {
    dieWith('left');
    expect(await deadRecords(folder, 'nft')).toEqual(none);
    const [dead] = (await deadRecords(folder, 'clsact')).records;
    expect(dead).toMatchObject({ key: '7', slot: 1, left: 'left' });
    // Held by us now.
    expect(await deadRecords(folder, 'clsact')).toEqual(none);
    dead?.letGo();
    const next = await claimRecord(folder, 'clsact', '7');
    expect(next).toMatchObject({ slot: 1, left: 'left' });
    next.release();
    expect(existsSync(folder)).toBe(false);
  });

  it('end at sixty-four', async () => {
    const claims = [];
    for (let count = 0; count < 64; count += 1) claims.push(await claimRecord(folder, 'clsact', '7'));
    await expect(claimRecord(folder, 'clsact', '7')).rejects.toMatchObject({ code: 'limit_exceeded' });
    for (const claim of claims) claim.release();
  });

  it('of other names and links are nobody’s', async () => {
    const claim = await claimRecord(folder, 'clsact', '7');
    await writeFile(join(folder, 'clsact-7-100'), '');
    await writeFile(join(folder, 'qdisc-7'), '');
    await writeFile(join(folder, 'xclsact-7-1'), '');
    expect(await deadRecords(folder, 'clsact')).toEqual(none);
    await symlink(join(folder, 'qdisc-7'), join(folder, 'clsact-9-1'));
    await mkdir(join(folder, 'clsact-a b-1'));
    const other = await claimRecord(folder, 'clsact', 'z');
    other.letGo();
    // What can be read is told all the same.
    const { records, refused } = await deadRecords(folder, 'clsact');
    expect(records.map(({ key }) => key)).toEqual(['z']);
    records[0]?.release();
    expect(refused).toMatchObject({
      code: 'state_dir_refused',
      message: `${join(folder, 'clsact-9-1')} is a symbolic link, where netmcp keeps a file of its own.`,
      hint: containing(`rm -r ${join(folder, 'clsact-9-1')}`),
    });
    await expect(claimRecord(folder, 'clsact', '9')).rejects.toMatchObject({ code: 'state_dir_refused' });
    await expect(claimRecord(folder, 'clsact', 'a b')).rejects.toMatchObject({
      message: containing('clsact-a b-1 is a directory'),
      hint: containing(`rm -r '${join(folder, 'clsact-a b-1')}'`),
    });
    claim.release();
    expect(await readdir(folder)).toContain('qdisc-7');
  });
});

it('a link in the folder’s place is not followed, and pipes and directories are nobody’s', async () => {
  const claim = await claimRecord(folder, 'clsact', '7');
  claim.write('a longer one');
  claim.write('short');
  claim.letGo();
  execFileSync('mkfifo', [join(folder, 'clsact-9-1')]);
  const [dead] = (await deadRecords(folder, 'clsact')).records;
  expect(dead?.left.trim()).toBe('short');
  expect(dead?.key).toBe('7');
  dead?.letGo();
  await rename(folder, join(runtime, 'elsewhere'));
  await symlink(join(runtime, 'elsewhere'), folder);
  await expect(deadRecords(folder, 'clsact')).rejects.toMatchObject({ code: 'state_dir_refused' });
  await expect(claimRecord(folder, 'clsact', '7')).rejects.toMatchObject({ code: 'state_dir_refused' });
  expect(await readdir(join(runtime, 'elsewhere'))).toEqual(['clsact-7-1', 'clsact-9-1']);
});

it('who is alone is so among all', async () => {
  let inside = 0;
  const most: number[] = [];
  await Promise.all(
    Array.from({ length: 8 }, () =>
      alone(runtime, async () => {
        inside += 1;
        most.push(inside);
        await new Promise((resolve) => setTimeout(resolve, 2));
        inside -= 1;
      }),
    ),
  );
  expect(most).toEqual(Array(8).fill(1));
  await expect(alone(runtime, () => Promise.reject(new Error('mine')))).rejects.toThrow('mine');
  await expect(alone(runtime, () => Promise.resolve('free again'))).resolves.toBe('free again');
});

it.each(['directory', 'symbolic link'])('a %s in the place of the lock is named', async (kind) => {
  const path = join(runtime, 'monitor.lock');
  if (kind === 'directory') await mkdir(path);
  else await symlink('/dev/null', path);
  const work = alone(runtime, () => Promise.resolve('done'));
  await expect(work).rejects.toMatchObject({
    code: 'state_dir_refused',
    message: `${path} is a ${kind}, where netmcp keeps a file of its own.`,
    hint: containing(`rm -r ${path}`),
  });
});
