// The filter language against tshark: every expression of the table lets the same packets pass, number by number, on every public capture.
// Exceptions have reasons; one that is not needed fails.
import { expect, test } from 'vitest';
import { NetError } from '../../src/model/errors.ts';
import { filterExceptions, withOtherBlocks } from './filter-exceptions.ts';
import { filterExpressions } from './filter-expressions.ts';
import { passing, referencePassing } from './filter-passing.ts';
import { requireFeature } from '../helpers/skip.ts';
import { besideTheProject, publicCaptures } from './tshark.ts';

/** Without those that hold the packets of another one in the other byte order, which the reader's tests compare. */
const captures = publicCaptures().filter(({ name }) => !name.includes('/output_le_'));

const pairOf = (name: string, expression: string): string => `${name}: ${expression}`;

const excepted = filterExceptions.flatMap(({ files, expressions }) =>
  files.flatMap((file) => expressions.map((expression) => pairOf(file, expression))),
);

/** True for every packet, and for nothing else that tshark counts. */
const isPacket = 'frame.interface_id';

type Passing = ReadonlyMap<string, string>;

/** tshark's numbers counted without what is no packet. */
const countedAnew = (reference: Passing): Passing => {
  const packets = (reference.get(isPacket) ?? '').split(',');
  const anew = (numbers: string): string =>
    numbers
      .split(',')
      .filter((number) => packets.includes(number))
      .map((number) => packets.indexOf(number) + 1)
      .join(',');
  return new Map([...reference].map(([expression, numbers]) => [expression, anew(numbers)]));
};

const referenceOf = async (name: string, path: string): Promise<Passing | undefined> => {
  const reference = await referencePassing(path, [...filterExpressions, isPacket]);
  return reference !== undefined && withOtherBlocks.includes(name) ? countedAnew(reference) : reference;
};

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
      referenceOf(name, path),
    ]);
    for (const [index, expression] of filterExpressions.entries()) {
      const theirs = reference?.get(expression);
      if (theirs === undefined || ours.length === 0) continue;
      compared += 1;
      if (ours[index] === theirs) continue;
      const pair = pairOf(name, expression);
      if (excepted.includes(pair)) needed.add(pair);
      else differences.push(`${pair}: ${(ours[index] ?? '').slice(0, 60)} | ${theirs.slice(0, 60)}`);
    }
  }
  expect(differences).toEqual([]);
  expect(excepted.filter((pair) => !needed.has(pair))).toEqual([]);
  expect(compared).toBeGreaterThan(15_000);
});
