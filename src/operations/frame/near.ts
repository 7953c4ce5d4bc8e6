// The names closest to a mistyped one.

/** Insertions, deletions, replacements and swaps of neighbours that make one of the other. */
const distance = (left: string, right: string): number => {
  let before: number[] = [];
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const same = left[row - 1] === right[column - 1];
      const swapped = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      current.push(
        Math.min(
          (previous[column - 1] ?? 0) + (same ? 0 : 1),
          (previous[column] ?? 0) + 1,
          (current[column - 1] ?? 0) + 1,
          swapped ? (before[column - 2] ?? Number.POSITIVE_INFINITY) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
    before = previous;
    previous = current;
  }
  return previous[right.length] ?? 0;
};

const plain = (name: string): string => name.toLowerCase().replaceAll(/[-_ ]/g, '');

/** Up to three of `known`, nearest first; empty when none is near. */
export const nearNames = (name: string, known: readonly string[]): string[] => {
  const wanted = plain(name.slice(0, 64));
  const bound = Math.max(1, Math.floor(wanted.length / 3));
  return known
    .map((candidate) => ({ candidate, far: distance(wanted, plain(candidate)) }))
    .filter(({ candidate, far }) => far <= bound || (wanted.length >= 4 && plain(candidate).includes(wanted)))
    .sort((left, right) => left.far - right.far)
    .slice(0, 3)
    .map(({ candidate }) => candidate);
};
