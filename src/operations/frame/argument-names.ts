// Arguments by the names they had in the systems before: taken where ours is not given too.
import { isRecord } from '../../model/record.ts';

/** `names`: theirs with ours. Both at once stay as they are, and the check of the input refuses theirs as unknown. */
export const withOurNames = (input: unknown, names: Readonly<Record<string, string>>): unknown => {
  if (!isRecord(input)) return input;
  const given = Object.keys(input);
  const ours = (key: string): string => {
    const name = Object.hasOwn(names, key) ? names[key] : undefined;
    return name === undefined || given.includes(name) ? key : name;
  };
  // Two of their names for one of ours: the second is left to be refused.
  const taken = new Set<string>();
  return Object.fromEntries(
    Object.entries(input).map(([key, value]) => {
      const name = taken.has(ours(key)) ? key : ours(key);
      taken.add(name);
      return [name, value];
    }),
  );
};
