// Who talks most in one direction: the kernel's table, taken over into a table of ours whenever it gets full.
// An entry leaves the kernel's table only when no running program knows it any more, so every packet is counted once.
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { fromUnknown, NetError } from '../../model/errors.ts';
import type { TalkerCounts } from '../../model/traffic.ts';
import { createTalkerTable, generationOf, type TalkerEntries, type Unplaced } from '../../monitor/talker-table.ts';
import { talkerKeyBytes } from '../../monitor/layout.ts';
import type { BpfCalls } from './calls.ts';
import { type Batch, deleteBatch, lookUpBatch, makeBatch, update } from './maps.ts';
import type { LoadedProgram } from './programs.ts';

/** Entries a call: a tenth of a millisecond of the kernel's time, and half a millisecond of ours. */
const batchSize = 1024;
const maxKept = 16_384;
/** Share of the kernel's table from which on it is taken over. */
const fullFrom = 0.75;
/** Where the kernel cannot say that the programs are over: no packet takes a program that long. */
const settleMs = 50;

export interface Talkers {
  /** Takes the kernel's table over when it is nearly full. Answers at once and never throws: what fails, `largest` throws. */
  watch: () => void;
  largest(limit: number, other: () => Unplaced): Promise<TalkerCounts>;
  /** Before the maps are closed: nothing reads them from then on, and readings under way reject. */
  stop(): void;
}

interface Reading {
  batch: Batch;
  count: number;
}

/** `added`: entries that the program has made since it was loaded. */
export const createTalkers = (
  calls: BpfCalls,
  program: LoadedProgram,
  by: 'address' | 'port',
  added: () => bigint,
): Talkers => {
  const entry = program.maps.get('talkers');
  const generationFd = program.maps.get('generation')?.fd;
  if (entry === undefined || generationFd === undefined) throw new Error('the program has no table of talkers');
  const { fd, definition } = entry;
  const table = createTalkerTable(by, maxKept);
  let generation = 0;
  let removed = 0n;
  let busy: Promise<unknown> = Promise.resolve();
  let waiting = false;
  let failure: unknown;
  let stopped = false;

  /** After every pause: the descriptors may be closed, and may be something else's by now. */
  const checkOpen = (): void => {
    if (stopped)
      throw new NetError('cancelled', 'The counter was closed.', 'Call again if the answer is still wanted.');
  };

  /** One after the other: a reading must not see entries that are being taken over. */
  const alone = <Value>(work: () => Promise<Value>): Promise<Value> => {
    const done = busy.then(work);
    busy = done.catch(() => undefined);
    return done;
  };

  async function* read(): AsyncGenerator<Reading> {
    let from: Buffer | undefined;
    do {
      const batch = makeBatch(definition, batchSize);
      const { count, next } = lookUpBatch(calls, fd, batch, from);
      yield { batch, count };
      await nextTurn();
      checkOpen();
      from = next;
    } while (from !== undefined);
  }

  const startGeneration = async (): Promise<void> => {
    generation = (generation + 1) % 256;
    const value = Buffer.alloc(4);
    value.writeUInt32LE(generation);
    update(calls, generationFd, Buffer.alloc(4), value);
    if (!(await calls.allProgramsOver())) await sleep(settleMs);
    checkOpen();
  };

  const takeOver = async (): Promise<void> => {
    checkOpen();
    await startGeneration();
    for await (const { batch, count } of read()) {
      const old: TalkerEntries = {
        keys: Buffer.alloc(batch.keys.length),
        amounts: Buffer.alloc(batch.values.length),
        count: 0,
      };
      const { valueBytes } = definition;
      for (let index = 0; index < count; index += 1) {
        if (generationOf(batch.keys, index) === generation) continue;
        old.keys.set(
          batch.keys.subarray(index * talkerKeyBytes, (index + 1) * talkerKeyBytes),
          old.count * talkerKeyBytes,
        );
        old.amounts.set(batch.values.subarray(index * valueBytes, (index + 1) * valueBytes), old.count * valueBytes);
        old.count += 1;
      }
      table.keep(old);
      deleteBatch(calls, fd, Buffer.from(old.keys.buffer), old.count);
      removed += BigInt(old.count);
      await nextTurn();
      checkOpen();
      table.prune();
    }
  };

  return {
    watch() {
      if (waiting || stopped) return;
      const settle = (error?: unknown): void => {
        waiting = false;
        if (!stopped) failure ??= error;
      };
      try {
        waiting = Number(added() - removed) >= definition.maxEntries * fullFrom;
      } catch (error) {
        settle(error);
      }
      if (waiting)
        alone(takeOver).then(() => {
          settle();
        }, settle);
    },
    largest: (limit, other) =>
      alone(async () => {
        checkOpen();
        if (failure !== undefined) throw fromUnknown(failure);
        const live: TalkerEntries[] = [];
        for await (const { batch, count } of read()) live.push({ keys: batch.keys, amounts: batch.values, count });
        return table.largest(live, limit, other());
      }),
    stop() {
      stopped = true;
    },
  };
};
