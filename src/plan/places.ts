// The places of `changes` that hold one value each: a key of a knob whose keys stand alone, else the whole knob.
import { changesOf, valuesByPath } from '../policy/inherit.ts';

export interface Place {
  /** `sysctl.net.core.rmem_max`, `qdisc`. */
  path: string;
  knob: string;
  /** Of a keyed knob. */
  key: string | undefined;
  value: unknown;
}

export const placesOf = (changes: Record<string, unknown>): Place[] =>
  [...valuesByPath(changes)].map(([path, value]) => {
    const dot = path.indexOf('.');
    return dot === -1
      ? { path, knob: path, key: undefined, value }
      : { path, knob: path.slice(0, dot), key: path.slice(dot + 1), value };
  });

/** The way back; nulls are left out. */
export const changesFrom = (places: readonly Place[]): Record<string, unknown> =>
  changesOf(new Map(places.map(({ path, value }) => [path, value])));

/** A finding at `path` is about this place: the place itself, something in it, or the knob as a whole. */
export const concerns = (place: Place, path: string): boolean => {
  const own = `changes.${place.path}`;
  return path === own || path.startsWith(`${own}.`) || path.startsWith(`${own}[`) || path === `changes.${place.knob}`;
};
