// Values that try to become commands, options, paths or floods: each is refused by name, nothing runs, nothing is left behind.
import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { errorIn, runCli } from './run-cli.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'netmcp-hostile-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const refused = ['invalid_argument', 'unknown_argument', 'limit_exceeded'];

const interfaces: [string, unknown][] = [
  ['a command', 'eth0; touch PWNED'],
  ['an option', '-w'],
  ['a long option', '--batch'],
  ['a substitution', '$(touch PWNED)'],
  ['backquotes', '`touch PWNED`'],
  ['a line break', 'lo\ntouch PWNED'],
  ['NUL', 'lo\u0000'],
  ['an escape sequence', '\u001b[2Jlo'],
  ['a path', '../../etc/passwd'],
  ['a name too long', 'a'.repeat(16)],
  ['nothing', ''],
  ['a number', 7],
  ['null', null],
  ['a list', ['lo']],
  ['an object', { toString: 'lo' }],
];

describe.each(['get_interfaces', 'get_qdiscs'])('%s', (tool) => {
  test.each(interfaces)('refuses %s as an interface', async (_what, value) => {
    const ran = await runCli(['call', tool, JSON.stringify({ interface: value })], { cwd: folder });
    expect(ran.code).toBe(1);
    const error = errorIn(ran);
    expect(refused).toContain(error.code);
    expect(error.message).toContain('interface');
    expect(ran.stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
    await expect(access(join(folder, 'PWNED'))).rejects.toThrow();
  });
});

test.each([
  'net.ipv4.../../../etc/passwd',
  'net.//.kernel.hostname',
  'net/../kernel/hostname',
  'kernel.hostname',
  'net.ipv4.*a*b*c*d*e*',
  'net.ipv4.tcp_rmem\n',
  '-a',
])('get_sysctls refuses the key %j', async (key) => {
  const ran = await runCli(['call', 'get_sysctls', JSON.stringify({ keys: [key] })]);
  expect(ran.code).toBe(1);
  expect(errorIn(ran).code).toBe('invalid_argument');
  expect(errorIn(ran).message).toContain('keys[0]');
});

test.each([
  ['__proto__', '{"__proto__":{"interface":"lo"}}'],
  ['constructor', '{"constructor":{"prototype":{}}}'],
  ['interface ', '{"interface ":"lo"}'],
])('the key %s is refused by name', async (key, text) => {
  const ran = await runCli(['call', 'get_interfaces', text]);
  expect(ran.code).toBe(1);
  expect(errorIn(ran).code).toBe('unknown_argument');
  expect(errorIn(ran).message).toContain(key);
});

test.each([
  ['a string of 1 MB', JSON.stringify({ interface: 'a'.repeat(1024 * 1024) })],
  ['a key of 1 MB', JSON.stringify({ ['a'.repeat(1024 * 1024)]: 1 })],
  ['4 MB of strings', JSON.stringify({ keys: Array.from({ length: 40 }, () => 'a'.repeat(100_000)) })],
  ['deep nesting', `{"interface":${'['.repeat(5000)}${']'.repeat(5000)}}`],
  ['very many values', JSON.stringify({ interface: Array.from({ length: 200_000 }, () => 1) })],
])('%s by stdin is told, not swallowed', async (_what, stdin) => {
  const ran = await runCli(['call', 'get_interfaces', '-'], { stdin });
  expect(ran.code).toBe(1);
  expect(errorIn(ran)).toMatchObject({ code: 'limit_exceeded' });
  expect(ran.stdout.length).toBeLessThan(2000);
});

test.each(['eth0; touch PWNED', '$(touch PWNED)', 'lo\ntouch PWNED'])(
  'the derived command refuses %j too',
  async (value) => {
    const { code, stdout, stderr } = await runCli(['get-interfaces', '--', value], { cwd: folder });
    expect(code).toBe(1);
    expect(`${stdout}${stderr}`).toContain('invalid_argument');
    await expect(access(join(folder, 'PWNED'))).rejects.toThrow();
  },
);

test('a plan full of it changes nothing and is refused', async () => {
  const plan = {
    iface: 'lo; touch PWNED',
    changes: { sysctl: { 'net.ipv4.ip_forward': '$(touch PWNED)', 'kernel.modprobe': '/tmp/x' } },
    rationale: 'x',
  };
  const ran = await runCli(
    ['call', 'render_change_plan', JSON.stringify({ plan }), '--state-dir', join(folder, 'state')],
    { cwd: folder },
  );
  expect(ran.code).toBe(1);
  expect([...refused, 'plan_refused', 'not_found']).toContain(errorIn(ran).code);
  await expect(access(join(folder, 'PWNED'))).rejects.toThrow();
});
