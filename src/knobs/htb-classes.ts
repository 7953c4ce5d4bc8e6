// The knob for HTB classes: what each is sure of, what it may borrow, and which traffic goes into it.
import * as z from 'zod';
import type { KnobContext, KnobResult } from '../model/knob.ts';
import { defineKnob } from '../model/knob.ts';
import { matchProblems } from '../model/match.ts';
import type { ClassMatch } from '../model/names.ts';
import { classIdSchema, classMatchSchema } from '../model/names.ts';
import type { Entry } from '../resources/nft/entries.ts';
import type { ClassPart, Part } from '../resources/tc/part.ts';
import { nftResult } from './packet-filter.ts';
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

const plainSchema = z.strictObject({
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
type ClassWish = z.infer<typeof plainSchema>;

const matchesOf = ({ match }: ClassWish): ClassMatch[] => {
  if (match === undefined) return [];
  return Array.isArray(match) ? match : [match];
};

const classSchema = plainSchema.superRefine((wish, context) => {
  for (const [index, { dscp: _dscp, mark: _mark, ...match }] of matchesOf(wish).entries()) {
    const where = Array.isArray(wish.match) ? ['match', index] : ['match'];
    for (const { field, message } of matchProblems(match))
      context.addIssue({ code: 'custom', path: [...where, field], message });
  }
});

/** Rules of our table that one knob may ask for; each is passed by every packet that no rule before it takes. */
const matchesMax = 1024;

const schema = z
  .array(classSchema)
  .max(256)
  .refine(
    (wishes) => wishes.flatMap(matchesOf).length <= matchesMax,
    `all classes together may have ${matchesMax} matches`,
  )
  .describe('classes of an htb tree; [] removes them');

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

const fragments = (wishes: ClassWish[], context: KnobContext): KnobResult => {
  if (wishes.length === 0) return { fragments: [], findings: [] };
  const part: Part = { kind: 'classes', classes: wishes.map(partOf) };
  const tree = { resource: 'tc', target: context.iface, part };
  const entries = wishes.flatMap((wish) =>
    matchesOf(wish).map((match): Entry => ({ kind: 'classify', match, classid: canonical(wish.classid) })),
  );
  if (entries.length === 0) return { fragments: [tree], findings: [] };
  const rules = nftResult('changes.htb_classes', context, entries, [], { conntrack: false });
  // Without its rules no traffic would reach a class, so the tree goes with them.
  return { fragments: rules.fragments.length === 0 ? [] : [tree, ...rules.fragments], findings: rules.findings };
};

export const htbClassesKnob = defineKnob({
  id: 'htb_classes',
  schema,
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
