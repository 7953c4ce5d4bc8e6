// The command line: call, tools, derived commands, flags, configuration files, exit statuses.
import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { otherUsers, requireFeature } from '../helpers/skip.ts';
import { errorIn, runCli } from './run-cli.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'netmcp-cli-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const json = (text: string): unknown => JSON.parse(text);
const matching = (word: RegExp): unknown => expect.stringMatching(word);

describe('call', () => {
  test('prints the structured result and exits 0', async () => {
    const { code, stdout, stderr } = await runCli(['call', 'get_interfaces', '{"interface":"lo"}']);
    expect(json(stdout)).toMatchObject({ success: true, interfaces: [{ name: 'lo' }] });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  test('reads the arguments from stdin for -', async () => {
    const { code, stdout } = await runCli(['call', 'get_interfaces', '-'], { stdin: '{"interface":"lo"}' });
    expect(code).toBe(0);
    expect(json(stdout)).toMatchObject({ total: 1 });
  });

  test.each([
    ['{"interface":', 'invalid_argument'],
    ['[]', 'invalid_argument'],
    ['{"interface":"nosuch0"}', 'not_found'],
  ])('answers %s with the error %s on stdout and exit 1', async (text, expected) => {
    const ran = await runCli(['call', 'get_interfaces', text]);
    expect(ran.code).toBe(1);
    expect(errorIn(ran)).toMatchObject({ code: expected });
    expect(errorIn(ran).hint).not.toBe('');
  });

  test('names what is near an unknown tool', async () => {
    const ran = await runCli(['call', 'get_interface']);
    expect(ran.code).toBe(1);
    expect(errorIn(ran)).toMatchObject({ code: 'not_found', hint: 'Did you mean get_interfaces?' });
  });

  test('runs every inspect tool', async () => {
    for (const tool of ['capabilities', 'get_interfaces', 'get_qdiscs', 'get_sysctls']) {
      const { code, stdout } = await runCli(['call', tool, '--state-dir', join(folder, 'state')]);
      expect(code, stdout).toBe(0);
      expect(json(stdout)).toMatchObject({ success: true });
      expect(json(stdout)).not.toHaveProperty('summary', '');
    }
  });
});

describe('derived commands', () => {
  test('take the first text without its flag', async () => {
    const { code, stdout } = await runCli(['get-interfaces', 'lo', '--detail', 'full', '--json']);
    expect(code).toBe(0);
    expect(json(stdout)).toMatchObject({ interfaces: [{ name: 'lo', detail: { statistics: {} } }] });
  });

  test('take a list as one word', async () => {
    const { stdout } = await runCli(['get-sysctls', '--keys', 'net.ipv4.ip_forward,net.ipv4.tcp_rmem', '--json']);
    expect(json(stdout)).toMatchObject({
      total: 2,
      sysctls: [
        { key: 'net.ipv4.ip_forward' },
        { key: 'net.ipv4.tcp_rmem', values: [/^\d+$/, /^\d+$/, /^\d+$/].map((word) => matching(word)) },
      ],
    });
  });

  test('take an object from a file', async () => {
    const plan = join(folder, 'plan.json');
    await writeFile(plan, '{"iface":"lo","changes":{"mtu":"big"},"rationale":"a test"}');
    const { stdout } = await runCli(['validate-change-plan', `@${plan}`, '--state-dir', join(folder, 'state')]);
    expect(json(stdout)).toMatchObject({ ok: false });
  });

  test('exit 1 with an error and 2 for a wrong command line', async () => {
    expect((await runCli(['get-interfaces', 'nosuch0'])).code).toBe(1);
    const flag = await runCli(['get-interfaces', '--interfac', 'lo']);
    expect(flag).toMatchObject({ code: 2, stdout: '' });
    expect(flag.stderr).toContain('Did you mean --interface?');
    const command = await runCli(['get-interface']);
    expect(command.code).toBe(2);
    expect(command.stderr).toContain('get-interfaces');
    expect((await runCli(['get-interfaces', 'lo', 'eth0'])).code).toBe(2);
    expect((await runCli(['get-interfaces', '--detail'])).code).toBe(2);
    expect((await runCli(['monitor', 'v0', 'v1'])).code).toBe(2);
  });
});

describe('flags and configuration', () => {
  test('global flags stand before or after the command', async () => {
    for (const args of [
      ['--read-only', 'tools'],
      ['tools', '--read-only'],
    ]) {
      const { code, stdout } = await runCli(args);
      expect(code).toBe(0);
      expect(stdout).toContain('get_interfaces');
      expect(stdout).not.toContain('apply_rendered_plan');
    }
  });

  test('--version, --help and the help of a command', async () => {
    expect((await runCli(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+/);
    expect((await runCli(['--help'])).stdout).toContain('get-interfaces');
    expect((await runCli(['get-qdiscs', '--help'])).stdout).toContain('--interface TEXT');
    for (const asked of [
      ['monitor', '--help'],
      ['help', 'monitor'],
    ]) {
      expect((await runCli(asked)).stdout).toContain('Usage: netmcp monitor [INTERFACE]');
    }
  });

  test('a file is read for its settings, and unknown keys are refused with file and line', async () => {
    const file = join(folder, 'config.yaml');
    await writeFile(file, '# mine\nread_only: true\n', { mode: 0o600 });
    expect((await runCli(['tools', '--config', file])).stdout).not.toContain('apply_rendered_plan');
    await writeFile(file, '# mine\nread_only: true\nreadonly: true\n');
    const ran = await runCli(['call', 'get_interfaces', '--config', file]);
    expect(ran.code).toBe(1);
    expect(errorIn(ran).message).toBe(`${file}, line 3: unknown key "readonly".`);
    expect(errorIn(ran).hint).toContain('read_only');
  });

  test.each(['read_only: maybe\n', 'toolsets: [inspct]\n', 'state_dir: relative/path\n', 'a: b: c\n', '- list\n'])(
    'refuses %j',
    async (text) => {
      const file = join(folder, 'config.yaml');
      await writeFile(file, text, { mode: 0o600 });
      const ran = await runCli(['call', 'get_interfaces', '--config', file]);
      expect(ran.code).toBe(1);
      expect(errorIn(ran).message).toContain(file);
    },
  );

  test('a file that others can write is refused', async () => {
    const file = join(folder, 'config.yaml');
    await writeFile(file, 'read_only: true\n');
    await chmod(file, 0o666);
    expect(errorIn(await runCli(['call', 'get_interfaces', '--config', file])).hint).toContain('chmod go-w');
  });

  test('a file that another user owns is refused', async (context) => {
    await requireFeature(context, otherUsers);
    const file = join(folder, 'config.yaml');
    await writeFile(file, 'read_only: true\n', { mode: 0o600 });
    await chown(file, 65534, 65534);
    expect(errorIn(await runCli(['call', 'get_interfaces', '--config', file])).hint).toContain('chown');
  });

  test('the user’s own file is read, the current folder’s is not, and a warning says where it belongs', async () => {
    await mkdir(join(folder, '.config', 'netmcp'), { recursive: true });
    await writeFile(join(folder, '.config', 'netmcp', 'config.yaml'), 'read_only: true\n', { mode: 0o600 });
    const own = await runCli(['tools'], { env: { HOME: folder } });
    expect(own.stdout).not.toContain('apply_rendered_plan');
    await writeFile(join(folder, 'config.yaml'), 'read_only: true\n', { mode: 0o600 });
    const stray = await runCli(['tools'], { cwd: folder });
    expect(stray.stdout).toContain('apply_rendered_plan');
    expect(stray.stderr).toContain('is not read');
  });

  test('read-only once asked for cannot be switched off by a later source', async () => {
    const { stdout } = await runCli(['tools', '--no-read-only'], { env: { NETMCP_READ_ONLY: '1' } });
    expect(stdout).not.toContain('apply_rendered_plan');
  });

  test('variables that mean nothing are named', async () => {
    const { stderr } = await runCli(['tools'], { env: { NETMCP_READONLY: '1' } });
    expect(stderr).toContain('NETMCP_READONLY');
  });
});
