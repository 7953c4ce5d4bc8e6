// What a running capture tells of its end, with a script in the place of tcpdump.
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { LiveCapture } from '../../model/live-capture.ts';
import { RunningCapture } from './run.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'netmcp-run-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const header = 'd4c3b2a1020004000000000000000000000004000100000'.padEnd(48, '0');
const record = `${'00000000'.repeat(2)}040000000400000001020304`;
const octal = (hex: string): string =>
  Buffer.from(hex, 'hex').reduce((text, byte) => `${text}\\0${byte.toString(8).padStart(3, '0')}`, '');

const run = async (written: string, said: string): Promise<{ capture: RunningCapture; path: string }> => {
  const path = join(folder, 'x.pcap');
  const file = await open(path, 'w+');
  const script = `echo 'tcpdump: listening on v0' >&2; printf '%b' '${octal(written)}'; printf '${said}' >&2`;
  const request = {
    iface: 'v0',
    durationSeconds: 60,
    maxPackets: undefined,
    maxBytes: 1024 ** 2,
    snaplen: 128,
    filter: undefined,
    promiscuous: false,
  };
  return { capture: new RunningCapture('/bin/sh', ['-c', script], { id: 'x', path, file, request }), path };
};

const after = async (written: string, said: string): Promise<{ view: LiveCapture; bytes: number }> => {
  const { capture, path } = await run(written, said);
  await capture.wait();
  return { view: await capture.view(), bytes: (await readFile(path)).length };
};

test('packets that a full disk kept out of the file are counted, and the file is whole', async () => {
  const { view, bytes } = await after(
    header + record + record + record.slice(0, 20),
    '5 packets captured\\n9 packets received by filter\\n1 packet dropped by kernel\\n',
  );
  expect(view).toMatchObject({ ending: 'ended', packets: 2, bytes: 64, lost: 3, dropped: 1 });
  expect(bytes).toBe(64);
});

test('none are lost when the file has all', async () => {
  const { view } = await after(header + record, '1 packet captured\\n0 packets dropped by kernel\\n');
  expect(view).toMatchObject({ packets: 1, lost: 0, dropped: 0 });
});

test('without its counts nothing is known', async () => {
  const { view } = await after(header + record, '');
  expect(view).toMatchObject({ packets: 1, lost: undefined, dropped: undefined });
});

test('asked at every moment of its end, it answers', async () => {
  const { capture } = await run(header + record, '');
  let views: LiveCapture[] = [];
  for (let view = await capture.view(); view.ending === undefined; view = await capture.view()) {
    views = await Promise.all(Array.from({ length: 20 }, () => capture.view()));
  }
  expect(views.length).toBeGreaterThan(0);
  expect(await capture.view()).toMatchObject({ ending: 'ended', packets: 1 });
});
