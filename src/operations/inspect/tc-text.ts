// What tc prints, as data. Qdiscs come as JSON; classes and filters as text, because tc's JSON prints HTB classes as text and repeats keys in u32 filters.
import * as z from 'zod';
import { NetError } from '../../model/errors.ts';

const count = z.number().nonnegative();
const statistics = {
  sent_bytes: count,
  sent_packets: count,
  drops: count,
  overlimits: count,
  backlog_bytes: count,
  backlog_packets: count,
};

export const qdiscSchema = z.strictObject({
  kind: z.string(),
  handle: z.string(),
  parent: z.string().describe('root, or the handle or class it hangs on'),
  options: z.record(z.string(), z.unknown()),
  ...statistics,
});
export type Qdisc = z.infer<typeof qdiscSchema>;

export const classSchema = z.strictObject({
  kind: z.string(),
  classid: z.string(),
  parent: z.string(),
  leaf_qdisc: z.string().nullable(),
  priority: z.number().nullable(),
  rate_mbps: z.number().nullable(),
  ceil_mbps: z.number().nullable(),
  burst_bytes: z.number().nullable(),
  cburst_bytes: z.number().nullable(),
  borrowed_packets: z.number().nullable(),
  ...statistics,
});
export type TcClass = z.infer<typeof classSchema>;

export const filterSchema = z.strictObject({
  direction: z.enum(['root', 'ingress', 'egress']),
  parent: z.string().nullable(),
  protocol: z.string(),
  priority: z.number(),
  kind: z.string(),
  handle: z.string().nullable(),
  flowid: z.string().nullable(),
  matches: z.array(z.string()),
  actions: z.array(z.string()),
});
export type TcFilter = z.infer<typeof filterSchema>;

const dumpSchema = z.array(
  z.looseObject({
    kind: z.string(),
    handle: z.string().default('0:'),
    root: z.boolean().optional(),
    parent: z.string().optional(),
    dev: z.string().optional(),
    options: z.record(z.string(), z.unknown()).default({}),
    bytes: z.number().default(0),
    packets: z.number().default(0),
    drops: z.number().default(0),
    overlimits: z.number().default(0),
    backlog: z.number().default(0),
    qlen: z.number().default(0),
  }),
);

/** `tc -j -s -d qdisc show [dev X]`, with the device of each. */
export const parseQdiscDump = (text: string): { dev: string | undefined; qdisc: Qdisc }[] => {
  let dump: unknown;
  try {
    dump = JSON.parse(text.trim() === '' ? '[]' : text);
  } catch (error) {
    throw new NetError(
      'internal',
      'tc printed what is not JSON.',
      'Update iproute2; netmcp is made for 5.10 or newer.',
      { cause: error },
    );
  }
  return dumpSchema.parse(dump).map((entry) => ({
    dev: entry.dev,
    qdisc: {
      kind: entry.kind,
      handle: entry.handle,
      parent: entry.root === true ? 'root' : (entry.parent ?? 'root'),
      options: entry.options,
      sent_bytes: entry.bytes,
      sent_packets: entry.packets,
      drops: entry.drops,
      overlimits: entry.overlimits,
      backlog_bytes: entry.backlog,
      backlog_packets: entry.qlen,
    },
  }));
};

const scales: Readonly<Record<string, number>> = { '': 1, K: 1e3, M: 1e6, G: 1e9, T: 1e12 };

/** `40Mbit`, `1500Kbit`, `800bit` -> Mbit/s. */
const megabits = (text: string | undefined): number | null => {
  const found = /^([0-9.]+)([KMGT]?)bit$/.exec(text ?? '');
  return found === null ? null : (Number(found[1]) * (scales[found[2] ?? ''] ?? 1)) / 1e6;
};

/** `15Kb/1`, `1600b` -> bytes; tc's K and M of sizes are binary. */
const bytes = (text: string | undefined): number | null => {
  const found = /^([0-9.]+)([KM]?)b(?:\/\d+)?$/.exec(text ?? '');
  return found === null ? null : Math.round(Number(found[1]) * ({ K: 1024, M: 1024 * 1024 }[found[2] ?? ''] ?? 1));
};

