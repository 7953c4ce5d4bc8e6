// The records of every public capture: times, lengths and interfaces as tshark reads them.
import { describe, expect, it } from 'vitest';
import {
  ENTRY_BYTES,
  ENTRY_CAPTURED,
  ENTRY_INTERFACE,
  ENTRY_ORIGINAL,
  ENTRY_TIME,
} from '../../src/capture/engine/layout.ts';
import { readCapture } from '../../src/capture/read.ts';
import { timeOrNull } from '../../src/capture/reports/values.ts';
import { exceptionOf, recordExceptions, recordsUncompared } from './reference-exceptions.ts';
import { sourceOfFile } from './source.ts';
import { publicCaptures, tsharkFields } from './tshark.ts';

interface Row {
  nanoseconds: bigint;
  length: number;
  captured: number;
  interface: number;
}

const ours = async (path: string): Promise<Row[]> => {
  const rows: Row[] = [];
  await readCapture(
    await sourceOfFile(path),
    { maxPackets: undefined, signal: new AbortController().signal },
    ({ memory }, entries, address) => {
      const view = new DataView(memory.buffer);
      for (let at = address; at < address + entries * ENTRY_BYTES; at += ENTRY_BYTES)
        rows.push({
          nanoseconds: timeOrNull(view.getBigInt64(at + ENTRY_TIME, true)) ?? 0n,
          length: view.getUint32(at + ENTRY_ORIGINAL, true),
          captured: view.getUint32(at + ENTRY_CAPTURED, true),
          interface: view.getUint32(at + ENTRY_INTERFACE, true),
        });
      return false;
    },
  );
  return rows;
};

/** "12.345" in nanoseconds; a packet without a time has 0. */
const nanosecondsOf = (text: string): bigint => {
  const [seconds = '', fraction = ''] = text.split('.');
  return text === '' ? 0n : BigInt(seconds) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0'));
};

const theirs = async (path: string): Promise<Row[]> => {
  const fields = ['frame.time_epoch', 'frame.len', 'frame.cap_len', 'frame.interface_id', 'frame.encap_type'];
  const rows = await tsharkFields(path, fields);
  return (
    rows
      // Frames without a link type are blocks that are no packets.
      .filter(([, , , , encapsulation]) => encapsulation !== '')
      .map(([time = '', length, captured, number]) => ({
        nanoseconds: nanosecondsOf(time),
        length: Number(length),
        captured: Number(captured),
        interface: Number(number),
      }))
  );
};

describe('records are those of tshark', () => {
  for (const { name, path } of publicCaptures()) {
    if (recordsUncompared.includes(name)) continue;
    it(name, async () => {
      const [mine, reference] = await Promise.all([ours(path), theirs(path)]);
      if (exceptionOf(recordExceptions, name) !== undefined) {
        const [last, other] = [mine.pop(), reference.pop()];
        expect(last).toEqual({ ...other, nanoseconds: (other?.nanoseconds ?? 0n) + 2_147_483_648_000n });
      }
      expect(mine).toEqual(reference);
    });
  }
});
