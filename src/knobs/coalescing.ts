// The knob for interrupt coalescing: how long a NIC may collect packets before it interrupts. What the driver lacks is refused by name.
import * as z from 'zod';
import {
  type CoalescingName,
  type CoalescingObserved,
  coalescingNames,
  coalescingObservedSchema,
} from '../model/coalescing.ts';
import { type Finding, warning } from '../model/finding.ts';
import { type KnobContext, defineKnob } from '../model/knob.ts';
import { addressOf } from '../model/snapshot.ts';
import { missingSetting, nothingToSet } from './ethtool-lacks.ts';

const flag = (what: string) => z.boolean().nullable().optional().describe(what);
const count = (what: string) => z.number().int().min(0).max(0x7fffffff).nullable().optional().describe(what);

const schema = z.strictObject({
  adaptive_rx: flag('Let the driver choose by load when to interrupt for received packets'),
  adaptive_tx: flag('Let the driver choose by load when to interrupt for sent packets'),
  rx_usecs: count('Microseconds to collect received packets'),
  tx_usecs: count('Microseconds to collect sent packets'),
  rx_frames: count('Received packets after which to interrupt at once'),
  tx_frames: count('Sent packets after which to interrupt at once'),
});
type Wish = z.infer<typeof schema>;

const readObserved = ({ iface, snapshot }: KnobContext): CoalescingObserved => {
  const raw = snapshot.observed[addressOf('coalescing', iface)];
  return raw === undefined ? null : coalescingObservedSchema.parse(raw);
};

/** While moderation is adaptive the driver goes by its own numbers, and some refuse any. */
const adaptiveDecides = (
  wish: Wish,
  observed: NonNullable<CoalescingObserved>,
  set: (name: CoalescingName) => boolean,
  { iface, origin }: KnobContext,
): Finding[] =>
  (['rx', 'tx'] as const).flatMap((side) => {
    const now = observed[`adaptive_${side}`];
    const adaptive = now !== null && (wish[`adaptive_${side}`] ?? now);
    const names = ([`${side}_usecs`, `${side}_frames`] as const).filter(set);
    const [first] = names.map((name) => `changes.coalescing.${name}`);
    if (!adaptive || first === undefined || origin(first) === 'committed') return [];
    const message = `adaptive_${side} is on, so ${iface} chooses itself and ${names.join(', ')} may be ignored or refused`;
    return [warning(first, 'adaptive_decides', message, `Set adaptive_${side} to false, or leave the numbers out.`)];
  });

export const coalescingKnob = defineKnob({
  id: 'coalescing',
  schema,
  cards: ['nic.coalescing'],
  risk: 'blip',
  meets: 'merge',
  fragments(wish, context) {
    const observed = readObserved(context);
    if (observed === null) {
      return { fragments: [], findings: [nothingToSet('changes.coalescing', 'coalescing', '-c', context)] };
    }
    const part: Partial<Record<CoalescingName, number | boolean>> = {};
    const findings: Finding[] = [];
    for (const name of coalescingNames) {
      const value = wish[name];
      if (value === undefined || value === null) continue;
      if (observed[name] === null) {
        const message = `the driver of ${context.iface} has no ${name}`;
        findings.push(missingSetting(`changes.coalescing.${name}`, message, '-c', context));
      } else part[name] = value;
    }
    if (Object.keys(part).length === 0) return { fragments: [], findings };
    findings.push(...adaptiveDecides(wish, observed, (name) => part[name] !== undefined, context));
    return { fragments: [{ resource: 'coalescing', target: context.iface, part }], findings };
  },
  examples: [
    { title: 'Answer at once, at the price of more interrupts', wish: { adaptive_rx: false, rx_usecs: 0 } },
    { title: 'Fewer interrupts for bulk transfers', wish: { adaptive_rx: true, adaptive_tx: true } },
  ],
});
