// docs/parity.md against the repository: every feature once, and nothing named that does not exist.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { allOperations } from '../../src/operations/index.ts';

const root = join(import.meta.dirname, '..', '..');
/** id, theirs, ours, shown by; faults of theirs (`D-20`) among them. */
const allRows = readFileSync(join(root, 'docs/parity.md'), 'utf8')
  .split('\n')
  .filter((line) => /^\| [A-J]-?\d+ +\|/.test(line))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

const rows = allRows.filter(([id = '']) => !id.includes('-'));

/** How many features each section of the three systems' list has. */
const counts = { A: 31, B: 23, C: 39, D: 4, E: 32, F: 9, G: 11, H: 26, I: 20, J: 17 };

test('every feature has its row, once and in order', () => {
  const expected = Object.entries(counts).flatMap(([section, count]) =>
    Array.from({ length: count }, (_, index) => `${section}${index + 1}`),
  );
  expect(rows.map(([id]) => id)).toEqual(expected);
});

test('a row names its test, or says why there is none', () => {
  const bare = rows.filter(([, , ours = '', shown = '']) => shown === '' && !/not yet|dropped|not repeated/.test(ours));
  expect(bare.map(([id]) => id)).toEqual(['G10']);
});

test('faults that captures and the monitor had are said, each with tests that name it or what it did', () => {
  const faults = allRows.filter(([id = '']) => id.includes('-'));
  expect(faults.map(([id]) => id)).toEqual([
    ...['D-20', 'D-21', 'D-22', 'D-25', 'D-28', 'D-29'],
    ...['D-31', 'D-32', 'D-33', 'D-34'],
  ]);
  for (const [id = '', ...cells] of faults) {
    const tests = [...(cells[2] ?? '').matchAll(/`([^`]+)`/g)].map(([, path = '']) =>
      readFileSync(join(root, path), 'utf8'),
    );
    expect(
      tests.some((text) => text.includes(id)),
      id,
    ).toBe(true);
  }
});

test('every file named exists', () => {
  const missing = allRows.flatMap(([id = '', , ours = '', shown = '']) =>
    [...`${ours} ${shown}`.matchAll(/`((?:src|tests|policy|docs)\/[^`*]+)`/g)]
      .filter(([, path = '']) => !existsSync(join(root, path)))
      .map(([, path = '']) => `${id}: ${path}`),
  );
  expect(missing).toEqual([]);
});

test('every tool that is said to do a tool’s work exists', () => {
  const known = new Set(allOperations.map(({ name }) => name));
  const done = rows.filter(([id = '', , ours = '']) => /^[CH]/.test(id) && !/not yet|dropped/.test(ours));
  const wrong = done.flatMap(([id = '', , ours = '']) => {
    const [, name] = /^`([a-z_]+)/.exec(ours) ?? [];
    return name === undefined || known.has(name) ? [] : [`${id}: ${name}`];
  });
  expect(wrong).toEqual([]);
});
