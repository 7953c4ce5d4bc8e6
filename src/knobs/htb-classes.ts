// The knob for HTB classes: what each is sure of, what it may borrow, and which traffic goes into it.
import * as z from 'zod';
import type { KnobContext, KnobResult } from '../model/knob.ts';
import { defineKnob } from '../model/knob.ts';
import type { ClassMatch } from '../model/names.ts';
import { classIdSchema, classMatchSchema } from '../model/names.ts';
import type { ClassPart, Part } from '../resources/tc/part.ts';
import { bitsOf, rateSchema } from './rate.ts';

const sizeUnits: Readonly<Record<string, number>> = { '': 1, b: 1, k: 1024, kb: 1024, m: 1024 * 1024, mb: 1024 * 1024 };
const sizePattern = /^([0-9]{1,10})(b|kb?|mb?)?$/;
const burstMax = 0x3fffffff;

const bytesOf = (size: string | number): number => {
  if (typeof size === 'number') return size;
  const [, digits = '0', unit = ''] = sizePattern.exec(size.toLowerCase()) ?? [];
  return Number(digits) * (sizeUnits[unit] ?? 1);
};

const burstSchema = z
  .union([
    z.number().int(),
    z.string().regex(/^[0-9]{1,10}([bB]|[kK][bB]?|[mM][bB]?)?$/, 'a size is written 15000, 15k or 1m (1024-based)'),
  ])
  .refine(
    (size) => bytesOf(size) >= 1600 && bytesOf(size) <= burstMax,
    `a burst is 1600 (one frame) to ${burstMax} bytes`,
  );

const classSchema = z.strictObject({
  classid: classIdSchema,
  parent: classIdSchema.optional().describe('Another class; the top class unless given'),
  rate_mbit: rateSchema.describe('Sure of, Mbit/s'),
  ceil_mbit: rateSchema.optional().describe('At most, by borrowing; rate_mbit unless given'),
  priority: z.number().int().min(0).max(7).optional().describe('0 is offered spare bandwidth first; 4 unless given'),
  burst: burstSchema.optional().describe('Bytes, or a size such as 15k'),
  match: z
    .union([classMatchSchema, z.array(classMatchSchema).min(1).max(64)])
    .optional()
    .describe('Traffic of this class'),
  name: z.string().max(64).optional(),
});
type ClassWish = z.infer<typeof classSchema>;

/** As tc and the kernel print it: lower case, no leading zeros. */
const canonical = (classid: string): string => `1:${Number.parseInt(classid.slice(2), 16).toString(16)}`;

const partOf = (wish: ClassWish): ClassPart => ({
  classid: canonical(wish.classid),
  ...(wish.parent === undefined ? {} : { parent: canonical(wish.parent) }),
  rate_bit: bitsOf(wish.rate_mbit),
  ceil_bit: bitsOf(wish.ceil_mbit ?? wish.rate_mbit),
  ...(wish.priority === undefined ? {} : { prio: wish.priority }),
  ...(wish.burst === undefined ? {} : { burst_bytes: bytesOf(wish.burst) }),
  matched: wish.match !== undefined,
});

const matchesOf = ({ match }: ClassWish): ClassMatch[] => {
  if (match === undefined) return [];
  return Array.isArray(match) ? match : [match];
};

const fragments = (wishes: ClassWish[], context: KnobContext): KnobResult => {
  const part: Part = { kind: 'classes', classes: wishes.map(partOf) };
  const entries = wishes.flatMap((wish) =>
    matchesOf(wish).map((match) => ({ kind: 'classify' as const, match, classid: canonical(wish.classid) })),
  );
  return {
    fragments: [
      { resource: 'tc', target: context.iface, part },
      ...(entries.length === 0 ? [] : [{ resource: 'nft', target: 'netmcp', part: { entries } }]),
    ],
    findings: [],
  };
};

export const htbClassesKnob = defineKnob({
  id: 'htb_classes',
  schema: z.array(classSchema).min(1).max(256),
  cards: ['tc.htb_rate', 'tc.htb_ceil', 'tc.htb_priority'],
  risk: 'blip',
  meets: 'replace',
  fragments,
  examples: [
    {
      title: 'Calls first, everything else shares the rest',
      wish: [
        { classid: '1:10', rate_mbit: 5, ceil_mbit: 20, priority: 0, match: { dscp: ['EF', 'AF41'] }, name: 'calls' },
        {
          classid: '1:20',
          rate_mbit: 10,
          ceil_mbit: 20,
          priority: 3,
          match: { proto: 'tcp', dports: [443] },
          name: 'web',
        },
      ],
    },
  ],
});
