// The knob for link emulation: delay, loss and the like on purpose, only where the plan says emulate: true.
import * as z from 'zod';
import type { Finding } from '../model/finding.ts';
import { error, warning } from '../model/finding.ts';
import type { KnobContext, KnobResult } from '../model/knob.ts';
import { defineKnob } from '../model/knob.ts';
import type { Part } from '../resources/tc/part.ts';
import { unavailable } from './unavailable.ts';

const milliseconds = z.number().min(0).max(60_000);
const percent = z.number().min(0).max(100);

const schema = z.strictObject({
  delay_ms: milliseconds.optional(),
  delay_jitter_ms: milliseconds.optional(),
  delay_correlation_pct: percent.optional(),
  distribution: z.enum(['uniform', 'normal', 'pareto', 'paretonormal']).optional().describe('Of the jitter'),
  loss_pct: percent.optional(),
  duplicate_pct: percent.optional(),
  corrupt_pct: percent.optional(),
  reorder_pct: percent.optional().describe('Share sent without the delay; needs delay_ms'),
  reorder_gap: z.number().int().min(1).max(1_000_000).optional(),
  rate_mbit: z.number().min(0.008).max(100_000).optional(),
  limit: z.number().int().min(1).max(10_000_000).optional().describe('Packets held at most; 1000 unless told'),
});
type Wish = z.infer<typeof schema>;

/** Above this share of lost packets TCP hardly works, the session that would confirm the change included. */
const heavyLoss = 20;
/** Packets that netem holds unless told. */
const usualLimit = 1000;

/** The refusal of a plan that did not say it wants a worse link. */
export const needsEmulate = (path: string, context: KnobContext): Finding | undefined =>
  context.emulate
    ? undefined
    : error(
        path,
        'plan_refused',
        'netem makes the link worse for everything on it',
        'Say emulate: true in the plan if that is what you want.',
      );

const judge = (wish: Wish): Finding[] => {
  const { loss_pct: loss = 0, delay_ms: delay = 0, rate_mbit: rate, limit = usualLimit } = wish;
  const full = rate === undefined ? undefined : (delay / 1000) * ((rate * 1e6) / 8 / 1514);
  return [
    ...(loss >= heavyLoss && loss < 100
      ? [
          warning(
            'changes.netem.loss_pct',
            'heavy_loss',
            `at ${loss} % loss TCP hardly works, remote sessions over this interface included`,
            'Keep confirm_timeout_s short, so that it is rolled back by itself.',
          ),
        ]
      : []),
    ...(full !== undefined && full > limit
      ? [
          warning(
            'changes.netem.limit',
            'queue_too_small',
            `${rate ?? 0} Mbit/s for ${delay} ms are about ${Math.ceil(full)} packets, and netem holds ${limit}: it drops the rest`,
            `Give limit: ${Math.ceil(full * 1.5)}.`,
          ),
        ]
      : []),
  ];
};

const fragments = (wish: Wish, context: KnobContext): KnobResult => {
  const path = 'changes.netem';
  const refused = needsEmulate(path, context);
  if (refused !== undefined) return { fragments: [], findings: [refused] };
  if (!context.snapshot.features.qdiscs.includes('netem')) {
    const message = 'this kernel has no qdisc netem';
    const hint = 'Load or build sch_netem.';
    return { fragments: [], findings: [unavailable(path, context, { code: 'missing_kernel_feature', message, hint })] };
  }
  const params = Object.fromEntries(
    Object.entries(wish).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
  );
  const part: Part = { kind: 'netem', params };
  return { fragments: [{ resource: 'tc', target: context.iface, part }], findings: judge(wish) };
};

export const netemKnob = defineKnob({
  id: 'netem',
  schema,
  cards: ['tc.netem_delay', 'tc.netem_loss'],
  risk: 'cuts-off',
  meets: 'replace',
  fragments,
  examples: [
    { title: 'A path of 50 ms with some jitter', wish: { delay_ms: 50, delay_jitter_ms: 5 } },
    { title: 'A lossy mobile link', wish: { delay_ms: 80, delay_jitter_ms: 20, loss_pct: 1, rate_mbit: 10 } },
  ],
});
