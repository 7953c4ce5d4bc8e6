// Reading captures: every byte counted, files cut or damaged anywhere, bounds honoured exactly, callers that leave, and turns for everybody else.
import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import type { Coverage } from '../../src/capture/coverage.ts';
import { readCapture, type OnIndexed } from '../../src/capture/read.ts';
import { createCaptures } from '../../src/host/captures.ts';
import { NetError } from '../../src/model/errors.ts';
import type { CaptureSource } from '../../src/model/ports.ts';
import { pcapFile, pcapHeader, pcapRecord, sourceOf, udpPacket } from './reading-files.ts';
import { publicCaptures } from './tshark.ts';

const signal = new AbortController().signal;

const coverageOf = async (
  source: CaptureSource,
  maxPackets?: number,
  onIndexed?: OnIndexed,
): Promise<Coverage & { counted: number }> => {
  const { engine, coverage } = await readCapture(source, { maxPackets, signal }, onIndexed);
  return { ...coverage, counted: engine.exports.packetCount() };
};

const codeOf = async (bytes: Uint8Array): Promise<string> => {
  try {
    await coverageOf(sourceOf(bytes));
    return 'read';
  } catch (error) {
    return error instanceof NetError ? error.code : String(error);
  }
};

const recordBytes = 16 + 62;
/** Several blocks of 2 MiB. */
const large = pcapFile(100_000);

test('a whole file: every packet, every byte', async () => {
  expect(await coverageOf(sourceOf(large))).toEqual({
    packets_read: 100_000,
    counted: 100_000,
    bytes_read: large.length,
    file_size_bytes: large.length,
    complete: true,
    ended: 'end_of_file',
    reason: null,
  });
});

test.each([1000, 65_537])('a source that gives %i bytes at once says the same', async (most) => {
  expect(await coverageOf(sourceOf(large, most))).toMatchObject({ packets_read: 100_000, complete: true });
});

test('a header and no packet is a capture of none', async () => {
  expect(await coverageOf(sourceOf(pcapHeader()))).toMatchObject({ packets_read: 0, bytes_read: 24, complete: true });
});

describe('cut', () => {
  const small = pcapFile(3);

  test('at every byte: what came before, where and why', async () => {
    for (let length = 24; length < small.length; length += 1) {
      const packets = Math.floor((length - 24) / recordBytes);
      const taken = 24 + packets * recordBytes;
      const whole = taken === length;
      expect(await coverageOf(sourceOf(small.subarray(0, length)))).toEqual({
        packets_read: packets,
        counted: packets,
        bytes_read: taken,
        file_size_bytes: length,
        complete: whole,
        ended: whole ? 'end_of_file' : 'truncated',
        reason: whole ? null : `The file ends within the record that begins at byte ${taken}.`,
      });
    }
  });

  test('within its header there is nothing to tell, and nothing at all is another answer', async () => {
    for (let length = 1; length < 24; length += 1)
      expect(await codeOf(small.subarray(0, length))).toBe('truncated_capture');
    expect(await codeOf(new Uint8Array(0))).toBe('empty_capture');
  });

  test('in a later block', async () => {
    const found = await coverageOf(sourceOf(large.subarray(0, large.length - 1)));
    expect(found).toMatchObject({
      packets_read: 99_999,
      bytes_read: large.length - recordBytes,
      ended: 'truncated',
      reason: `The file ends within the record that begins at byte ${large.length - recordBytes}.`,
    });
  });
});

test('a file that becomes shorter while it is read is not complete, even at the end of a record', async () => {
  const whole = pcapFile(100);
  const shorter = sourceOf(whole.subarray(0, whole.length - 50 * recordBytes));
  expect(await coverageOf({ ...shorter, sizeBytes: whole.length })).toMatchObject({
    packets_read: 50,
    complete: false,
    ended: 'truncated',
    reason: `The file became ${50 * recordBytes} bytes shorter while it was read.`,
  });
});

describe('a pcapng block of no interest', () => {
  const words = (...values: number[]): Buffer => Buffer.from(Uint32Array.from(values).buffer);
  const section = words(0x0a0d0d0a, 28, 0x1a2b3c4d, 1, 0xffffffff, 0xffffffff, 28);
  const interest = words(1, 20, 1, 262_144, 20);
  const unknown = (bytes: number): Buffer =>
    Buffer.concat([words(0xbad, bytes), Buffer.alloc(bytes - 12), words(bytes)]);
  const packet = words(6, 36, 0, 0, 0, 4, 4, 0, 36);

  test.each([40, 400_000, 600_000, 5_000_000])('of %i bytes is passed over', async (bytes) => {
    const whole = Buffer.concat([section, interest, unknown(bytes), packet, unknown(bytes), packet]);
    for (const most of [Infinity, 9999]) {
      expect(await coverageOf(sourceOf(whole, most))).toMatchObject({
        packets_read: 2,
        bytes_read: whole.length,
        complete: true,
      });
    }
  });

  test('cut in its middle, the file is cut', async () => {
    const whole = Buffer.concat([section, interest, packet, unknown(600_000)]);
    expect(await coverageOf(sourceOf(whole.subarray(0, whole.length - 1000)))).toMatchObject({
      packets_read: 1,
      complete: false,
      ended: 'truncated',
      reason: 'The file ends 1000 bytes before the end of its last block.',
    });
  });
});

