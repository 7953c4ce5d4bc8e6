// Long lists page by page: as many entries as a reader takes at once, and the cursor that continues.
import * as z from 'zod';
import { NetError } from '../../model/errors.ts';

/** Characters of JSON a page may have, below what the text answer holds. */
const pageCharacters = 15_000;

/** Input fields of an operation that pages. */
export const pageInput = {
  max_results: z.number().int().min(1).max(1000).default(200),
  cursor: z.string().max(12).optional().describe('From the previous answer'),
};

/** Output fields of an operation that pages; `total` counts what matches, on all pages. */
export const pageOutput = {
  total: z.number(),
  truncated: z.boolean(),
  cursor: z.string().nullable().describe('Pass it to continue; null at the end'),
};

export interface Page<Item> {
  items: Item[];
  total: number;
  truncated: boolean;
  cursor: string | null;
}

const startOf = (cursor: string | undefined): number => {
  if (cursor === undefined) return 0;
  if (/^\d{1,9}$/.test(cursor)) return Number(cursor);
  throw new NetError(
    'invalid_argument',
    'Argument cursor: not one that was given.',
    'Pass cursor as the previous answer has it, or leave it out.',
  );
};

/** At least one entry, then as many as fit in `max_results` and in a readable answer. The list may change between two pages. */
export const pageOf = <Item>(
  all: readonly Item[],
  { max_results, cursor }: { max_results: number; cursor?: string | undefined },
): Page<Item> => {
  const start = startOf(cursor);
  const items: Item[] = [];
  let characters = 0;
  for (const item of all.slice(start, start + max_results)) {
    characters += JSON.stringify(item).length + 1;
    if (items.length > 0 && characters > pageCharacters) break;
    items.push(item);
  }
  const end = start + items.length;
  const more = end < all.length;
  return { items, total: all.length, truncated: more, cursor: more ? String(end) : null };
};
