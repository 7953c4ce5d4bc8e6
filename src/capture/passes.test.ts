import { expect, test } from 'vitest';
import { createTurns } from './passes.ts';

const never = new AbortController().signal;

test('so many turns at once, the others in order', async () => {
  const take = createTurns(2);
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  const all = [1, 2, 3, 4].map(async (number) => {
    const end = await take(never);
    begun.push(number);
    ends.push(end);
  });
  await Promise.all(all.slice(0, 2));
  expect(begun).toEqual([1, 2]);
  ends[0]?.();
  await all[2];
  expect(begun).toEqual([1, 2, 3]);
  ends[1]?.();
  await all[3];
  expect(begun).toEqual([1, 2, 3, 4]);
});

test('who stops waiting leaves the queue and takes no turn', async () => {
  const take = createTurns(1);
  const end = await take(never);
  const impatient = new AbortController();
  const waiting = take(impatient.signal);
  const patient = take(never);
  impatient.abort(new Error('no more'));
  await expect(waiting).rejects.toThrow('no more');
  end();
  (await patient)();
  await expect(take(impatient.signal)).rejects.toThrow('no more');
  (await take(never))();
});
