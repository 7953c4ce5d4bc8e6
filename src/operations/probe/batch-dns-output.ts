// The answer of batch_dns_lookup: every question accounted for within an answer's length, failures before all else.
import * as z from 'zod';
import { plainText } from '../../model/plain-text.ts';
import {
  failuresOf,
  groupsOf,
  labelOf,
  maxReasonCharacters,
  type Failure,
  type Group,
  type Looked,
} from './batch-dns-failures.ts';
import { charactersOf, fitting } from './fitting.ts';

/** Characters of JSON for entries and lists together, below the 20,000 of an answer. */
const allCharacters = 17_000;
/** What failures leave to the others at least, where there are others. */
const keptForOthers = 8000;
const maxQueryCharacters = 260;
const furtherValueCharacters = 60;
/** Values of an entry: as many and as long as all entries have room for. */
const valueCaps = [
  { values: 5, characters: 120 },
  { values: 3, characters: 60 },
  { values: 1, characters: 30 },
] as const;
type ValueCap = (typeof valueCaps)[number];

export const resultItemSchema = z.strictObject({
  query: z.string(),
  record_type: z.string(),
  success: z.boolean(),
  rcode: z.string().nullable(),
  values: z.array(z.string()),
  value_count: z.number(),
  ttl: z.number().nullable().describe('Lowest, in seconds'),
  response_time_ms: z.number().nullable(),
  error: z.strictObject({ code: z.string(), message: z.string() }).optional(),
});
type ResultItem = z.infer<typeof resultItemSchema>;

const succeeded = ({ rcode, loop }: Looked): boolean => rcode === 'NOERROR' && !loop;

const itemOf = (looked: Looked, cap: ValueCap): ResultItem => ({
  query: plainText(looked.query, maxQueryCharacters),
  record_type: looked.type,
  success: succeeded(looked),
  rcode: looked.rcode,
  values: looked.values.slice(0, cap.values).map((value) => plainText(value, cap.characters)),
  value_count: looked.values.length,
  ttl: looked.ttl,
  response_time_ms: looked.timeMs,
  ...(looked.error === undefined
    ? {}
    : { error: { code: looked.error.code, message: plainText(looked.error.message, maxReasonCharacters) } }),
});

/** `www.test: 192.0.2.10 (+1)` */
const inShort = (looked: Looked): string => {
  const [first, ...others] = looked.values;
  if (first === undefined) return `${labelOf(looked)}: no record`;
  const more = others.length === 0 ? '' : ` (+${others.length})`;
  return `${labelOf(looked)}: ${plainText(first, furtherValueCharacters)}${more}`;
};

const sum = (items: readonly unknown[]): number => items.reduce<number>((total, item) => total + charactersOf(item), 0);

interface Listed {
  results: ResultItem[];
  further: string[];
  failures: Failure[];
}

/** Every entry where all have room; else those with an answer as far as there is room, and the failures by reason alone. */
const listed = (all: readonly Looked[], groups: readonly Group[]): Listed => {
  const few = failuresOf(groups, allCharacters / 4);
  for (const cap of valueCaps) {
    const results = all.map((looked) => itemOf(looked, cap));
    if (sum(results) + sum(few) <= allCharacters) return { results, further: [], failures: few };
  }
  const answered = all.filter(succeeded);
  const items = answered.map((looked) => itemOf(looked, valueCaps[1]));
  const failures = failuresOf(groups, allCharacters - Math.min(keptForOthers, sum(items)));
  const room = allCharacters - sum(failures);
  const short = answered.map(inShort);
  const results = sum(short) + 1000 <= room ? fitting(items, room - sum(short)) : fitting(items, room / 4);
  const further = fitting(short.slice(results.length), room - sum(results));
  return { results, further, failures };
};

export const answerOf = (all: readonly Looked[], durationMs: number) => {
  const failed = all.filter((looked) => !succeeded(looked));
  const empty = all.filter((looked) => succeeded(looked) && looked.values.length === 0).length;
  const found = all.length - failed.length - empty;
  const groups = groupsOf(failed);
  const { results, further, failures } = listed(all, groups);
  const truncated = results.length < all.length;
  const reasons = groups.slice(0, 3).map(({ kind, members }) => `${kind} ${members.length}`);
  const why = reasons.length === 0 ? '' : ` (${reasons.join(', ')}${groups.length > 3 ? ', ...' : ''})`;
  return {
    success: found > 0 || failed.length === 0,
    summary: `${found} of ${all.length} names resolved, ${empty} without such records, ${failed.length} failed${why}, in ${Math.round(durationMs)} ms.`,
    total: all.length,
    succeeded: found,
    empty,
    failed: failed.length,
    failures,
    results,
    truncated,
    further,
    not_listed: truncated ? all.length - failed.length - results.length - further.length : 0,
    duration_ms: durationMs,
  };
};
