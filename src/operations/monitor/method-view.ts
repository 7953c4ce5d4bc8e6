// How it was counted: the rung of each direction with what it cannot see, and why better ones were refused, each reason once.
import * as z from 'zod';
import { rungs } from '../../model/traffic.ts';
import type { OpenedDirection } from '../../monitor/ladder.ts';

export const methodSchema = z.strictObject({
  rung: z.enum(rungs),
  note: z.string(),
  refused: z
    .array(z.strictObject({ rungs: z.array(z.string()), code: z.string(), message: z.string(), hint: z.string() }))
    .describe('Better ones'),
});
export type MethodView = z.input<typeof methodSchema>;

/** What an answer has null for, once for every direction that lacks it. */
const lacking: Readonly<Record<string, string>> = {
  nft: 'wire_packets and wire_bytes are null: nft does not see how a packet is cut up.',
  proc: 'null is what the interface does not count.',
};

/** Each direction's, named where they differ. */
const notesOf = (opened: readonly OpenedDirection[]): string[] => {
  const notes = [...new Set(opened.map(({ counter }) => counter.note))];
  if (notes.length < 2) return notes;
  return opened.map(({ direction, counter }) => `${direction} (${counter.rung}): ${counter.note}`);
};

/** `xdp`, or `xdp and tcx` where the directions differ. */
export const rungsUsed = (opened: readonly OpenedDirection[]): string =>
  [...new Set(opened.map(({ counter }) => counter.rung))].join(' and ');

const refusedBy = (opened: readonly OpenedDirection[]): MethodView['refused'] => {
  const rows = new Map<string, MethodView['refused'][number]>();
  for (const { direction, refused } of opened) {
    for (const { rung, code, message, hint } of refused) {
      const key = `${code} ${hint}`;
      const label = opened.length > 1 && refusedInAll(opened, rung) ? rung : `${rung} ${direction}`;
      const row = rows.get(key) ?? { rungs: [], code, message, hint };
      if (!row.rungs.includes(label)) row.rungs.push(label);
      rows.set(key, row);
    }
  }
  return [...rows.values()];
};

const refusedInAll = (opened: readonly OpenedDirection[], rung: string): boolean =>
  opened.every(
    ({ direction, refused }) =>
      refused.some((each) => each.rung === rung) || (direction === 'outgoing' && rung.startsWith('xdp')),
  );

export const methodView = (opened: readonly OpenedDirection[], further: readonly string[]): MethodView => {
  const used = new Set(opened.map(({ counter }) => counter.rung));
  const notes = [...notesOf(opened), ...[...used].flatMap((rung) => lacking[rung] ?? []), ...further];
  return { rung: opened[0]?.counter.rung ?? 'proc', note: notes.join(' '), refused: refusedBy(opened) };
};
