// Which files may be read as captures: nothing outside the folders, nothing that is no regular file, whatever stands in between.
import { execFileSync } from 'node:child_process';
import { chmodSync, linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createCaptures } from '../../src/host/captures.ts';
import { NetError } from '../../src/model/errors.ts';

let folder = '';
let root = '';
let outside = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'netmcp-guard-'));
  root = join(folder, 'root');
  outside = join(folder, 'root-outside');
  for (const path of [root, outside]) mkdirSync(path);
  writeFileSync(join(root, 'a.pcap'), 'inside');
  writeFileSync(join(outside, 'secret'), 'secret');
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const read = async (path: string, allowedPaths = [root]): Promise<string> => {
  const source = await createCaptures({ maxPackets: undefined, allowCustomFilters: true, allowedPaths }).open(path);
  try {
    const into = new Uint8Array(100);
    return Buffer.from(into.subarray(0, await source.read(into, 0))).toString();
  } finally {
    await source.close();
  }
};

const refusal = async (path: string, allowedPaths = [root]): Promise<NetError> => {
  try {
    await read(path, allowedPaths);
  } catch (error) {
    if (error instanceof NetError) return error;
    throw error;
  }
  throw new Error(`${path} was read`);
};
const codeOf = async (path: string, allowedPaths = [root]): Promise<string> => (await refusal(path, allowedPaths)).code;

describe('what may be read', () => {
  test('a file below a folder, by its own path, by a relative one and by one with detours', async () => {
    mkdirSync(join(root, 'deep'));
    writeFileSync(join(root, 'deep/b.pcap'), 'deep');
    expect(await read(join(root, 'a.pcap'))).toBe('inside');
    expect(await read(relative(process.cwd(), join(root, 'a.pcap')))).toBe('inside');
    expect(await read(`${root}/deep/../deep//b.pcap`)).toBe('deep');
  });

  test('a link from inside to inside, and a folder that is a link itself', async () => {
    symlinkSync('a.pcap', join(root, 'link.pcap'));
    symlinkSync(root, join(folder, 'root-link'));
    expect(await read(join(root, 'link.pcap'))).toBe('inside');
    expect(await read(join(folder, 'root-link/a.pcap'))).toBe('inside');
    expect(await read(join(root, 'a.pcap'), [join(folder, 'root-link')])).toBe('inside');
  });

  test('a folder of the list that is missing does not disturb the others; / allows everything', async () => {
    expect(await read(join(root, 'a.pcap'), ['/missing/folder', root])).toBe('inside');
    expect(await read(join(outside, 'secret'), ['/'])).toBe('secret');
  });

  test('what is added while a file is read belongs to the next question', async () => {
    const captures = createCaptures({ maxPackets: undefined, allowCustomFilters: true, allowedPaths: [root] });
    const first = await captures.open(join(root, 'a.pcap'));
    writeFileSync(join(root, 'a.pcap'), ' and more', { flag: 'a' });
    const into = new Uint8Array(100);
    expect([first.sizeBytes, await first.read(into, 0), await first.read(into, 6)]).toEqual([6, 6, 0]);
    const second = await captures.open(join(root, 'a.pcap'));
    expect(second.identity).not.toBe(first.identity);
    expect(second.sizeBytes).toBe(15);
    await first.close();
    await second.close();
  });
});

describe('what lies outside', () => {
  test.each(['/etc/passwd', '/etc/no-such-file', '/root/x', '/proc/self/environ', '~/x.pcap', '~', '..', '/'])(
    '%s is refused, there or not',
    async (path) => {
      const error = await refusal(path);
      expect(error.code).toBe('path_refused');
      expect(error.message).toContain(root);
      expect(error.hint).toContain('pcap.allowed_paths');
      expect(error.hint).toContain('NETMCP_PCAP_ALLOWED_PATHS');
    },
  );

  test('~ is the home', async () => {
    expect((await refusal('~/x.pcap')).message).toContain(join(homedir(), 'x.pcap'));
    expect(await codeOf('~/no-such-capture.pcap', [homedir()])).toBe('not_found');
  });

  test('a folder whose name begins like an allowed one', async () => {
    expect(await codeOf(join(outside, 'secret'))).toBe('path_refused');
    expect(await codeOf(`${root}/../root-outside/secret`)).toBe('path_refused');
  });

  test('links out, of a file or of a folder, and links that lead nowhere', async () => {
    symlinkSync(join(outside, 'secret'), join(root, 'file'));
    symlinkSync(outside, join(root, 'folder'));
    symlinkSync('../root-outside/secret', join(root, 'relative'));
    symlinkSync(join(outside, 'missing'), join(root, 'dangling'));
    symlinkSync('loop', join(root, 'loop'));
    symlinkSync('/proc/self/fd', join(root, 'fd'));
    for (const name of ['file', 'folder/secret', 'folder/missing', 'relative', 'dangling', 'loop', 'loop/x', 'fd/0'])
      expect([name, await codeOf(join(root, name))]).toEqual([name, 'path_refused']);
  });

  test('an empty list allows nothing', async () => {
    expect(await codeOf(join(root, 'a.pcap'), [])).toBe('path_refused');
  });

  test.each(['\0', 'a\0.pcap', 'a\n.pcap', '\u001b[2J', 'a\u0085', ''])('%j is no path', async (name) => {
    expect(await codeOf(name === '' ? '' : `${root}/${name}`)).toBe('invalid_argument');
  });
});

