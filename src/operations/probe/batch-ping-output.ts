// The answer of batch_ping: every target accounted for, short enough to read whatever their number.
import * as z from 'zod';
import type { NetError } from '../../model/errors.ts';
import type { EchoReport } from '../../probe/echo/report.ts';
import { figuresOf, lossPercent } from '../../probe/echo/statistics.ts';
import { shortList } from '../../probe/echo/target-list.ts';

/** Up to so many targets each has its own entry; above, those that failed are told by reason. */
const ownEntries = 64;
/** Characters of JSON for entries, and for each list of the others. */
const entryCharacters = 12_000;
const listCharacters = 3000;
const maxReasons = 20;

export interface Pinged {
  target: string;
  address: string | null;
  report?: EchoReport;
  failure?: NetError;
}

export const resultItemSchema = z.strictObject({
  target: z.string(),
  success: z.boolean(),
  avg_latency_ms: z.number().nullable(),
  resolved_ip: z.string().optional().describe('Where it differs from target'),
  packet_loss_percent: z.number().optional().describe('Where some were lost'),
  error: z.string().optional(),
});
type ResultItem = z.infer<typeof resultItemSchema>;

export const failureSchema = z.strictObject({
  reason: z.string(),
  count: z.number(),
  targets: z.array(z.string()).describe('Runs of addresses as first-last'),
  truncated: z.boolean(),
});

const silent = 'no answer';

const reasonOf = ({ report, failure }: Pinged): string => {
  if (failure !== undefined) return `${failure.code}: ${failure.message}`;
  const [error] = report?.errors ?? [];
  if (error === undefined) return silent;
  return error.from === null ? `this host: ${error.what}` : `${error.from}: ${error.what}`;
};

const answered = ({ report }: Pinged): boolean => report !== undefined && report.replies.length > 0;

const entryOf = (pinged: Pinged): ResultItem => {
  const { target, address, report } = pinged;
  const replies = report?.replies ?? [];
  const loss = lossPercent(report?.sent ?? 0, replies.length);
  return {
    target,
    success: answered(pinged),
    avg_latency_ms: figuresOf(replies.map(({ latencyMs }) => latencyMs))?.avg ?? null,
    ...(address === null || address === target ? {} : { resolved_ip: address }),
    ...(answered(pinged) && loss > 0 ? { packet_loss_percent: loss } : {}),
    ...(answered(pinged) ? {} : { error: reasonOf(pinged) }),
  };
};

const within = <Item>(items: readonly Item[], characters: number): Item[] => {
  let left = characters;
  const end = items.findIndex((item) => {
    left -= JSON.stringify(item).length + 1;
    return left < 0;
  });
  return end === -1 ? [...items] : items.slice(0, end);
};

/** A refusal names the target; the refusals of many by the same rule are one reason. */
const groupOf = ({ failure }: Pinged): string | undefined => {
  if (failure === undefined) return undefined;
  const rule = failure.details?.['rule'];
  return typeof rule === 'string' ? `${failure.code} by ${rule}` : failure.code;
};

/** True for every member: where their words differ, one of them stands as an example. */
const commonReason = (members: readonly Pinged[]): string => {
  const [first, ...others] = [...new Set(members.map(reasonOf))];
  const [one] = members;
  if (first === undefined || one === undefined) return silent;
  const group = groupOf(one);
  return others.length === 0 || group === undefined ? first : `${group}, such as: ${one.failure?.message ?? first}`;
};

const failuresOf = (failed: readonly Pinged[]): z.infer<typeof failureSchema>[] => {
  const groups = new Map<string, Pinged[]>();
  for (const pinged of failed) {
    const key = groupOf(pinged) ?? reasonOf(pinged);
    groups.set(key, [...(groups.get(key) ?? []), pinged]);
  }
  const ordered = [...groups.values()].sort((left, right) => right.length - left.length);
  const shown = ordered.slice(0, ordered.length > maxReasons ? maxReasons - 1 : maxReasons);
  const rest = ordered.slice(shown.length).flat();
  const budget = Math.floor(listCharacters / Math.max(1, shown.length));
  const describe = (reason: string, members: readonly Pinged[]) => {
    const all = shortList(members.map(({ target }) => target));
    const targets = within(all, budget);
    return { reason, count: members.length, targets, truncated: targets.length < all.length };
  };
  return [
    ...shown.map((members) => describe(commonReason(members), members)),
    ...(rest.length === 0 ? [] : [describe('other reasons', rest)]),
  ];
};

export const answerOf = (pinged: readonly Pinged[], durationMs: number, notes: readonly string[] = []) => {
  const successful = pinged.filter(answered);
  const failed = pinged.filter((each) => !answered(each));
  const entries = (pinged.length <= ownEntries ? pinged : successful).map(entryOf);
  const results = within(entries, entryCharacters);
  const told = new Set(results.map(({ target }) => target));
  const further = shortList(successful.map(({ target }) => target).filter((target) => !told.has(target)));
  const furtherShown = within(further, listCharacters);
  return {
    success: successful.length > 0,
    summary: `Batch ping: ${successful.length}/${pinged.length} targets reachable`,
    total_targets: pinged.length,
    successful: successful.length,
    failed: failed.length,
    results,
    truncated: results.length < entries.length,
    further_successful: furtherShown,
    failures: failuresOf(failed),
    duration_ms: durationMs,
    method: pinged.find(({ report }) => report !== undefined)?.report?.method ?? null,
    notes: [...notes],
  };
};
