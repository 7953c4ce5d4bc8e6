// Profiles that extend others: what is inherited, what replaces it, and that every replacement is said.
import type { Profile } from '../model/policy.ts';
import type { ParsedFile, Problem } from './parse.ts';
import { isRecord } from '../model/record.ts';

type File = ParsedFile<Profile>;

/** Knobs whose keys are values of their own; everything else is one value. */
const keyed = ['sysctl', 'connection_tracking', 'offloads'];

/** `changes` as values by path: `sysctl.net.core.rmem_max`, `qdisc`. */
export const valuesByPath = (changes: Record<string, unknown>): Map<string, unknown> =>
  new Map(
    Object.entries(changes).flatMap(([knob, wish]): [string, unknown][] =>
      keyed.includes(knob) && isRecord(wish)
        ? Object.entries(wish).map(([key, value]) => [`${knob}.${key}`, value])
        : [[knob, wish]],
    ),
  );

/** The way back. Null values are gone. */
export const changesOf = (values: ReadonlyMap<string, unknown>): Record<string, unknown> => {
  const changes: Record<string, Record<string, unknown>> = {};
  const whole: Record<string, unknown> = {};
  for (const [path, value] of values) {
    if (value === null) continue;
    const knob = path.split('.', 1)[0] ?? path;
    if (knob === path) {
      whole[knob] = value;
      continue;
    }
    const group = (changes[knob] ??= {});
    whole[knob] = group;
    group[path.slice(knob.length + 1)] = value;
  }
  return whole;
};

interface Folded {
  file: File;
  problems: Problem[];
}

const without = (record: Record<string, string>, ids: readonly string[]): Record<string, string> =>
  Object.fromEntries(Object.entries(record).filter(([id]) => !ids.includes(id)));

const fold = (file: File, base: Profile): Folded => {
  const { value } = file;
  const inherited = valuesByPath(base.changes);
  const own = valuesByPath(value.changes);
  const said = value.overrides ?? [];
  const replaced = [...own.keys()].filter((path) => inherited.has(path));
  const problems = [
    ...replaced
      .filter((path) => !said.includes(path))
      .map((path) => {
        const at = path.includes('.') ? [path.slice(0, path.indexOf('.')), path.slice(path.indexOf('.') + 1)] : [path];
        const message = `${path} replaces what ${base.name} has, and overrides does not say so`;
        return file.problem(['changes', ...at], message, `Add ${path} to overrides, or leave the inherited value.`);
      }),
    ...said.flatMap((path, index) =>
      replaced.includes(path)
        ? []
        : [
            file.problem(
              ['overrides', index],
              `overrides names ${path}, which replaces nothing of ${base.name}`,
              'Remove it, or set the value.',
            ),
          ],
    ),
  ];
  const active = [...new Set([...base.active_cards, ...value.active_cards])];
  const folded: Profile = {
    ...value,
    active_cards: active,
    changes: changesOf(new Map([...inherited, ...own])),
    why: { ...without(base.why, Object.keys(value.left_out)), ...value.why },
    left_out: { ...without(base.left_out, Object.keys(value.why)), ...value.left_out },
  };
  return { file: { ...file, value: folded }, problems };
};

/** Every profile with what it extends folded in, in the files' order. */
export const foldProfiles = (files: readonly File[]): { files: File[]; problems: Problem[] } => {
  const problems: Problem[] = [];
  const done = new Map<string, File>();
  const resolve = (file: File, above: readonly string[]): File => {
    const { name, extends: base } = file.value;
    const known = done.get(name);
    if (known !== undefined) return known;
    let result = file;
    if (base === undefined) {
      for (const [index] of (file.value.overrides ?? []).entries()) {
        const message = 'overrides without extends';
        problems.push(file.problem(['overrides', index], message, 'Remove it, or name the profile it extends.'));
      }
    } else {
      const found = files.find((candidate) => candidate.value.name === base);
      if (found === undefined || base === name || above.includes(base)) {
        const message =
          found === undefined ? `there is no profile "${base}" to extend` : `"${base}" extends this profile itself`;
        problems.push(file.problem(['extends'], message, 'Name another profile, or remove extends.'));
      } else {
        const folded = fold(file, resolve(found, [...above, name]).value);
        problems.push(...folded.problems);
        result = folded.file;
      }
    }
    done.set(name, result);
    return result;
  };
  return { files: files.map((file) => resolve(file, [])), problems };
};
