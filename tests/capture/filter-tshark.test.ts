// The filter language against tshark: every expression of the table lets the same packets pass, number by number, on every public capture.
// Exceptions have reasons; one that is no longer needed fails.
import { expect, test } from 'vitest';
import { NetError } from '../../src/model/errors.ts';
import { filterExceptions, type FilterException } from './filter-exceptions.ts';
import { filterExpressions } from './filter-expressions.ts';
import { passing, referencePassing } from './filter-passing.ts';
import { requireFeature } from '../helpers/skip.ts';
import { besideTheProject, publicCaptures } from './tshark.ts';

/** Without those that hold the packets of another one in the other byte order, which the reader's tests compare. */
const captures = publicCaptures().filter(({ name }) => !name.includes('/output_le_'));

const exceptionOf = (name: string, expression: string): FilterException | undefined =>
  filterExceptions.find(
    ({ files, expressions }) => files.includes(name) && (expressions === undefined || expressions.includes(expression)),
  );

const excepted = (): string[] =>
  filterExceptions.flatMap(({ files, reason }) => files.map((file) => `${file}: ${reason}`));

const readable = (error: unknown): boolean =>
  error instanceof NetError && ['empty_capture', 'truncated_capture', 'not_a_capture'].includes(error.code);

test('the table holds what the language promises', () => {
  expect(new Set(filterExpressions).size).toBe(filterExpressions.length);
  expect(filterExpressions.length).toBeGreaterThanOrEqual(150);
});

test('every expression lets the packets pass that tshark lets pass', { timeout: 900_000 }, async (context) => {
  await requireFeature(context, besideTheProject);
  const differences: string[] = [];
  const needed = new Set<string>();
  let compared = 0;
  for (const { name, path } of captures) {
    const [ours, reference] = await Promise.all([
      passing(path, filterExpressions).catch((error: unknown) => {
        if (!readable(error)) throw error;
        return [];
      }),
      referencePassing(path, filterExpressions),
    ]);
    for (const [index, expression] of filterExpressions.entries()) {
      const theirs = reference?.get(expression);
      if (theirs === undefined || ours.length === 0) continue;
      compared += 1;
      if (ours[index] === theirs) continue;
      const exception = exceptionOf(name, expression);
      if (exception !== undefined) needed.add(`${name}: ${exception.reason}`);
      else differences.push(`${name}: ${expression}: ${(ours[index] ?? '').slice(0, 60)} | ${theirs.slice(0, 60)}`);
    }
  }
  expect(differences).toEqual([]);
  expect(excepted().filter((entry) => !needed.has(entry))).toEqual([]);
  expect(compared).toBeGreaterThan(15_000);
});
