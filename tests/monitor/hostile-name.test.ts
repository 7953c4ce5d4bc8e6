// An interface whose name would steer a terminal: the live view, what it says when it fails, and its lines in a pipe show none of it.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import * as z from 'zod';
import { kernelTest } from '../helpers/kernel-test.ts';
import type { Namespace } from '../helpers/netns.ts';
import { addresses, connectPair } from './counters.ts';

const program = fileURLToPath(new URL('../e2e/product-with-test-tools.ts', import.meta.url));
/** Red, text from right to left, and the one byte that begins a control sequence in Latin-1 terminals. 12 bytes. */
const hostile = '\u001b[31m\u202e\u009bAx';
const forbidden = ['\u001b[31m', '\u202e', '\u009b'];

const monitor = [process.execPath, program, 'monitor', '--interval-ms', '200'];

/** Runs to its end; `q` is pressed once the view stands. */
const run = (namespace: Namespace, argv: readonly string[]): Promise<{ code: number | null; shown: string }> =>
  new Promise((resolve, reject) => {
    const child = spawn('ip', ['netns', 'exec', namespace.name, ...argv], {
      env: { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', TERM: 'xterm', LANG: 'C.UTF-8' },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const chunks: Buffer[] = [];
    let pressed = false;
    const take = (chunk: Buffer): void => {
      chunks.push(chunk);
      if (pressed || !Buffer.concat(chunks).includes('q: quit')) return;
      pressed = true;
      child.stdin.write('q');
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.once('error', reject);
    child.once('close', (code) => {
      resolve({ code, shown: Buffer.concat(chunks).toString() });
    });
  });

const onTerminal = (...more: string[]): string[] => [
  'script',
  '-qec',
  `stty cols 100 rows 24; exec ${[...monitor, ...more].join(' ')}`,
  '/dev/null',
];

kernelTest('a name that would steer the terminal is shown as plain text', async ({ namespace, openNamespace }) => {
  const peer = await openNamespace();
  await connectPair(namespace, peer);
  await namespace.exec('ip', 'link', 'set', 'v0', 'down');
  await namespace.exec('ip', 'link', 'set', 'v0', 'name', hostile);
  await namespace.exec('ip', 'link', 'set', hostile, 'up');
  await namespace.exec('ip', 'route', 'add', 'default', 'via', addresses.there[0]);

  const view = await run(namespace, onTerminal());
  expect(view.code, view.shown).toBe(0);
  expect(view.shown).toContain('q: quit');
  expect(view.shown).toContain('Ax');

  // nft cannot be told of such a name, and says so with the name in it.
  const refused = await run(namespace, onTerminal('--method', 'nft'));
  expect(refused.code).toBe(1);
  expect(refused.shown).toContain('missing_kernel_feature');

  const lines = await run(namespace, [...monitor, '--duration-s', '1']);
  expect(lines.code).toBe(0);
  z.looseObject({ interface: z.string(), seconds: z.number() }).parse(JSON.parse(lines.shown.split('\n')[0] ?? ''));
  const once = await run(namespace, [...monitor, '--duration-s', '1', '--json']);
  expect(once.code).toBe(0);

  for (const { shown } of [view, refused, lines, once])
    expect(forbidden.filter((sequence) => shown.includes(sequence))).toEqual([]);
});