/** The word after a word. */
const after = (line: string, word: string): string | undefined => {
  const words = line.split(/\s+/);
  const index = words.indexOf(word);
  return index === -1 ? undefined : words[index + 1];
};

const numberAfter = (line: string, word: string): number | null => {
  const value = Number(after(line, word) ?? Number.NaN);
  return Number.isFinite(value) ? value : null;
};

const classOf = (block: readonly string[]): TcClass[] => {
  const [head = '', ...rest] = block;
  const found = /^class (\S+) (\S+) (?:root|parent (\S+))/.exec(head);
  if (found === null) return [];
  const [, kind = '', classid = '', parent = 'root'] = found;
  const counters = rest.join('\n');
  const sent = /Sent (\d+) bytes (\d+) pkt \(dropped (\d+), overlimits (\d+)/.exec(counters);
  const backlog = /backlog (\S+) (\d+)p/.exec(counters);
  const borrowed = /borrowed: (\d+)/.exec(counters);
  return [
    {
      kind,
      classid,
      parent,
      leaf_qdisc: after(head, 'leaf') ?? null,
      priority: numberAfter(head, 'prio'),
      rate_mbps: megabits(after(head, 'rate')),
      ceil_mbps: megabits(after(head, 'ceil')),
      burst_bytes: bytes(after(head, 'burst')),
      cburst_bytes: bytes(after(head, 'cburst')),
      borrowed_packets: borrowed === null ? null : Number(borrowed[1]),
      sent_bytes: Number(sent?.[1] ?? 0),
      sent_packets: Number(sent?.[2] ?? 0),
      drops: Number(sent?.[3] ?? 0),
      overlimits: Number(sent?.[4] ?? 0),
      backlog_bytes: bytes(backlog?.[1]) ?? 0,
      backlog_packets: Number(backlog?.[2] ?? 0),
    },
  ];
};

/** Lines from each one that starts at the left margin with the word up to the next such line. */
const blocks = (text: string, word: string): string[][] => {
  const found: string[][] = [];
  for (const line of text.split('\n')) {
    if (line.startsWith(`${word} `)) found.push([line]);
    else if (line.trim() !== '') found.at(-1)?.push(line);
  }
  return found;
};

/** `tc -s -d class show dev X`. */
export const parseClassText = (text: string): TcClass[] => blocks(text, 'class').flatMap(classOf);

const detail = /^(index \d+ ref|used_hw_stats|Sent |backlog |Action statistics)/;

const filterOf = (block: readonly string[], direction: TcFilter['direction']): TcFilter[] => {
  const [head = '', ...rest] = block;
  const found = /^filter (?:parent (\S+) )?protocol (\S+) pref (\d+) (\S+)(.*)$/.exec(head);
  if (found === null) return [];
  const [, parent, protocol = '', priority = '0', kind = '', tail = ''] = found;
  const lines = rest.map((line) => line.trim()).filter((line) => !detail.test(line));
  const handle = after(tail, 'fh') ?? after(tail, 'handle') ?? null;
  const flowid = /(?:flowid|classid) ([0-9a-f]*:[0-9a-f]*)/.exec(tail)?.[1] ?? null;
  // A filter is printed after lines for its priority and its hash table, which match nothing by themselves.
  const isTable = handle === null || (kind === 'u32' && !/::./.test(handle));
  if (isTable && lines.length === 0) return [];
  return [
    {
      direction,
      parent: parent ?? null,
      protocol,
      priority: Number(priority),
      kind,
      handle,
      flowid,
      matches: lines.filter((line) => !line.startsWith('action ')).map((line) => line.replace(/^match /, '')),
      actions: lines.flatMap((line) => /^action order \d+: (.*)$/.exec(line)?.[1]?.trim() ?? []),
    },
  ];
};

/** `tc -d filter show dev X [ingress | egress]`. */
export const parseFilterText = (text: string, direction: TcFilter['direction']): TcFilter[] =>
  blocks(text, 'filter').flatMap((block) => filterOf(block, direction));
