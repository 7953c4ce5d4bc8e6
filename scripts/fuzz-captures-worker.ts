// A thread of the capture fuzzer: checks every input whose number is its own, and tells which one it is at.
import { inspect } from 'node:util';
import { parentPort, workerData } from 'node:worker_threads';
import * as z from 'zod';
import { checkCapture } from '../tests/capture/fuzz/check.ts';
import { chance, mutated } from '../tests/capture/fuzz/mutate.ts';
import { seeds } from '../tests/capture/fuzz/seeds.ts';

const { seed, count, first, step, now } = z
  .object({
    seed: z.number(),
    count: z.number(),
    first: z.number(),
    step: z.number(),
    /** Number of the input it is at, and how many are done. */
    now: z.instanceof(Int32Array),
  })
  .parse(workerData);

/** Milliseconds of this thread's processor time. A first slow run may have compiled something: only the second counts. */
const allowed = (bytes: number): number => 150 + (bytes / 1_000_000) * 1000;

/** An operation takes 5 MB of buffers, deflating is slow, and a second engine costs as much as a small input: most go without. */
const share = { operations: 24, compressed: 96, parted: 4 };

interface Usage {
  user: number;
  system: number;
}

/** The development Node has it, which the types of the oldest supported one do not know. */
const measures = (node: object): node is { threadCpuUsage: (before?: Usage) => Usage } => 'threadCpuUsage' in node;

const processorTime = async (work: () => Promise<void>): Promise<number> => {
  if (!measures(process)) throw new Error('The fuzzer needs a Node.js with process.threadCpuUsage: 23.9 or later');
  const before = process.threadCpuUsage();
  await work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
};

const from = seeds();
let slowest = 0;
for (let index = first; index < count; index += step) {
  Atomics.store(now, 0, index);
  const bytes = mutated(from, seed, index);
  const check = (): Promise<void> => checkCapture(bytes, chance(seed + index), share);
  try {
    let milliseconds = await processorTime(check);
    if (milliseconds > allowed(bytes.length)) milliseconds = await processorTime(check);
    slowest = Math.max(slowest, milliseconds);
    if (milliseconds > allowed(bytes.length))
      throw new Error(`${bytes.length} bytes took ${Math.round(milliseconds)} ms of processor time`);
  } catch (error) {
    parentPort?.postMessage({ index, reason: inspect(error) });
  }
  Atomics.add(now, 1, 1);
}
parentPort?.postMessage({ index: count, milliseconds: slowest });
