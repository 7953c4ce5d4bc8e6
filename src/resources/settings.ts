// For resources whose state is a record of independent settings: what no plan speaks of is neither compared nor written.
import type { ComposeContext, Difference, PartEntry } from '../model/resource.ts';
import { type Snapshot, addressOf } from '../model/snapshot.ts';

type Setting = number | boolean | null | undefined;
type Settings = Readonly<Record<string, Setting>>;

/** The settings that committed plans have wished of this target. */
const committedNames = (address: string, { committed }: Snapshot): Set<string> =>
  new Set(
    committed.fragments
      .filter((fragment) => addressOf(fragment.resource, fragment.target) === address)
      .flatMap(({ part }) => (typeof part === 'object' && part !== null ? Object.keys(part) : [])),
  );

/** The wished settings, and the original values of those that were wished until now; all others stay out of it. */
export const composeSettings = (
  address: string,
  parts: readonly PartEntry<Settings>[],
  { snapshot, original }: ComposeContext<Settings | null>,
): Settings => {
  const names = committedNames(address, snapshot);
  const back = Object.entries(original ?? {}).filter(([name]) => names.has(name));
  const wanted = parts.flatMap(({ part }) => Object.entries(part));
  return Object.fromEntries([...back, ...wanted].filter(([, value]) => value !== undefined));
};

const shown = (value: Setting): string | null => {
  if (value === null || value === undefined) return null;
  return typeof value === 'boolean' ? onOff(value) : String(value);
};

export const onOff = (value: boolean): string => (value ? 'on' : 'off');

/** Exact: a driver that rounds shows as a difference, so undo and drift are never judged by guesswork. */
export const settingDifferences = (
  resource: string,
  target: string,
  state: Settings | null,
  observed: Settings | null,
): Difference[] =>
  Object.entries(state ?? {}).flatMap(([name, desired]) => {
    const current = observed?.[name];
    if (desired === undefined || current === desired) return [];
    return [{ path: `${resource}.${target}.${name}`, current: shown(current), desired: shown(desired) }];
  });
