// Questions that failed, by reason: each counted, and named as far as there is room.
import * as z from 'zod';
import { plainText } from '../../model/plain-text.ts';
import { shortList } from '../../probe/echo/target-list.ts';
import { charactersOf, fitting } from './fitting.ts';

const maxReasons = 20;
export const maxReasonCharacters = 200;
const maxNameCharacters = 120;

/** How one question ended. */
export interface Looked {
  query: string;
  type: string;
  /** Null when no server gave an answer. */
  rcode: string | null;
  loop: boolean;
  values: readonly string[];
  /** Lowest, in seconds. */
  ttl: number | null;
  timeMs: number | null;
  error?: { code: string; message: string };
}

export const failureSchema = z.strictObject({
  reason: z.string(),
  count: z.number(),
  queries: z.array(z.string()).describe('Runs of addresses as first-last'),
  truncated: z.boolean(),
});
export type Failure = z.infer<typeof failureSchema>;

/** As the caller wrote it; with the type where that is not the usual one. */
export const labelOf = ({ query, type }: Looked): string => {
  const name = plainText(query, maxNameCharacters);
  return type === 'A' || type === 'PTR' ? name : `${name} ${type}`;
};

const kindOf = ({ error, loop, rcode }: Looked): string =>
  error?.code ?? (loop ? 'aliases in a circle' : (rcode ?? 'no answer'));

/** The words of one error stand for all with its code: they differ in the name at most. */
const reasonOf = ({ kind, members }: Group): string => {
  const message = members[0]?.error?.message;
  return message === undefined ? kind : plainText(`${kind}: ${message}`, maxReasonCharacters);
};

export interface Group {
  kind: string;
  members: readonly Looked[];
}

/** Largest first; what is more than a reader takes comes together at the end. */
export const groupsOf = (failed: readonly Looked[]): Group[] => {
  const byKind = new Map<string, Looked[]>();
  for (const looked of failed) {
    const members = byKind.get(kindOf(looked));
    if (members === undefined) byKind.set(kindOf(looked), [looked]);
    else members.push(looked);
  }
  const groups = [...byKind]
    .map(([kind, members]) => ({ kind, members }))
    .sort((left, right) => right.members.length - left.members.length);
  if (groups.length <= maxReasons) return groups;
  const others = groups.slice(maxReasons - 1).flatMap(({ members }) => members);
  return [...groups.slice(0, maxReasons - 1), { kind: 'other reasons', members: others }];
};

/** The smallest groups take their room first, so that what is rare is told whole. */
export const failuresOf = (groups: readonly Group[], characters: number): Failure[] => {
  const shown = groups.map((group) => {
    const all = shortList(group.members.map(labelOf));
    const reason = group.kind === 'other reasons' ? group.kind : reasonOf(group);
    return { failure: { reason, count: group.members.length, queries: Array<string>(), truncated: false }, all };
  });
  let left = characters - shown.reduce((sum, { failure }) => sum + charactersOf(failure), 0);
  [...shown].reverse().forEach(({ failure, all }, index) => {
    failure.queries = fitting(all, Math.floor(left / (shown.length - index)));
    failure.truncated = failure.queries.length < all.length;
    left -= failure.queries.reduce((sum, query) => sum + charactersOf(query), 0);
  });
  return shown.map(({ failure }) => failure);
};
