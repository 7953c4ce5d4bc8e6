// The flow table at its bound: a flood of SYNs is counted to the last packet, and memory stays where it was.
import { expect, test } from 'vitest';
import { readCapture } from '../../src/capture/read.ts';
import { UNANSWERED } from '../../src/capture/engine/verdicts.ts';
import { frame, ip, join, pcap, tcp } from './craft.ts';
import { sourceOf } from './tcp-reference.ts';

const bound = 2 ** 20;

/** Bare SYNs of as many sources. */
const flood = (packets: number): Uint8Array => {
  const segment = tcp({ sourcePort: 1024, destinationPort: 80, seq: 7, flags: 'S' });
  const one = pcap([{ time: 1_700_000_000_000_000_000n, bytes: frame(ip('10.0.0.1', '192.0.2.1', 6, segment)) }]);
  const record = one.subarray(24);
  const records = new Uint8Array(record.length * packets);
  const view = new DataView(records.buffer);
  for (let at = 0; at < packets; at += 1) {
    records.set(record, at * record.length);
    view.setUint32(at * record.length + 16 + 26, at);
  }
  return join(one.subarray(0, 24), records);
};

test('a flood of flows', async () => {
  const packets = bound + 60_000;
  const options = { maxPackets: undefined, signal: new AbortController().signal };
  const { exports } = (await readCapture(sourceOf(flood(packets)), options)).engine;
  expect(exports.flowCount()).toBe(bound);
  expect(exports.otherFlows()).toBe(packets - bound);
  expect(exports.otherPackets()).toBe(packets - bound);
  expect(exports.otherUnanswered()).toBe(packets - bound);
  expect(exports.flowsSeen(6)).toBe(packets);
  // Those that are known to the end may still be answered.
  expect(exports.tcpPending()).toBe(bound);
  expect(exports.tcpUnanswered()).toBe(packets - bound);
  expect(exports.verdictCount(UNANSWERED)).toBe(packets - bound);
  expect(exports.memoryTaken()).toBeLessThan(160 * 1024 * 1024);
});
