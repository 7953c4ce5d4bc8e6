// The knob that keeps an interface under a rate in either direction, so that the queue builds where it is managed.
import * as z from 'zod';
import type { Finding } from '../model/finding.ts';
import { error } from '../model/finding.ts';
import type { KnobContext, KnobResult } from '../model/knob.ts';
import { defineKnob } from '../model/knob.ts';
import type { Part } from '../resources/tc/part.ts';
import { bitsOf, rateSchema } from './rate.ts';
import { unavailable } from './unavailable.ts';

const schema = z
  .strictObject({
    egress_mbit: rateSchema.optional().describe('Rate guaranteed to what is sent, Mbit/s'),
    ingress_mbit: rateSchema.optional().describe('Rate of what is received, Mbit/s, by an ifb'),
    ceil_mbit: rateSchema.optional().describe('Rate that sending never exceeds; egress_mbit unless given'),
  })
  .refine(
    (wish) => wish.egress_mbit !== undefined || wish.ingress_mbit !== undefined,
    'give egress_mbit, ingress_mbit or both',
  );
type Wish = z.infer<typeof schema>;

const judge = ({ egress_mbit: egress, ceil_mbit: ceil }: Wish): Finding[] => {
  const path = 'changes.shaper.ceil_mbit';
  if (ceil === undefined) return [];
  if (egress === undefined)
    return [
      error(
        path,
        'invalid_argument',
        'ceil_mbit is the ceiling of egress_mbit, and there is none',
        'Give egress_mbit too.',
      ),
    ];
  return ceil < egress
    ? [
        error(
          path,
          'rate_exceeds_ceil',
          `egress_mbit ${egress} is above ceil_mbit ${ceil}`,
          'Raise ceil_mbit or lower egress_mbit.',
        ),
      ]
    : [];
};

/** Ingress needs an ifb and the redirect to it: left out with a warning when a profile wanted it, refused when asked for by name. */
const ingressMissing = (context: KnobContext): Finding => {
  const path = 'changes.shaper.ingress_mbit';
  const message = 'this kernel has no ifb or cannot redirect to one, and the ingress shaper needs it';
  const hint = 'Load or build ifb and act_mirred, or shape egress only.';
  return unavailable(path, context, { code: 'missing_kernel_feature', message, hint });
};

const fragments = (wish: Wish, context: KnobContext): KnobResult => {
  const findings = judge(wish);
  const { qdiscs, ifb } = context.snapshot.features;
  const wantsIngress = wish.ingress_mbit !== undefined;
  const canIngress = ifb && qdiscs.includes('ingress');
  if (wantsIngress && !canIngress) findings.push(ingressMissing(context));
  const part: Part = {
    kind: 'shaper',
    ...(wish.egress_mbit === undefined ? {} : { egress_bit: bitsOf(wish.egress_mbit) }),
    ...(wish.ceil_mbit === undefined ? {} : { ceil_bit: bitsOf(wish.ceil_mbit) }),
    ...(wish.ingress_mbit === undefined || !canIngress ? {} : { ingress_bit: bitsOf(wish.ingress_mbit) }),
  };
  const refused = findings.some((finding) => finding.severity === 'error');
  const empty = Object.keys(part).length === 1;
  return { fragments: refused || empty ? [] : [{ resource: 'tc', target: context.iface, part }], findings };
};

export const shaperKnob = defineKnob({
  id: 'shaper',
  schema,
  cards: ['tc.shaper'],
  risk: 'blip',
  meets: 'replace',
  fragments,
  examples: [
    { title: 'A line of 100/40 Mbit/s, kept 5 % below its rates', wish: { egress_mbit: 38, ingress_mbit: 95 } },
    { title: 'Guarantees for 900 Mbit/s, bursts to 1000', wish: { egress_mbit: 900, ceil_mbit: 1000 } },
  ],
});
