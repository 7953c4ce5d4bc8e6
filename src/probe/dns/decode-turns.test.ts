// Decoding many messages leaves the process time for others, in the order they came.
import { expect, test } from 'vitest';
import { inDecodeTurn } from './decode-turns.ts';

const busy = (ms: number): void => {
  const end = performance.now() + ms;
  while (performance.now() < end);
};

test('long work is done one piece a turn of the event loop, in order; what is taken back is not done', async () => {
  const heard: string[] = [];
  const turns = (async () => {
    for (let turn = 0; heard.filter((word) => word !== 'other').length < 3; turn += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      heard.push('other');
    }
  })();
  const takeBack = ['first', 'second', 'dropped', 'third'].map((word) =>
    inDecodeTurn(() => {
      heard.push(word);
      busy(6);
    }),
  );
  takeBack[2]?.();
  expect(heard).toEqual([]);
  await turns;
  expect(heard.filter((word) => word !== 'other')).toEqual(['first', 'second', 'third']);
  expect(heard.join(' ')).toMatch(/first other.* second other.* third/);
});

test('short work shares a turn', async () => {
  const heard: number[] = [];
  for (let index = 0; index < 10; index += 1) inDecodeTurn(() => heard.push(index));
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
  expect(heard).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test('work that throws does not keep the rest waiting', async () => {
  const heard: string[] = [];
  const thrown = new Promise<unknown>((resolve) => process.once('uncaughtException', resolve));
  const others = process.listeners('uncaughtException').slice(0, -1);
  for (const listener of others) process.off('uncaughtException', listener);
  inDecodeTurn(() => {
    throw new Error('broken');
  });
  inDecodeTurn(() => heard.push('after'));
  expect(await thrown).toMatchObject({ message: 'broken' });
  for (const listener of others) process.on('uncaughtException', listener);
  await expect.poll(() => heard).toEqual(['after']);
});