describe('what is no regular file is refused at once', () => {
  test('a named pipe nobody writes to', async () => {
    execFileSync('mkfifo', [join(root, 'pipe')]);
    const error = await refusal(join(root, 'pipe'));
    expect(error).toMatchObject({ code: 'path_refused' });
    expect(error.message).toContain('a named pipe');
  });

  test('devices', async () => {
    for (const path of ['/dev/zero', '/dev/null', '/dev/tty'])
      expect(await refusal(path, ['/dev'])).toMatchObject({ code: 'path_refused', message: `${path} is a device.` });
  });

  test('a folder, and a socket', async () => {
    expect((await refusal(root)).message).toContain('a folder');
    const server = createServer().listen(join(root, 'socket'));
    await new Promise((resolve) => server.once('listening', resolve));
    expect((await refusal(join(root, 'socket'))).message).toContain('a socket');
    server.close();
  });
});

describe('D-29: four different answers', () => {
  test('missing, empty, closed to us', async () => {
    writeFileSync(join(root, 'empty'), '');
    expect(await codeOf(join(root, 'missing'))).toBe('not_found');
    expect(await codeOf(join(root, 'a.pcap/below'))).toBe('not_found');
    expect(await codeOf(join(root, 'n'.repeat(300)))).toBe('not_found');
    expect(await codeOf(join(root, 'empty'))).toBe('empty_capture');
  });

  test('a file or a folder that we may not read says whose it is', async () => {
    const isRoot = process.geteuid?.() === 0;
    for (const path of [folder, root]) chmodSync(path, 0o755);
    mkdirSync(join(root, 'closed'));
    writeFileSync(join(root, 'closed/b'), 'x');
    chmodSync(join(root, 'a.pcap'), isRoot ? 0o600 : 0);
    chmodSync(join(root, 'closed'), isRoot ? 0o700 : 0);
    const owner = process.geteuid?.() ?? 0;
    if (isRoot) process.seteuid?.(65_534);
    try {
      const error = await refusal(join(root, 'a.pcap'));
      expect(error.code).toBe('not_permitted');
      expect(error.message).toContain(`uid ${owner} (mode ${isRoot ? '600' : '000'})`);
      expect(error.hint).toContain(`chmod o+r ${join(root, 'a.pcap')}`);
      expect(await codeOf(join(root, 'closed/b'))).toBe('not_permitted');
    } finally {
      if (isRoot) process.seteuid?.(0);
      chmodSync(join(root, 'closed'), 0o700);
    }
  });
});

/** Puts what lies outside in the place of what lies inside and back, as fast as it can, until it is stopped. */
const swapping = `
const { linkSync, renameSync, symlinkSync, unlinkSync } = require('node:fs');
const { workerData: { place, inside, outside }, parentPort } = require('node:worker_threads');
parentPort.postMessage('ready');
for (;;) {
  if (inside === undefined) {
    renameSync(place, place + '.away');
    symlinkSync(outside, place);
    unlinkSync(place);
    renameSync(place + '.away', place);
    continue;
  }
  for (const [make, what] of [[symlinkSync, outside], [linkSync, inside]]) {
    make(what, place + '.next');
    renameSync(place + '.next', place);
  }
}`;

describe('files that are moved while they are opened', () => {
  const cases = [
    ['a file that becomes a link', 'place', () => ({ inside: join(root, 'a.pcap'), outside: join(outside, 'secret') })],
    ['a folder that becomes a link', 'place/secret', () => ({ outside })],
  ] as const;

  test.each(cases)('%s', async (_which, path, ends) => {
    const place = join(root, 'place');
    if (path !== 'place') mkdirSync(place);
    linkSync(join(root, 'a.pcap'), join(root, path));
    const worker = new Worker(swapping, { eval: true, workerData: { place, ...ends() } });
    await new Promise((resolve) => worker.once('message', resolve));
    const answers = new Set<string>();
    for (let turn = 0; turn < 4000; turn += 1) {
      try {
        answers.add(await read(join(root, path)));
      } catch (error) {
        answers.add(error instanceof NetError ? error.code : String(error));
      }
    }
    await worker.terminate();
    expect([...answers].filter((answer) => !['inside', 'path_refused', 'not_found'].includes(answer))).toEqual([]);
    expect(answers).toContain('inside');
    expect(answers).toContain('path_refused');
  });
});
