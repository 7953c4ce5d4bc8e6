// Rows of results as a table, on the terminal and in RESULTS.md.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface Row {
  what: string;
  value: number;
  unit: 'ms' | 'MB' | 'KB' | 'x';
  /** Upper bound by the design; a row without one is there for comparison. */
  budget?: number;
}

const cells = ({ what, value, unit, budget }: Row): string[] => [
  what,
  budget === undefined ? '' : `<= ${String(budget)} ${unit}`,
  `${value.toFixed(value < 10 ? 2 : 1)} ${unit}`,
  budget === undefined ? '' : value <= budget ? 'yes' : '**NO**',
];

const table = (rows: readonly Row[]): string =>
  [['Measure', 'Budget', 'Measured', 'Met'], ['---', '---', '---:', '---'], ...rows.map(cells)]
    .map((row) => `| ${row.join(' | ')} |`)
    .join('\n');

const verdict = (rows: readonly Row[]): string => {
  const bounded = rows.filter(({ budget }) => budget !== undefined);
  const missed = bounded.filter(({ value, budget }) => budget !== undefined && value > budget);
  if (missed.length === 0) return `All ${String(bounded.length)} budgets are met.`;
  return `${String(missed.length)} of ${String(bounded.length)} budgets MISSED: ${missed.map(({ what }) => what).join('; ')}.`;
};

/** Writes RESULTS.md and gives its text. */
export const writeReport = async (machine: readonly string[], rows: readonly Row[]): Promise<string> => {
  const text = [
    '# Bench results',
    '',
    'Written by `npm run bench`. Times are medians of interleaved rounds, in private namespaces; ratios compare medians of the same run.',
    '',
    ...machine.map((line) => `- ${line}`),
    '',
    table(rows),
    '',
    verdict(rows),
    '',
  ].join('\n');
  await writeFile(join(import.meta.dirname, 'RESULTS.md'), text);
  return text;
};
