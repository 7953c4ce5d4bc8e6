// Inputs that once broke a reader of captures, and a few hundred of the fuzzer's, the same each time: none may break one again.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkCapture } from './fuzz/check.ts';
import { chance, mutated } from './fuzz/mutate.ts';
import { seeds } from './fuzz/seeds.ts';

const folder = join(import.meta.dirname, 'corpus');
const saved = readdirSync(folder);
const everything = { operations: 'all', compressed: 16, parted: 1 } as const;

test('there are some', () => {
  expect(saved.length).toBeGreaterThan(3);
});

test.each(saved)('%s', async (name) => {
  const bytes = new Uint8Array(readFileSync(join(folder, name)));
  for (let seed = 0; seed < 4; seed += 1) await checkCapture(bytes, chance(seed), everything);
});

test('what the fuzzer begins with is read without a fault', async () => {
  for (const [index, { name, bytes }] of seeds().entries()) {
    await expect(checkCapture(bytes, chance(index), everything), name).resolves.toBeUndefined();
  }
});

test('400 mutated captures', async () => {
  const from = seeds();
  for (let index = 0; index < 400; index += 1) {
    await expect(
      checkCapture(mutated(from, 5, index), chance(index), { operations: 1, compressed: 16, parted: 1 }),
      `input ${index} of seed 5`,
    ).resolves.toBeUndefined();
  }
});
