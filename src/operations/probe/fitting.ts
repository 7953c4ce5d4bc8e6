// The first entries of a list that fit into so many characters of JSON.

/** Characters of an entry with its comma. */
export const charactersOf = (item: unknown): number => JSON.stringify(item).length + 1;

export const fitting = <Item>(items: readonly Item[], characters: number): Item[] => {
  let left = characters;
  const end = items.findIndex((item) => {
    left -= charactersOf(item);
    return left < 0;
  });
  return end === -1 ? [...items] : items.slice(0, end);
};
