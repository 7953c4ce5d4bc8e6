// What all operations on capture files have in common.
import { expect, test } from 'vitest';
import { captureOperations } from './index.ts';
import { aboutCapture } from './capture-call.ts';

test('a large file makes every operation that reads one a job, and none fail after 40 s', () => {
  const readers = captureOperations.filter(({ annotations }) => annotations === aboutCapture.annotations);
  expect(readers.length).toBeGreaterThan(5);
  expect(readers.filter(({ long }) => long !== true).map(({ name }) => name)).toEqual([]);
});
