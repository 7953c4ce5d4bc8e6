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

export const cursorInput = { cursor: z.string().max(24).optional() };

export interface RowsInput {
  top_n?: number | undefined;
  cursor?: string | undefined;
}

export interface RowRange {
  /** The first row to show, and how many at most. */
  start: number;
  wanted: number;
  /** As the cursor has them; undefined on the first page. */
  given: { file: string; order: string } | undefined;
}

/** What a cursor goes on in: the state of a file, and the arguments that say which rows there are and in which order. */
export interface Listing {
  identity: string;
  order: Readonly<Record<string, string | number | undefined>>;
}

/** Tells one text from another. */
export const codeOf = (text: string): string => {
  let hash = 0;
  for (let at = 0; at < text.length; at += 1) hash = (Math.imul(hash, 31) + text.charCodeAt(at)) >>> 0;
  return hash.toString(36);
};

const orderOf = ({ order }: Listing): string => codeOf(JSON.stringify(Object.values(order).map((value) => value ?? 0)));

const refused = (what: string, hint: string): NetError =>
  new NetError('invalid_argument', `Argument cursor: ${what}.`, hint);

export const rowRange = ({ top_n = usualRows, cursor }: RowsInput): RowRange => {
  if (cursor === undefined) return { start: 0, wanted: top_n, given: undefined };
  const [all, row, file = '', order = ''] = /^(\d{1,7})-([\da-z]{1,7})-([\da-z]{1,7})$/.exec(cursor) ?? [];
  if (all !== undefined && Number(row) < lastRow) return { start: Number(row), wanted: top_n, given: { file, order } };
  throw refused('not one that was given', 'Pass cursor as the previous answer has it, or leave it out.');
};

/** Throws unless the cursor was given for this listing: rows of another one would be missing or twice. */
export const checkContinues = ({ given }: RowRange, listing: Listing): void => {
  if (given === undefined) return;
  if (given.file !== codeOf(listing.identity))
    throw refused('it was given for another file, or the file has changed since', 'Leave cursor out to begin again.');
  if (given.order !== orderOf(listing))
    throw refused(
      'it was given for other arguments',
      `Pass ${Object.keys(listing.order).join(', ')} as before, or leave cursor out to begin again.`,
    );
};

/** Where the next page begins. */
export const cursorAt = (row: number, listing: Listing): string =>
  `${row}-${codeOf(listing.identity)}-${orderOf(listing)}`;

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
