// Lists of alike records as columns, where they fit a line; what does not fit stays a list.
import { plainText } from '../model/plain-text.ts';
import { isRecord } from '../model/record.ts';

const maxRowCharacters = 180;
const maxCellCharacters = 60;

type Plain = string | number | boolean | null | undefined;
const isPlain = (value: unknown): value is Plain => typeof value !== 'object' || value === null;

/** Null where the value is no cell: it has structure of its own. */
const cellOf = (value: unknown): string | null => {
  if (value === null || value === undefined) return '';
  if (isPlain(value)) return String(value);
  return Array.isArray(value) && value.every(isPlain) ? value.map(String).join(',') : null;
};

/** The records as rows below a line of column names, without columns that are empty throughout; undefined: better shown as a list. */
export const tableOf = (records: readonly unknown[]): string[] | undefined => {
  if (records.length < 2 || !records.every(isRecord)) return undefined;
  const rows = records.map((record) => new Map<string, unknown>(Object.entries(record)));
  const names = [...new Set(rows.flatMap((row) => [...row.keys()]))];
  const columns: string[][] = [];
  for (const name of names) {
    const cells = rows.map((row) => cellOf(row.get(name)));
    if (cells.every((cell) => cell === '')) continue;
    const shown: string[] = [];
    for (const cell of cells) {
      if (cell === null || cell.length > maxCellCharacters || cell.includes('\n')) return undefined;
      shown.push(plainText(cell === '' ? '-' : cell, maxCellCharacters));
    }
    columns.push([plainText(name, maxCellCharacters), ...shown]);
  }
  const widths = columns.map((cells) => Math.max(...cells.map((cell) => cell.length)));
  if (widths.reduce((sum, width) => sum + width + 2, 0) > maxRowCharacters) return undefined;
  return ['', ...rows].map((_row, index) =>
    columns
      .map((cells, column) => (cells[index] ?? '').padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
};
