// The knob for an interface's queueing discipline and its parameters.
import * as z from 'zod';
import { error } from '../model/finding.ts';
import type { KnobContext, KnobResult } from '../model/knob.ts';
import { defineKnob } from '../model/knob.ts';
import type { WishedKind } from '../resources/tc/kinds.ts';
import type { Part } from '../resources/tc/part.ts';
import { needsEmulate } from './netem.ts';
import { unavailable } from './unavailable.ts';

const types = [
  'fq',
  'fq_codel',
  'cake',
  'htb',
  'tbf',
  'pfifo_fast',
  'sfq',
  'netem',
] as const satisfies readonly WishedKind[];

const schema = z.strictObject({
  type: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,15}$/, 'not a qdisc name')
    .describe(types.join(', ')),
  params: z
    .record(z.string().max(40), z.union([z.string().max(40), z.number(), z.boolean()]))
    .optional()
    .describe(
      'Parameters by the names of its man page, with units in the name: limit, flows, target_ms, interval_ms, bandwidth_mbit, rtt_ms, diffserv, default, ...',
    ),
});
type Wish = z.infer<typeof schema>;

/** A kind that the kernel lacks: left out with a warning when a profile wanted it, refused when asked for by name. */
const missing = (type: string, context: KnobContext): KnobResult => {
  const path = 'changes.qdisc.type';
  const message = `this kernel has no qdisc ${type}`;
  const here = types.filter((kind) => context.snapshot.features.qdiscs.includes(kind));
  const hint = `Load or build sch_${type}, or use one of ${here.join(', ')}.`;
  return { fragments: [], findings: [unavailable(path, context, { code: 'missing_kernel_feature', message, hint })] };
};

const fragments = ({ type, params = {} }: Wish, context: KnobContext): KnobResult => {
  if (!types.some((known) => known === type)) {
    const finding = error(
      'changes.qdisc.type',
      'invalid_argument',
      `there is no qdisc type "${type}"`,
      `Known: ${types.join(', ')}.`,
    );
    return { fragments: [], findings: [finding] };
  }
  if (!context.snapshot.features.qdiscs.includes(type)) return missing(type, context);
  if (type === 'netem') {
    const refused = needsEmulate('changes.qdisc.type', context);
    if (refused !== undefined) return { fragments: [], findings: [refused] };
  }
  const part: Part = type === 'netem' ? { kind: 'netem', params } : { kind: 'qdisc', type, params };
  return { fragments: [{ resource: 'tc', target: context.iface, part }], findings: [] };
};

export const qdiscKnob = defineKnob({
  id: 'qdisc',
  schema,
  cards: ['tc.qdisc_type', 'tc.default_class'],
  risk: 'blip',
  meets: 'replace',
  fragments,
  examples: [
    { title: 'Fair queueing with pacing for a BBR sender', wish: { type: 'fq' } },
    {
      title: 'Short queues on a gateway',
      wish: { type: 'fq_codel', params: { target_ms: 5, interval_ms: 100, ecn: true } },
    },
    {
      title: 'cake at a line of 40 Mbit/s',
      wish: { type: 'cake', params: { bandwidth_mbit: 40, diffserv: 'diffserv4', nat: true } },
    },
  ],
});
