import { expect, it, test } from 'vitest';
import { createLimiter, openFilesOf, type Share } from './limits.ts';

const { signal } = new AbortController();

/** As many as are given at once. */
const takeAll = async (share: Share, wanted: number): Promise<(() => void)[]> => {
  const given: (() => void)[] = [];
  for (let each = 0; each < wanted; each += 1) void share.acquire(signal).then((release) => given.push(release));
  await Promise.resolve();
  return given;
};

it('a call alone leaves as many free as it takes, so the next ones find places', async () => {
  const limiter = createLimiter(64);
  const [first, second, third] = [limiter.share(1000), limiter.share(1000), limiter.share(1000)];
  expect(await takeAll(first, 100)).toHaveLength(32);
  expect(await takeAll(second, 100)).toHaveLength(16);
  expect(await takeAll(third, 100)).toHaveLength(8);
  expect(limiter.taken()).toBe(56);
});

it('never gives more places than there are, nor to one share more than it may have', async () => {
  const limiter = createLimiter(10);
  expect(await takeAll(limiter.share(3), 9)).toHaveLength(3);
  for (let each = 0; each < 20; each += 1) await takeAll(limiter.share(5), 9);
  expect(limiter.taken()).toBe(10);
});

it('a place that is given back goes to those who wait, in turn', async () => {
  const limiter = createLimiter(4);
  const [greedy, modest] = [limiter.share(10), limiter.share(10)];
  const held = await takeAll(greedy, 10);
  const others = await takeAll(modest, 10);
  expect([held.length, others.length]).toEqual([2, 1]);
  for (let round = 0; round < 6; round += 1) {
    (round % 2 === 0 ? held : others).shift()?.();
    await Promise.resolve();
  }
  expect(others.length).toBeGreaterThan(0);
  expect(held.length).toBeGreaterThan(0);
});

it('giving back twice counts once', async () => {
  const limiter = createLimiter(4);
  const [release] = await takeAll(limiter.share(1), 1);
  release?.();
  release?.();
  expect(limiter.taken()).toBe(0);
});

it('who is cancelled while waiting takes no place', async () => {
  const limiter = createLimiter(2);
  const [release] = await takeAll(limiter.share(2), 1);
  const share = limiter.share(1);
  const [other] = await takeAll(share, 1);
  const abort = new AbortController();
  const waiting = share.acquire(abort.signal);
  abort.abort(new Error('told to'));
  await expect(waiting).rejects.toThrow('told to');
  await expect(share.acquire(abort.signal)).rejects.toThrow('told to');
  release?.();
  other?.();
  expect(limiter.taken()).toBe(0);
});

test.each([
  [
    'Limit  Soft Limit  Hard Limit  Units\nMax open files            20000                524288               files \n',
    20_000,
  ],
  ['Max open files            unlimited            unlimited            files\n', Infinity],
  ['Max open file locks 5 5\n', undefined],
  ['', undefined],
])('soft limit in %j', (text, limit) => {
  expect(openFilesOf(text)).toBe(limit);
});
