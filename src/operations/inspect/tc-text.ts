// Qdiscs and classes as tc prints them, as data. Qdiscs come as JSON; classes as text, because tc's JSON prints HTB classes as text.
import * as z from 'zod';
import { NetError } from '../../model/errors.ts';
import { plainText } from '../../model/plain-text.ts';
import { namedOptions } from './tc-options.ts';
import { qdiscStatistics } from './tc-text-statistics.ts';
import { after, blocks, bytes, countersIn, megabits, numberAfter } from './tc-text-words.ts';

const count = z.number().nonnegative();
const statistics = {
  sent_bytes: count,
  sent_packets: count,
  drops: count,
  overlimits: count,
  requeues: count,
  backlog_bytes: count,
  backlog_packets: count,
};

export const qdiscSchema = z.strictObject({
  kind: z.string(),
  handle: z.string(),
  parent: z.string().describe('root, or the handle or class it hangs on'),
  options: z.record(z.string(), z.unknown()).describe('Units in names; other: as tc has it'),
  ...statistics,
  statistics: z.record(z.string(), z.unknown()).optional().describe('What this kind counts, as tc names it'),
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
    requeues: z.number().default(0),
    backlog: z.number().default(0),
    qlen: z.number().default(0),
  }),
);

/** hfsc and others print their options as plain text in the middle of the JSON: `"options":{default 1 }`. */
const quoteOptions = (text: string): string =>
  text.replaceAll(/"options": ?\{([^"{}[\]]+)\}/g, (_, words: string) =>
    JSON.stringify({ options: { text: plainText(words.trim()) } }).slice(1, -1),
  );

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new NetError(
      'internal',
      'tc printed what is not JSON.',
      'Update iproute2; netmcp is made for 5.10 or newer.',
      { cause: error },
    );
  }
};

/** `tc -j -s -d qdisc show [dev X]`, with the device of each. */
export const parseQdiscDump = (text: string): { dev: string | undefined; qdisc: Qdisc }[] =>
  dumpSchema.parse(parseJson(text.trim() === '' ? '[]' : quoteOptions(text))).map((entry) => {
    const special = qdiscStatistics(entry);
    return {
      dev: entry.dev,
      qdisc: {
        kind: entry.kind,
        handle: entry.handle,
        parent: entry.root === true ? 'root' : (entry.parent ?? 'root'),
        options: namedOptions(entry.kind, entry.options),
        sent_bytes: entry.bytes,
        sent_packets: entry.packets,
        drops: entry.drops,
        overlimits: entry.overlimits,
        requeues: entry.requeues,
        backlog_bytes: entry.backlog,
        backlog_packets: entry.qlen,
        ...(special === undefined ? {} : { statistics: special }),
      },
    };
  });

const classOf = (block: readonly string[]): TcClass[] => {
  const [head = '', ...rest] = block;
  const found = /^class (\S+) (\S+) (?:root|parent (\S+))/.exec(head);
  if (found === null) return [];
  const [, kind = '', classid = '', parent = 'root'] = found;
  const counters = rest.join('\n');
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
      ...countersIn(counters),
      backlog_bytes: bytes(backlog?.[1]) ?? 0,
      backlog_packets: Number(backlog?.[2] ?? 0),
    },
  ];
};

/** `tc -s -d class show dev X`. */
export const parseClassText = (text: string): TcClass[] => blocks(text, 'class').flatMap(classOf);
