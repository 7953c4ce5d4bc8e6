// How many rows an answer on a capture shows: those asked for, or as many as make a short answer; and the cursor to the next.
import * as z from 'zod';
import { NetError } from '../../model/errors.ts';

/** Rows shown when nobody says how many, unless they are long. */
const usualRows = 20;
const usualCharacters = 4600;
/** What fits in any answer, however many rows are asked for. */
const maxCharacters = 15_000;

/** Highest number of rows that can be looked at. */
const lastRow = 1_000_000;

export const rowsInput = {
  top_n: z.number().int().min(1).max(500).optional().describe('Default: 20, or what fits a short answer'),
};

export const cursorInput = { cursor: z.string().max(12).optional() };

export interface RowsInput {
  top_n?: number | undefined;
  cursor?: string | undefined;
}

/** The first row to show, and how many at most. */
export const rowRange = ({ top_n = usualRows, cursor }: RowsInput): { start: number; wanted: number } => {
  if (cursor === undefined) return { start: 0, wanted: top_n };
  if (/^\d{1,7}$/.test(cursor) && Number(cursor) < lastRow) return { start: Number(cursor), wanted: top_n };
  throw new NetError(
    'invalid_argument',
    'Argument cursor: not one that was given.',
    'Pass cursor as the previous answer has it, or leave it out.',
  );
};

/** At least one row, then as many as fit. */
export const fittingRows = <Row>(rows: readonly Row[], { top_n }: RowsInput): Row[] => {
  const most = top_n === undefined ? usualCharacters : maxCharacters;
  const fitting: Row[] = [];
  let characters = 0;
  for (const row of rows) {
    characters += JSON.stringify(row).length + 1;
    if (fitting.length > 0 && characters > most) break;
    fitting.push(row);
  }
  return fitting;
};

/** `1 conversation`, `3 conversations`. */
export const conversationsText = (count: number, which = ''): string =>
  `${count} ${which}${count === 1 ? 'conversation' : 'conversations'}`;

export const putOutSchema = z
  .strictObject({ conversations: z.number(), packets: z.number(), bytes: z.number() })
  .nullable()
  .describe('Conversations that made room for others: counted, not listed');
