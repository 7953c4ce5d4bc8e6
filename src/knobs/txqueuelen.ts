// The knob for the length of an interface's transmit queue, and a word where the queueing discipline does not look at it.
import * as z from 'zod';
import { type Finding, warning } from '../model/finding.ts';
import { type KnobContext, defineKnob } from '../model/knob.ts';
import { addressOf } from '../model/snapshot.ts';

const path = 'changes.txqueuelen';

/** They have a limit of their own, or no queue at all. */
const ignoring = new Set(['fq', 'fq_codel', 'cake', 'noqueue', 'sfq', 'tbf', 'netem']);

const qdiscWish = z.object({ type: z.string() });
const seenQdiscs = z.object({ qdiscs: z.array(z.object({ kind: z.string(), parent: z.string() })) });

/** What would queue packets after the plan; empty where that takes composing the whole tree. */
const queueKinds = ({ iface, snapshot, wishes }: KnobContext): string[] => {
  const wished = qdiscWish.safeParse(wishes['qdisc']);
  if (wished.success) return [wished.data.type];
  if (['shaper', 'htb_classes', 'netem'].some((knob) => wishes[knob] !== undefined)) return [];
  const { data } = seenQdiscs.safeParse(snapshot.observed[addressOf('tc', iface)]);
  const root = data?.qdiscs.find(({ parent }) => parent === 'root');
  if (data === undefined || root === undefined) return [];
  const leaves = data.qdiscs.filter(({ kind, parent }) => parent !== 'root' && !['ingress', 'clsact'].includes(kind));
  return root.kind === 'mq' ? leaves.map(({ kind }) => kind) : [root.kind];
};

const withoutEffect = (context: KnobContext): Finding[] => {
  const kinds = [...new Set(queueKinds(context))];
  if (kinds.length === 0 || !kinds.every((kind) => ignoring.has(kind)) || context.origin(path) === 'committed')
    return [];
  const message = `${kinds.join(', ')} on ${context.iface} does not look at txqueuelen`;
  return [warning(path, 'no_effect', message, 'Set the limit of the qdisc instead, or leave txqueuelen out.')];
};

export const txqueuelenKnob = defineKnob({
  id: 'txqueuelen',
  // 0 would leave pfifo_fast without a ring.
  schema: z.number().int().min(1).max(0x7fffffff).describe('Packets that may wait in pfifo_fast, pfifo or bfifo'),
  cards: ['nic.txqueuelen'],
  // The kernel stops the queues to resize them and drops what waits.
  risk: 'blip',
  meets: 'replace',
  fragments: (txqueuelen, context) => ({
    fragments: [{ resource: 'link', target: context.iface, part: { txqueuelen } }],
    findings: withoutEffect(context),
  }),
  examples: [
    { title: 'A longer queue before a fast link', wish: 10000 },
    { title: 'A short queue before a slow link', wish: 100 },
  ],
});
