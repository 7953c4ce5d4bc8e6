// --policy-dir: a loosening site policy is refused until the command line, and nothing else, allows it.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';

const program = fileURLToPath(new URL('./product-with-test-tools.ts', import.meta.url));
let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'netmcp-site-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** From source, so that no build is needed. */
const run = (args: readonly string[], env: Record<string, string> = {}) =>
  new Promise<{ code: number; text: string }>((done) => {
    const all = { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', ...env };
    const child = execFile(process.execPath, [program, ...args], { env: all }, (_error, stdout, stderr) => {
      done({ code: child.exitCode ?? -1, text: stdout + stderr });
    });
  });

const list = ['list-policy', 'limits', '--json'];
const site = async (text: string): Promise<string[]> => {
  await writeFile(join(folder, 'limits.yaml'), text);
  return [...list, '--policy-dir', folder];
};
const matching = (pattern: RegExp): unknown => expect.stringMatching(pattern);
const loosening = 'plan_ttl_s: 80000\n';
const refusedWord = /limits\.yaml:1: plan_ttl_s is looser than the shipped one/;

test('a tightening folder is accepted', async () => {
  const { code, text } = await run(await site('plan_ttl_s: 61\n'));
  expect({ code, text }).toEqual({ code: 0, text: matching(/"name": "plan_ttl_s",\s*"summary": "61"/) });
});

test('a loosening folder is refused with file, line and the way out', async () => {
  const { code, text } = await run(await site(loosening));
  expect(code).toBe(1);
  expect(text).toMatch(refusedWord);
  expect(text).toContain('--allow-loosen');
});

test('--allow-loosen accepts it', async () => {
  const { code, text } = await run([...(await site(loosening)), '--allow-loosen']);
  expect({ code, text }).toEqual({
    code: 0,
    text: matching(/"name": "plan_ttl_s",\s*"summary": "80000"/),
  });
});

test('a variable does not', async () => {
  const { code, text } = await run(await site(loosening), { NETMCP_ALLOW_LOOSEN: 'true' });
  expect(code).toBe(1);
  expect(text).toMatch(refusedWord);
  expect(text).toContain('The variable NETMCP_ALLOW_LOOSEN means nothing');
});

test('a configuration file does not: the field is refused', async () => {
  const config = join(folder, 'config.txt');
  await writeFile(config, 'allow_loosen: true\n', { mode: 0o600 });
  const { code, text } = await run([...(await site(loosening)), '--config', config]);
  expect(code).not.toBe(0);
  expect(text).toContain('allow_loosen');
});
