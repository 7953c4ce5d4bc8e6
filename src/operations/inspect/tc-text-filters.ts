// Filters and their actions as tc prints them, as data. From text, because tc's JSON repeats keys in u32 filters.
import * as z from 'zod';
import { plainText } from '../../model/plain-text.ts';
import { after, blocks, bytes, countersIn, megabits } from './tc-text-words.ts';
import { u32Matches } from './tc-u32.ts';

const count = z.number().nonnegative();

const actionSchema = z.strictObject({
  kind: z.string().describe('police, mirred, gact, skbedit, ...'),
  detail: z.string(),
  device: z.string().optional().describe('Where mirred sends to'),
  rate_mbps: z.number().nullable().optional(),
  burst_bytes: z.number().nullable().optional(),
  sent_bytes: count,
  sent_packets: count,
  drops: count,
  overlimits: count,
});
type Action = z.infer<typeof actionSchema>;

export const filterSchema = z.strictObject({
  direction: z.enum(['root', 'ingress', 'egress']),
  parent: z.string().nullable(),
  protocol: z.string(),
  priority: z.number(),
  chain: z.number(),
  kind: z.string(),
  handle: z.string().nullable(),
  flowid: z.string().nullable(),
  hits: z.number().nullable().describe('Packets it was tried on; null where tc does not tell'),
  matches: z.array(z.string()).describe('u32: words (raw)'),
  actions: z.array(actionSchema),
});
export type TcFilter = z.infer<typeof filterSchema>;

/** More keys or actions than that are not for reading. */
const maxLines = 64;

/** `action order 1: ...`, and `police 0x1 rate ...`, as u32's own police is printed. */
const actionHead = /^(?:action order \d+:\s+)?((?:police|[a-z_]+)\b.*)$/;
const isActionHead = (line: string): boolean => /^(action order \d+:|police 0x)/.test(line);

const actionOf = (lines: readonly string[]): Action => {
  const text = actionHead.exec(lines[0] ?? '')?.[1]?.trim() ?? '';
  const [kind = ''] = text.split(' ');
  const device = /\b(?:to )?device ([^\s)]+)/.exec(text)?.[1];
  const { requeues: _requeues, ...counters } = countersIn(lines.join('\n'));
  return {
    kind,
    detail: plainText(text.slice(kind.length).trim()),
    ...(kind === 'mirred' && device !== undefined ? { device } : {}),
    ...(kind === 'police'
      ? { rate_mbps: megabits(after(text, 'rate')), burst_bytes: bytes(after(text, 'burst')) }
      : {}),
    ...counters,
  };
};

/** Lines of each action from its head to the next one; what precedes the first is the match. */
const split = (lines: readonly string[]): { match: string[]; actions: string[][] } => {
  const match: string[] = [];
  const actions: string[][] = [];
  for (const line of lines) {
    if (isActionHead(line)) actions.push([line]);
    else (actions.at(-1) ?? match).push(line);
  }
  return { match, actions };
};

const hitsIn = (text: string): number | null => {
  const hits = /\(rule hit (\d+)/.exec(text)?.[1];
  return hits === undefined ? null : Number(hits);
};

/** What the head of a bpf filter names: program, mode, id. */
const programIn = (tail: string, kind: string): string[] =>
  kind === 'bpf'
    ? [
        /handle \S+ (.*)$/
          .exec(tail)?.[1]
          ?.replace(/ ?not_in_hw/, '')
          .trim() ?? '',
      ].filter(Boolean)
    : [];

const filterOf = (block: readonly string[], direction: TcFilter['direction']): TcFilter[] => {
  const [head = '', ...rest] = block;
  const found = /^filter (?:parent (\S+) )?protocol (\S+) pref (\d+) (\S+)(.*)$/.exec(head);
  if (found === null) return [];
  const [, parent, protocol = '', priority = '0', kind = '', tail = ''] = found;
  const { match, actions } = split(rest.map((line) => line.trim()));
  const handle = after(tail, 'fh') ?? after(tail, 'handle') ?? null;
  const flowid = /(?:flowid|classid) ([0-9a-f]*:[0-9a-f]*)/.exec(tail)?.[1] ?? null;
  // A filter is printed after lines for its priority and its hash table, which match nothing by themselves.
  const isTable = handle === null || (kind === 'u32' && !/::./.test(handle));
  if (isTable && match.length === 0 && actions.length === 0) return [];
  const keys = match
    .filter((line) => !/^(not_in_hw|in_hw|used_hw_stats|skip_[sh]w)/.test(line))
    .map((line) => line.replace(/^match /, '').replace(/ \(success \d+ ?\)$/, ''));
  return [
    {
      direction,
      parent: parent ?? null,
      protocol,
      priority: Number(priority),
      chain: Number(after(tail, 'chain') ?? 0),
      kind,
      handle,
      flowid,
      hits: hitsIn([head, ...match].join('\n')),
      matches: [...programIn(tail, kind), ...(kind === 'u32' ? u32Matches(keys, protocol) : keys)]
        .slice(0, maxLines)
        .map((key) => plainText(key)),
      actions: actions.slice(0, maxLines).map(actionOf),
    },
  ];
};

/** `tc -s -d filter show dev X [ingress | egress | parent Y]`. */
export const parseFilterText = (text: string, direction: TcFilter['direction']): TcFilter[] =>
  blocks(text, 'filter').flatMap((block) => filterOf(block, direction));