describe('damaged', () => {
  test.each([0, 1, 50_000])('after %i packets: what came before, and the byte', async (packets) => {
    const damaged = Buffer.concat([pcapFile(packets), pcapRecord(udpPacket(0), 0, 0x7fff_ffff), pcapFile(2)]);
    const offset = 24 + packets * recordBytes;
    expect(await coverageOf(sourceOf(damaged))).toMatchObject({
      packets_read: packets,
      bytes_read: offset,
      complete: false,
      ended: 'corrupt',
      reason: `At byte ${offset} stands a record that says it is longer than a packet can be.`,
    });
  });

  test.each(['hello, this is text', '<html>', '\x7fELF', '\0', 'x', 'PK'])('%j is no capture', async (text) => {
    expect(await codeOf(Buffer.from(text))).toBe('not_a_capture');
    expect(await codeOf(Buffer.from(text.padEnd(5000, '.')))).toBe('not_a_capture');
  });
});

describe('max_packets', () => {
  test.each([1, 7, 4096, 26_887, 99_999])('%i of more', async (maxPackets) => {
    expect(await coverageOf(sourceOf(large), maxPackets)).toMatchObject({
      packets_read: maxPackets,
      counted: maxPackets,
      bytes_read: 24 + maxPackets * recordBytes,
      complete: false,
      ended: 'max_packets',
      reason: `Only the first ${maxPackets} packets were asked for.`,
    });
  });

  test.each([100_000, 100_001, 4_294_967_294])('%i is all there are', async (maxPackets) => {
    expect(await coverageOf(sourceOf(large), maxPackets)).toMatchObject({ packets_read: 100_000, complete: true });
  });

  test('what lies beyond is not read', async () => {
    const source = sourceOf(large);
    await coverageOf(source, 10);
    const one = source.reads;
    const other = sourceOf(large);
    await coverageOf(other);
    expect(one).toBeLessThan(other.reads);
  });
});

describe('packets one by one', () => {
  test('all of them, in order, whatever the bounds of blocks', async () => {
    const numbers: number[] = [];
    const each: OnIndexed = ({ memory }, entries, address) => {
      const view = new DataView(memory.buffer);
      for (let entry = 0; entry < entries; entry += 1) numbers.push(view.getUint32(address + entry * 80 + 16, true));
      return false;
    };
    expect(await coverageOf(sourceOf(large, 100_003), 90_000, each)).toMatchObject({ packets_read: 90_000 });
    expect(numbers).toEqual(Array.from({ length: 90_000 }, (_, index) => index + 1));
  });

  test('a reader that has seen enough', async () => {
    const found = await coverageOf(sourceOf(large), undefined, () => true);
    expect(found).toMatchObject({ packets_read: 4096, complete: false, ended: 'stopped' });
  });

  test('a reader that fails leaves nothing under way', async () => {
    const source = sourceOf(large, 1000);
    const failing = coverageOf(source, undefined, () => {
      throw new Error('no more');
    });
    await expect(failing).rejects.toThrow('no more');
    const { reads } = source;
    await new Promise((resolve) => setImmediate(resolve));
    expect(source.reads).toBe(reads);
  });
});

describe('callers that leave', () => {
  const reason = new NetError('cancelled', 'The call was cancelled.', 'Call again.');

  test('before the start nothing is read', async () => {
    const source = sourceOf(large);
    const aborted = AbortSignal.abort(reason);
    await expect(readCapture(source, { maxPackets: undefined, signal: aborted })).rejects.toBe(reason);
    expect(source.reads).toBe(0);
  });

  test.each([false, true])('between blocks or packets (one by one: %s)', async (single) => {
    const controller = new AbortController();
    const source = sourceOf(large);
    const reading = readCapture(
      source,
      {
        maxPackets: undefined,
        signal: controller.signal,
        progress: () => {
          controller.abort(reason);
        },
      },
      single ? () => false : undefined,
    );
    await expect(reading).rejects.toBe(reason);
    const { reads } = source;
    await new Promise((resolve) => setImmediate(resolve));
    expect(source.reads).toBe(reads);
  });
});

test('others get their turn between blocks, and progress goes up to the size', async () => {
  let turns = 0;
  let going = true;
  const count = (): void => {
    turns += 1;
    if (going) setImmediate(count);
  };
  setImmediate(count);
  const told: number[] = [];
  await readCapture(sourceOf(large), {
    maxPackets: undefined,
    signal,
    progress: (done, total) => {
      told.push(done);
      expect(total).toBe(large.length);
    },
  });
  going = false;
  expect(turns).toBeGreaterThanOrEqual(Math.floor(large.length / (2 * 1024 * 1024)));
  expect(told).toEqual(told.toSorted((one, two) => one - two));
  expect(told.at(-1)).toBe(large.length);
});

test('the public captures hold what capinfos counts', async () => {
  const captures = createCaptures({ maxPackets: undefined, allowCustomFilters: true, allowedPaths: ['/'] });
  for (const { name, path } of publicCaptures()) {
    const { status, stdout } = spawnSync('capinfos', ['-M', '-T', '-r', '-c', path], { encoding: 'utf8' });
    // It gives no number for a file with faults.
    if (status !== 0) continue;
    const source = await captures.open(path);
    const { packets_read } = await coverageOf(source);
    await source.close();
    expect([name, packets_read]).toEqual([name, Number(stdout.trim().split('\t').at(-1))]);
  }
});
