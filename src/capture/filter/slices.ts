// What stands in the brackets of a slice: [offset], [offset:length], [first-last], [:length], [offset:], several with commas.
import type { Operand, SliceRange } from './ast.ts';
import { filterFault, quoted } from './fault.ts';
import { maxParts, maxRanges, maxSlices } from './limits.ts';

const range = /^(?:(-?\d{1,6})|(-?\d{1,6})?:(\d{1,6})?|(-?\d{1,6})-(-?\d{1,6}))$/;

const rangeOf = (text: string, at: number): SliceRange => {
  const match = range.exec(text.replaceAll(/\s/g, ''));
  const [all, single, from, length, first, last] = match ?? [];
  if (all === undefined || all === ':' || all === '' || length === '0')
    throw filterFault(
      `${quoted(`[${text}]`)} is no slice.`,
      at,
      'Write [offset:length], [offset], [first-last], [:length] or [offset:]; offsets count from 0, negative ones from the end.',
    );
  if (single !== undefined) return { from: Number(single), length: 1, to: undefined };
  if (first !== undefined) return { from: Number(first), length: undefined, to: Number(last) };
  return { from: Number(from ?? 0), length: length === undefined ? undefined : Number(length), to: undefined };
};

export const slicesOf = (text: string, at: number): SliceRange[] => {
  const parts = text.split(',');
  if (parts.length > maxRanges)
    throw filterFault(
      `${parts.length} ranges in one slice.`,
      at,
      `Use at most ${maxRanges}; [offset:length] takes many bytes at once.`,
    );
  return parts.map((part) => rangeOf(part.trim(), at));
};

/** Throws when slices of slices, those below functions counted, are too many or multiply what they look at. */
export const checkSlices = (operand: Operand, at: number): void => {
  let slices = 0;
  let parts = 1;
  for (let inner: Operand = operand; inner.kind !== 'field' && inner.kind !== 'protocol'; inner = inner.of) {
    if (inner.kind !== 'slice') continue;
    slices += 1;
    parts *= inner.ranges.length;
  }
  if (slices > maxSlices || parts > maxParts)
    throw filterFault(
      `${slices} slices of each other with ${parts} parts in all.`,
      at,
      `Use at most ${maxSlices} slices and ${maxParts} parts: one slice of the field is enough, field[offset:length].`,
    );
};

/** From and to (exclusive) of each part in a value of this length; undefined when it is too short for one. */
export const placesOf = (
  total: number,
  ranges: readonly SliceRange[],
): (readonly [from: number, to: number])[] | undefined => {
  const places: (readonly [number, number])[] = [];
  for (const { from, length, to } of ranges) {
    const start = from < 0 ? total + from : from;
    const last = to === undefined ? undefined : to < 0 ? total + to : to;
    const end = last === undefined ? (length === undefined ? total : start + length) : last + 1;
    if (start < 0 || end > total || end <= start) return undefined;
    places.push([start, end]);
  }
  return places;
};
