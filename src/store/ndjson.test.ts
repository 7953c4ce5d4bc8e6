import { spawnSync } from 'node:child_process';
import { appendFile, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { ownNamespaces, requireFeature } from '../../tests/helpers/skip.ts';
import { openAppender, readNdjson } from './ndjson.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'netmcp-ndjson-'));
  path = join(folder, 'journal');
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const schema = z.strictObject({ n: z.number(), text: z.string().optional() });

const append = async (...records: unknown[]): Promise<void> => {
  const appender = await openAppender(path);
  for (const record of records) await appender.append(record);
  await appender.close();
};

describe('records', () => {
  it('come back as they were appended, newlines inside included', async () => {
    await append({ n: 1, text: 'a\nb\u2028c' }, { n: 2 });
    await append({ n: 3 });
    expect(await readNdjson(path, schema)).toEqual({
      records: [{ n: 1, text: 'a\nb\u2028c' }, { n: 2 }, { n: 3 }],
      torn: false,
    });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('keep their order when appended at once', async () => {
    const appender = await openAppender(path);
    await Promise.all(Array.from({ length: 50 }, (_, n) => appender.append({ n })));
    await appender.close();
    expect((await readNdjson(path, schema))?.records.map(({ n }) => n)).toEqual(
      Array.from({ length: 50 }, (_, n) => n),
    );
  });

  it('are none where there is no file, and an empty list in an empty one', async () => {
    expect(await readNdjson(path, schema)).toBeUndefined();
    await append();
    expect(await readNdjson(path, schema)).toEqual({ records: [], torn: false });
  });

  it('survive a torn last line, at every length of it', async () => {
    const whole = '{"n":1}\n{"n":2}\n';
    const last = '{"n":3}';
    for (let length = 1; length <= last.length; length += 1) {
      await writeFile(path, whole + last.slice(0, length), { mode: 0o600 });
      expect(await readNdjson(path, schema)).toEqual({ records: [{ n: 1 }, { n: 2 }], torn: true });
    }
  });

  it('are appended after a torn line is cut off', async () => {
    await append({ n: 1 });
    await appendFile(path, `{"n":2,"text":"${'x'.repeat(200_000)}`);
    await append({ n: 3 });
    expect(await readNdjson(path, schema)).toEqual({ records: [{ n: 1 }, { n: 3 }], torn: false });
  });

  it('name the bad line in the middle', async () => {
    await writeFile(path, '{"n":1}\n{"n":\n{"n":3}\n', { mode: 0o600 });
    await expect(readNdjson(path, schema)).rejects.toMatchObject({
      code: 'storage_failed',
      message: `${path} line 2 is damaged: it is not JSON.`,
    });
    await writeFile(path, '{"n":1}\n{"n":2}\n{"n":"3"}\n');
    await expect(readNdjson(path, schema)).rejects.toThrow(`${path} line 3 is damaged`);
  });

  it('are not appended through a link', async () => {
    await writeFile(join(folder, 'other'), '', { mode: 0o600 });
    await symlink(join(folder, 'other'), path);
    await expect(openAppender(path)).rejects.toMatchObject({ code: 'state_dir_refused' });
    expect(await readFile(join(folder, 'other'), 'utf8')).toBe('');
  });

  it('name the path that cannot be created', async () => {
    await expect(openAppender(join(folder, 'no/such'))).rejects.toMatchObject({ code: 'storage_failed' });
  });
});

it('a full disk leaves whole records only, and appending goes on once there is room', async (context) => {
  await requireFeature(context, ownNamespaces);
  const program = `
    import { unlinkSync, writeFileSync } from 'node:fs';
    const { openAppender, readNdjson } = await import('${new URL('./ndjson.ts', import.meta.url).href}');
    const z = await import('${import.meta.resolve('zod')}');
    const appender = await openAppender('/mnt/journal');
    await appender.append({ n: 1 });
    try { writeFileSync('/mnt/filler', 'x'.repeat(1 << 20)); } catch {}
    const outcome = await appender.append({ n: 2, text: 'y'.repeat(60000) }).then(() => 'done', (error) => error.code + ' ' + error.message);
    const full = await readNdjson('/mnt/journal', z.any());
    unlinkSync('/mnt/filler');
    await appender.append({ n: 3 });
    await appender.close();
    console.log(JSON.stringify([outcome, full, await readNdjson('/mnt/journal', z.any())]));`;
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
    'storage_failed Appending to /mnt/journal failed (ENOSPC).',
    { records: [{ n: 1 }], torn: false },
    { records: [{ n: 1 }, { n: 3 }], torn: false },
  ]);
});
