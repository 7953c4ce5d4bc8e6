// A page of entries that each cost a look at the host: only those of this page are read.
import { pageOf, type Page } from '../frame/page.ts';

/** Like pageOf over what `read` makes of each entry; an entry of another page is never read, but for a few that no longer fit. */
export const pageRead = async <Entry, Item>(
  all: readonly Entry[],
  request: { max_results: number; cursor?: string | undefined },
  read: (entry: Entry) => Promise<Item>,
): Promise<Page<Item>> => {
  const { items: indices } = pageOf([...all.keys()], request);
  const start = indices[0] ?? all.length;
  const candidates = await Promise.all(all.slice(start, start + indices.length).map(read));
  const { items } = pageOf(candidates, { max_results: request.max_results });
  const end = start + items.length;
  const more = end < all.length;
  return { items, total: all.length, truncated: more, cursor: more ? String(end) : null };
};
