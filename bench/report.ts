// Rows of results as a table, on the terminal and in a file of this folder.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface Row {
  what: string;
  value: number;
  unit: 'ms' | 'ns' | 'MB' | 'KB' | 'x' | 'characters' | 'Gbit/s' | 'kpps';
  /** Upper bound by the design; a row without a bound is there for comparison. */
  budget?: number;
  /** Lower bound by the design. */
  atLeast?: number;
}

const isMet = ({ value, budget, atLeast }: Row): boolean =>
  (budget === undefined || value <= budget) && (atLeast === undefined || value >= atLeast);

const isBounded = ({ budget, atLeast }: Row): boolean => budget !== undefined || atLeast !== undefined;

const bound = ({ budget, atLeast, unit }: Row): string => {
  if (budget !== undefined) return `<= ${String(budget)} ${unit}`;
  return atLeast === undefined ? '' : `>= ${String(atLeast)} ${unit}`;
};

const cells = (row: Row): string[] => [
  row.what,
  bound(row),
  `${row.value.toFixed(row.value < 10 ? 2 : 1)} ${row.unit}`,
  isBounded(row) ? (isMet(row) ? 'yes' : '**NO**') : '',
];

const table = (rows: readonly Row[]): string =>
  [['Measure', 'Budget', 'Measured', 'Met'], ['---', '---', '---:', '---'], ...rows.map(cells)]
    .map((row) => `| ${row.join(' | ')} |`)
    .join('\n');

const verdict = (rows: readonly Row[]): string => {
  const bounded = rows.filter(isBounded);
  const missed = bounded.filter((row) => !isMet(row));
  if (missed.length === 0) return `All ${String(bounded.length)} budgets are met.`;
  return `${String(missed.length)} of ${String(bounded.length)} budgets MISSED: ${missed.map(({ what }) => what).join('; ')}.`;
};

export interface Report {
  /** In this folder. */
  file: string;
  title: string;
  /** How it was measured, in a sentence or two. */
  method: string;
  machine: readonly string[];
  rows: readonly Row[];
}

/** Writes the file and gives its text. */
export const writeReport = async ({ file, title, method, machine, rows }: Report): Promise<string> => {
  const lines = machine.map((line) => `- ${line}`);
  const text = [`# ${title}`, '', method, '', ...lines, '', table(rows), '', verdict(rows), ''].join('\n');
  await writeFile(join(import.meta.dirname, file), text);
  return text;
};
