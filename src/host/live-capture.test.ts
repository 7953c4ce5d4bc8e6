// What live captures do before tcpdump runs: the command's exact forms, room in the directory, and a missing program.
import { mkdtemp, open, readdir, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { refusingPorts } from '../../tests/helpers/refusing-ports.ts';
import type { LiveCaptureRequest } from '../model/live-capture.ts';
import { checkAllowed } from './allowlist.ts';
import { captureArguments } from './live-capture/command.ts';
import { startFailure } from './live-capture/failures.ts';
import { createFile, makeRoom, maxFiles, maxTotalBytes } from './live-capture/files.ts';
import { countRecords, nothingCounted } from './live-capture/records.ts';
import { createLiveCaptures } from './live-capture.ts';

const request: LiveCaptureRequest = {
  iface: 'v0',
  durationSeconds: 10,
  maxPackets: undefined,
  maxBytes: 1024 ** 2,
  snaplen: 128,
  filter: undefined,
  promiscuous: false,
};

describe('the command', () => {
  const variants: LiveCaptureRequest[] = [undefined, 'tcp port 80', 'icmp'].flatMap((filter) =>
    [undefined, 5].flatMap((maxPackets) =>
      [true, false].map((promiscuous) => ({ ...request, filter, maxPackets, promiscuous })),
    ),
  );

  test('every variant of it has an allowed form', () => {
    for (const variant of variants) checkAllowed('prlimit', captureArguments(variant), undefined);
  });

  test('nothing else has', () => {
    const args = captureArguments(request);
    const refused = [
      captureArguments({ ...request, filter: '-w/tmp/x' }),
      captureArguments({ ...request, iface: '-w' }),
      captureArguments({ ...request, filter: '' }),
      [...args, '-z', 'id'],
      args.map((word) => (word === '-w' ? '-W' : word)),
      args.map((word) => (word === 'tcpdump' ? 'sh' : word)),
      args.filter((word) => !word.startsWith('--fsize')),
      ['tcpdump', '-i', 'v0'],
    ];
    for (const words of refused) {
      expect(() => {
        checkAllowed('prlimit', words, undefined);
      }, words.join(' ')).toThrow('netmcp does not run');
    }
    expect(() => {
      checkAllowed('tcpdump', ['-i', 'v0', '-w', '/tmp/x'], undefined);
    }).toThrow('netmcp does not run');
  });
});

describe('the directory', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'netmcp-room-'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  const keep = async (number: number, bytes: number): Promise<string> => {
    const name = `capture-20260101-000000-${String(number).padStart(12, '0')}.pcap`;
    await writeFile(join(folder, name), '');
    await truncate(join(folder, name), bytes);
    await utimes(join(folder, name), number, number);
    return name;
  };

  test('makes room for one more by removing the oldest', async () => {
    const names: string[] = [];
    for (let number = 1; number <= maxFiles + 2; number += 1) names.push(await keep(number, 100));
    await writeFile(join(folder, 'notes.pcap'), 'not ours');
    expect(await makeRoom(folder, 1000, 0)).toEqual(names.slice(0, 3));
    expect((await readdir(folder)).sort()).toEqual([...names.slice(3), 'notes.pcap'].sort());
    expect(await makeRoom(folder, 1000, 0)).toEqual([]);
  });

  test('bounds the bytes of all, what runs may still write included', async () => {
    const old = await keep(1, maxTotalBytes / 2);
    const young = await keep(2, 1000);
    expect(await makeRoom(folder, 1000, maxTotalBytes / 4)).toEqual([]);
    expect(await makeRoom(folder, 1000, maxTotalBytes / 2)).toEqual([old]);
    expect(await readdir(folder)).toEqual([young]);
    await expect(makeRoom(folder, 1000, maxTotalBytes)).rejects.toMatchObject({ code: 'limit_exceeded' });
  });

  test('a new file is ours alone', async () => {
    const { path, file } = await createFile(folder, 'abcdef012345', Date.UTC(2026, 0, 31, 23, 59, 58));
    expect(path).toBe(join(folder, 'capture-20260131-235958-abcdef012345.pcap'));
    expect((await file.stat()).mode & 0o777).toBe(0o600);
    await file.close();
    await expect(createFile(folder, 'abcdef012345', Date.UTC(2026, 0, 31, 23, 59, 58))).rejects.toThrow('EEXIST');
  });

  test.each(['little', 'big'] as const)(
    'counts whole records of %s-endian files, going on where it was',
    async (order) => {
      const header = Buffer.alloc(24);
      const record = Buffer.alloc(16 + 100);
      if (order === 'little') header.writeUInt32LE(0xa1b2c3d4, 0);
      else header.writeUInt32BE(0xa1b2c3d4, 0);
      if (order === 'little') record.writeUInt32LE(100, 8);
      else record.writeUInt32BE(100, 8);
      const path = join(folder, 'x.pcap');
      const file = await open(path, 'w+');
      try {
        expect(await countRecords(file, nothingCounted)).toEqual({ packets: 0, at: 0 });
        await file.write(
          Buffer.concat([header, ...Array.from({ length: 20_000 }, () => record), record.subarray(0, 50)]),
        );
        const first = await countRecords(file, nothingCounted);
        expect(first).toEqual({ packets: 20_000, at: 24 + 20_000 * 116 });
        await file.write(record.subarray(50));
        expect(await countRecords(file, first)).toEqual({ packets: 20_001, at: 24 + 20_001 * 116 });
        // A length that no capture has ends the count instead of leading on.
        const wrong = Buffer.alloc(16, 0xff);
        await file.write(wrong);
        expect((await countRecords(file, nothingCounted)).packets).toBe(20_001);
      } finally {
        await file.close();
      }
    },
  );
});

test('without tcpdump the package is named', async () => {
  const ports = refusingPorts({
    exec: { run: async () => ({ code: 0, stdout: '', stderr: '' }), find: async () => undefined },
  });
  const captures = createLiveCaptures(ports, async () => '/nowhere');
  const starting = captures.start(request, new AbortController().signal);
  await expect(starting).rejects.toMatchObject({ code: 'missing_binary', hint: 'Install it: apt-get install tcpdump' });
  expect(await captures.list()).toEqual([]);
});

test.each([
  ['tcpdump: v0: That device is not up', 'invalid_argument', 'ip link set v0 up'],
  ['tcpdump: v0: No such device exists\n(No such device exists)', 'not_found', 'get_interfaces'],
  ["tcpdump: v0: You don't have permission to capture on that device", 'not_permitted', 'CAP_NET_RAW'],
  ["tcpdump: Couldn't change to 'tcpdump' uid=100 gid=102: Operation not permitted", 'not_permitted', 'user namespace'],
  ['tcpdump: something new', 'internal', 'tcpdump -i v0'],
  ['', 'internal', 'tcpdump -i v0'],
])('%j is %s', (said, code, hint) => {
  const failure = startFailure(said, request);
  expect(failure.code).toBe(code);
  expect(failure.hint).toContain(hint);
});
