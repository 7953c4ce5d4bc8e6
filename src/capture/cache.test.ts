import { expect, test } from 'vitest';
import { pcapFile, sourceOf, type CountedSource } from '../../tests/capture/reading-files.ts';
import { NetError } from '../model/errors.ts';
import { analyseCapture } from './analysis.ts';
import { createAnalysisCache, usualBounds, type AnalysisCache, type Bounds } from './cache.ts';
import { readCapture, type ReadOptions } from './read.ts';

const options = (more: Partial<ReadOptions> = {}): ReadOptions => ({
  maxPackets: undefined,
  signal: new AbortController().signal,
  ...more,
});

const small = pcapFile(10);
const large = pcapFile(100_000);
const cacheOf = (bounds: Partial<Bounds> = {}): AnalysisCache =>
  createAnalysisCache((source, asked) => readCapture(source, asked), { ...usualBounds, ...bounds });
const same = (bytes = small, name = 'a'): CountedSource => sourceOf(bytes, Infinity, name);
const reason = new NetError('cancelled', 'The call was cancelled.', 'Call again.');

test('a second question on the same file reads nothing, and every source is closed', async () => {
  const [first, second] = [sourceOf(small, Infinity, 'one file'), sourceOf(small, Infinity, 'one file')];
  const one = await analyseCapture(first, options());
  const two = await analyseCapture(second, options());
  expect(two.engine).toBe(one.engine);
  expect([first.reads > 0, second.reads]).toEqual([true, 0]);
  expect([first.closed, second.closed]).toEqual([true, true]);
});

test('a file that changed, and another number of packets, are read anew', async () => {
  const cache = cacheOf();
  const asked = [
    [same(), options()],
    [same(small, 'changed'), options()],
    [same(), options({ maxPackets: 3 })],
  ] as const;
  for (const [source, how] of asked) {
    await cache.get(source, how);
    expect(source.reads).toBeGreaterThan(0);
  }
  const again = same();
  expect((await cache.get(again, options({ maxPackets: 3 }))).coverage.packets_read).toBe(3);
  expect(again.reads).toBe(0);
});

test('two questions at once share one pass; both see its progress', async () => {
  const cache = cacheOf();
  const [first, second] = [same(large), same(large)];
  const told = [0, 0];
  const telling = (which: number): Partial<ReadOptions> => ({ progress: () => void (told[which] = 1) });
  const answers = await Promise.all([cache.get(first, options(telling(0))), cache.get(second, options(telling(1)))]);
  expect(answers[0]).toBe(answers[1]);
  expect([second.reads, second.closed, first.closed]).toEqual([0, true, true]);
  expect(told).toEqual([1, 1]);
});

test('whoever leaves a shared pass leaves it alone, also the one that began it', async () => {
  const cache = cacheOf();
  const leaving = new AbortController();
  const first = same(large);
  const began = cache.get(first, options({ signal: leaving.signal }));
  const stays = cache.get(
    same(large),
    options({
      progress: () => {
        leaving.abort(reason);
      },
    }),
  );
  await expect(began).rejects.toBe(reason);
  expect((await stays).coverage.packets_read).toBe(100_000);
  expect(first.closed).toBe(true);
});

test('when everybody has left, the pass ends, and the next question begins a new one', async () => {
  const cache = cacheOf();
  const leaving = new AbortController();
  const first = same(large);
  const progress = (): void => {
    leaving.abort(reason);
  };
  await expect(cache.get(first, options({ signal: leaving.signal, progress }))).rejects.toBe(reason);
  const second = same(large);
  expect((await cache.get(second, options())).coverage.complete).toBe(true);
  expect(second.reads).toBeGreaterThan(0);
  expect(first.closed).toBe(true);
  const { reads } = first;
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(first.reads).toBe(reads);
});

test('a caller that left before the start reads nothing', async () => {
  const source = same();
  await expect(cacheOf().get(source, options({ signal: AbortSignal.abort(reason) }))).rejects.toBe(reason);
  await new Promise((resolve) => setImmediate(resolve));
  expect([source.reads, source.closed]).toEqual([0, true]);
});

test('a file that cannot be read is no answer that is kept', async () => {
  const cache = cacheOf();
  const text = Buffer.from('this is text, and no capture at all');
  for (const source of [same(text), same(text)]) {
    await expect(cache.get(source, options())).rejects.toMatchObject({ code: 'not_a_capture' });
    expect([source.reads > 0, source.closed]).toEqual([true, true]);
  }
});

/** Whether each of the files must be read again. */
const forgotten = async (cache: AnalysisCache, names: readonly string[]): Promise<boolean[]> => {
  const sources = names.map((name) => same(small, name));
  for (const source of sources) await cache.get(source, options());
  return sources.map(({ reads }) => reads > 0);
};

test('few are kept, those asked for last', async () => {
  const cache = cacheOf({ entries: 2 });
  await forgotten(cache, ['a', 'b', 'a', 'c']);
  expect(await forgotten(cache, ['a', 'c', 'b'])).toEqual([false, false, true]);
});

test('their memory is bounded: what is larger than the bound is not kept at all', async () => {
  const { engine } = await readCapture(same(), options());
  const one = engine.exports.memoryTaken();
  const cache = cacheOf({ bytes: 2 * one });
  await forgotten(cache, ['a', 'b', 'c']);
  expect(await forgotten(cache, ['c', 'b', 'a'])).toEqual([false, false, true]);
  const tiny = cacheOf({ bytes: one - 1 });
  expect(await forgotten(tiny, ['a', 'a'])).toEqual([true, true]);
});

test('nothing is kept for long without a question', async () => {
  const cache = cacheOf({ idleMs: 5 });
  await forgotten(cache, ['a']);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(await forgotten(cache, ['a'])).toEqual([true]);
});

test('only so many files are read at once', async () => {
  let most = 0;
  const sources = ['a', 'b', 'c', 'd', 'e'].map((name) => {
    const source = same(large, name);
    const read = source.read.bind(source);
    source.read = (into, position) => {
      const given = read(into, position);
      most = Math.max(most, sources.filter(({ reads, closed }) => reads > 0 && !closed).length);
      return given;
    };
    return source;
  });
  const cache = cacheOf();
  await Promise.all(sources.map((source) => cache.get(source, options())));
  expect(most).toBe(2);
});
