import koffi from 'koffi';
import { expect, test } from 'vitest';
import { loadKoffi } from './koffi.ts';

test('is the native part that koffi itself finds, loaded once', () => {
  expect(loadKoffi()).toBe(koffi);
  expect(loadKoffi().version).toBe(koffi.version);
});

test('calls functions of libc and tells their errno', () => {
  const { load, errno, os } = loadKoffi();
  const close = load(null).func('int close(int fd)');
  expect(close(-1)).toBe(-1);
  expect(errno()).toBe(os.errno['EBADF']);
});

test('tells the errno of a call in another thread too', async () => {
  const { load, errno, os } = loadKoffi();
  const close = load(null).func('int close(int fd)');
  const told = await new Promise((resolve) => {
    close.async(-1, () => {
      resolve(errno());
    });
  });
  expect(told).toBe(os.errno['EBADF']);
});
