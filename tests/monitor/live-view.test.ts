// `netmcp monitor`: a picture on a terminal that is left as it was found, JSON lines in a pipe, and one answer with --json.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import * as z from 'zod';
import type { Namespace } from '../helpers/netns.ts';
import { addresses } from './counters.ts';
import { joinedTest as kernelTest } from './joined-test.ts';

const program = fileURLToPath(new URL('../e2e/product-with-test-tools.ts', import.meta.url));

const lineSchema = z.strictObject({
  time: z.iso.datetime(),
  interface: z.literal('v0'),
  seconds: z.number(),
  incoming: z.looseObject({
    rung: z.literal('nft'),
    packets: z.number(),
    bits_per_second: z.number(),
    protocols: z.array(z.looseObject({ protocol: z.string(), packets: z.number() })),
    top_talkers_since_start: z.array(z.looseObject({ address: z.string(), packets: z.number() })),
  }),
  outgoing: z.looseObject({ rung: z.literal('nft'), packets: z.number() }),
});

interface Shown {
  stdout: () => string;
  write: (text: string) => void;
  interrupt: () => void;
  /** Resolves when standard output has it. */
  until: (text: string) => Promise<void>;
  ended: Promise<number | null>;
}

const show = (namespace: Namespace, argv: readonly string[], env: Readonly<Record<string, string>> = {}): Shown => {
  const child = spawn('ip', ['netns', 'exec', namespace.name, ...argv], {
    env: { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', TERM: 'xterm', LANG: 'C.UTF-8', ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let stdout = '';
  const waiting: { text: string; resolve: () => void }[] = [];
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
    for (const { text, resolve } of waiting) if (stdout.includes(text)) resolve();
  });
  return {
    stdout: () => stdout,
    write: (text) => {
      child.stdin.write(text);
    },
    interrupt: () => {
      child.kill('SIGINT');
    },
    until: (text) =>
      new Promise((resolve) => {
        waiting.push({ text, resolve });
        if (stdout.includes(text)) resolve();
      }),
    ended: new Promise((resolve) => child.once('close', resolve)),
  };
};

const monitor = [process.execPath, program, 'monitor', 'v0', '--method', 'nft', '--interval-ms', '200'];
const onTerminal = ['script', '-qec', `stty cols 60 rows 20; exec ${monitor.join(' ')}`, '/dev/null'];

kernelTest(
  'on a terminal it draws, quits on q and on Ctrl-C, and leaves the terminal as it was',
  async ({ namespace, peer }) => {
    for (const key of ['q', '\u0003']) {
      const shown = show(namespace, onTerminal);
      await shown.until('q: quit');
      await peer.exec('ping', '-q', '-c', '200', '-f', addresses.here[0]);
      await shown.until(addresses.there[0]);
      await shown.until('talkers in');
      shown.write(key);
      expect(await shown.ended).toBe(0);
      const text = shown.stdout();
      expect(text).toContain('\u001b[?1049h\u001b[?25l');
      expect(text.trimEnd().endsWith('\u001b[?25h\u001b[?1049l')).toBe(true);
      expect(text).toContain('\u001b[1m');
      expect(text).toContain(addresses.there[0]);
      expect(await namespace.exec('nft', 'list', 'tables')).toBe('');
    }
  },
);

kernelTest('without colour where NO_COLOR says so', async ({ namespace, peer: _peer }) => {
  const shown = show(namespace, onTerminal, { NO_COLOR: '1' });
  await shown.until('q: quit');
  shown.write('q');
  expect(await shown.ended).toBe(0);
  expect(shown.stdout()).not.toMatch(/\u001b\[\d*m/);
});

kernelTest('in a pipe an interval is a line of JSON, exact in sum', async ({ namespace, peer }) => {
  const shown = show(namespace, monitor);
  await shown.until('\n');
  await peer.exec('ping', '-q', '-c', '500', '-f', addresses.here[0]);
  const lines = shown.stdout().split('\n').length;
  for (let more = shown.stdout().split('\n').length; more < lines + 2; more = shown.stdout().split('\n').length) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  shown.interrupt();
  expect(await shown.ended).toBe(0);
  const read = shown
    .stdout()
    .trimEnd()
    .split('\n')
    .map((line) => lineSchema.parse(JSON.parse(line)));
  const sum = read.reduce((all, { incoming }) => all + incoming.packets, 0);
  expect(sum).toBeGreaterThanOrEqual(500);
  // Reports of group membership may come in between.
  expect(sum).toBeLessThan(520);
  const pings = read.flatMap(({ incoming }) => incoming.protocols.filter(({ protocol }) => protocol === 'icmp'));
  expect(pings.reduce((all, { packets }) => all + packets, 0)).toBe(500);
  const talkers = read.at(-1)?.incoming.top_talkers_since_start ?? [];
  expect(talkers.find(({ address }) => address === addresses.there[0])?.packets).toBe(500);
  expect(await namespace.exec('nft', 'list', 'tables')).toBe('');
});

kernelTest('--json answers once, as the tool does', async ({ namespace, peer: _peer }) => {
  const shown = show(namespace, [process.execPath, program, 'monitor', 'v0', '--json', '--duration-s', '1']);
  expect(await shown.ended).toBe(0);
  expect(JSON.parse(shown.stdout())).toMatchObject({ success: true, interface: 'v0' });
});

kernelTest('--history-s asks for the past once, which only a server knows', async ({ namespace, peer: _peer }) => {
  const shown = show(namespace, [process.execPath, program, 'monitor', 'v0', '--history-s', '60']);
  expect(await shown.ended).toBe(1);
  expect(shown.stdout()).toContain('--history');
});
