import { spawnSync } from 'node:child_process';
import { chmod, chown, mkdir, mkdtemp, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { otherUsers, requireFeature } from '../../tests/helpers/skip.ts';
import { defaultStateDir, openOwnedDirectory, openRuntimeDirectory } from './directory.ts';

const containing = (text: string): unknown => expect.stringContaining(text);

let folder: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'netmcp-directory-')));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o7777;

describe('the default state directory', () => {
  it.each([
    [{}, 0, '/var/lib/netmcp'],
    [{ HOME: '/home/u', XDG_STATE_HOME: '/x' }, 0, '/var/lib/netmcp'],
    [{ HOME: '/home/u', XDG_STATE_HOME: '/x/state' }, 1000, '/x/state/netmcp'],
    [{ HOME: '/home/u', XDG_STATE_HOME: 'relative' }, 1000, '/home/u/.local/state/netmcp'],
    [{ HOME: '/home/u' }, 1000, '/home/u/.local/state/netmcp'],
  ])('of %j and uid %i is %s', (env, uid, path) => {
    expect(defaultStateDir(env, uid)).toBe(path);
  });

  it('does not exist without a home', () => {
    expect(() => defaultStateDir({}, 1000)).toThrow(/neither XDG_STATE_HOME nor HOME/);
  });
});

describe('an owned directory', () => {
  it('is created for us alone, its parents for all to pass', async () => {
    const path = join(folder, 'a/b/state');
    expect(await openOwnedDirectory(path)).toBe(path);
    expect(await modeOf(path)).toBe(0o700);
    expect(await modeOf(join(folder, 'a'))).toBe(0o755);
    expect(await openOwnedDirectory(path)).toBe(path);
  });

  it('is refused as a symbolic link, even to a good directory', async () => {
    await mkdir(join(folder, 'real'), { mode: 0o700 });
    await symlink(join(folder, 'real'), join(folder, 'link'));
    await expect(openOwnedDirectory(join(folder, 'link'))).rejects.toMatchObject({
      code: 'state_dir_refused',
      message: `${folder}/link is a symbolic link.`,
      hint: containing(`rm ${folder}/link`),
    });
    await expect(openOwnedDirectory(`${folder}/link/`)).rejects.toMatchObject({ code: 'state_dir_refused' });
  });

  it('is refused as a dangling link, and nothing is created behind it', async () => {
    await symlink(join(folder, 'nowhere'), join(folder, 'link'));
    await expect(openOwnedDirectory(join(folder, 'link'))).rejects.toMatchObject({ code: 'state_dir_refused' });
    await expect(stat(join(folder, 'nowhere'))).rejects.toThrow('ENOENT');
  });

  it.each([0o777, 0o755, 0o710, 0o701, 0o750])('is refused with mode %o', async (mode) => {
    const path = join(folder, 'state');
    await mkdir(path);
    await chmod(path, mode);
    await expect(openOwnedDirectory(path)).rejects.toMatchObject({
      code: 'state_dir_refused',
      hint: containing(`chmod 700 ${path}`),
    });
  });

  it('is refused when it belongs to another user', async (context) => {
    await requireFeature(context, otherUsers);
    const path = join(folder, 'state');
    await mkdir(path, { mode: 0o700 });
    await chown(path, 65534, 65534);
    await expect(openOwnedDirectory(path)).rejects.toMatchObject({
      code: 'state_dir_refused',
      message: `${path} belongs to uid 65534, but netmcp runs as uid 0.`,
      hint: containing(`chown -R 0 ${path}`),
    });
  });

  it('is refused as a file, as a relative path, and below a file', async () => {
    const path = join(folder, 'file');
    await writeFile(path, '');
    for (const wrong of [path, join(path, 'state'), 'relative/state', '/tmp/a\0b']) {
      await expect(openOwnedDirectory(wrong)).rejects.toMatchObject({ code: 'state_dir_refused' });
    }
  });

  it('is refused below a directory in which everybody can rename it', async () => {
    await mkdir(join(folder, 'open'));
    await chmod(join(folder, 'open'), 0o777);
    await expect(openOwnedDirectory(join(folder, 'open/state'))).rejects.toMatchObject({
      code: 'state_dir_refused',
      hint: `Run: chmod o-w ${folder}/open`,
    });
  });

  it('quotes a path with blanks in the fix', async () => {
    const path = join(folder, 'my state');
    await mkdir(path);
    await chmod(path, 0o755);
    await expect(openOwnedDirectory(path)).rejects.toMatchObject({
      hint: containing(`chmod 700 '${path}'`),
    });
  });
});

describe('the runtime directory', () => {
  it('has one folder a namespace', async () => {
    const root = join(folder, 'run/netmcp');
    expect(await openRuntimeDirectory('net:4026531840:7', root)).toBe(join(root, 'net-4026531840-7'));
    expect(await openRuntimeDirectory('net:4026531840:8', root)).toBe(join(root, 'net-4026531840-8'));
    expect(await modeOf(root)).toBe(0o700);
  });

  it('cannot be led out of its root', async () => {
    const root = join(folder, 'run');
    expect(await openRuntimeDirectory('../../x', root)).toBe(join(root, '------x'));
  });

  it('says what to do where it cannot be written', async () => {
    // Nobody, root included, may create anything below /proc.
    await expect(openRuntimeDirectory('net:1:1', '/proc/netmcp')).rejects.toMatchObject({ code: 'state_dir_refused' });
    await expect(openRuntimeDirectory('net:1:1', '/sys/netmcp')).rejects.toMatchObject({
      code: 'not_permitted',
      hint: containing('Run netmcp as root'),
    });
  });

  it('of root is closed to another user, who is told to be root', async (context) => {
    await requireFeature(context, otherUsers);
    const shared = join(folder, 'run');
    await mkdir(shared, { mode: 0o700 });
    await chmod(folder, 0o755);
    // access(2) asks for the real uid, so a process of that user is needed; that user may not be able to read this clone.
    const program = `const { openRuntimeDirectory } = await import('${new URL('./directory.ts', import.meta.url).href}');
      process.setgid(65534);
      process.setuid(65534);
      await openRuntimeDirectory('net:1:1', '${shared}').catch((error) => console.log(error.code));`;
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
      encoding: 'utf8',
    });
    expect(stderr + stdout).toContain('not_permitted');
  });
});
