// Puts one input through everything that reads captures. Throws when something throws that is no NetError, when sums disagree, when memory grows.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { checkCompressed } from './check-compressed.ts';
import { checkEngine } from './check-engine.ts';
import { checkOperations } from './check-operations.ts';
import type { Chance } from './mutate.ts';

/** What is tried of an input beside the engine, the decoders and the reports: every operation, or one of them for one input of `operations`. */
export interface Share {
  operations: number | 'all';
  /** Packed forms, and reading in several pieces, for one input of so many. */
  compressed: number;
  parted: number;
}

export const checkCapture = async (bytes: Uint8Array, random: Chance, share: Share): Promise<void> => {
  const { operations, compressed } = share;
  await checkEngine(bytes, random, share);
  if (operations === 'all' || random.below(operations) === 0)
    await checkOperations(bytes, random, operations === 'all');
  if (bytes.length > 0 && random.below(compressed) === 0) await checkCompressed(bytes, random);
  await nextTurn();
};
