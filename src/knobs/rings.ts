// The knob for the sizes of a NIC's rings, within the maximum that its driver states.
import * as z from 'zod';
import { type Finding, warning } from '../model/finding.ts';
import { type KnobContext, defineKnob } from '../model/knob.ts';
import { type RingName, type RingsObserved, ringNames, ringsObservedSchema } from '../model/rings.ts';
import { addressOf } from '../model/snapshot.ts';
import { missingSetting, nothingToSet } from './ethtool-lacks.ts';
import { unavailable } from './unavailable.ts';

const slots = (what: string) => z.number().int().min(1).max(0x7fffffff).nullable().optional().describe(what);

const schema = z.strictObject({
  rx: slots('Packets the NIC can receive before the kernel takes them'),
  tx: slots('Packets the kernel can hand over before the NIC has sent them'),
});

const readObserved = ({ iface, snapshot }: KnobContext): RingsObserved => {
  const raw = snapshot.observed[addressOf('rings', iface)];
  return raw === undefined ? null : ringsObservedSchema.parse(raw);
};

const isPowerOfTwo = (value: number): boolean => Number.isInteger(Math.log2(value));

/** Why the device cannot have it; undefined when it can. */
const obstacle = (
  name: RingName,
  value: number,
  observed: NonNullable<RingsObserved>,
  context: KnobContext,
): Finding | undefined => {
  const path = `changes.rings.${name}`;
  if (observed.current[name] === null)
    return missingSetting(path, `${context.iface} has no ${name} ring to set`, '-g', context);
  const most = observed.maximum[name];
  if (most === null || value <= most) return undefined;
  const message = `the ${name} ring of ${context.iface} has at most ${most} slots, not ${value}`;
  return unavailable(path, context, { code: 'limit_exceeded', message, hint: `Choose ${most} or less.` });
};

/** Drivers round to 8, to 32 or to a power of two, some down; what reads back otherwise is undone. */
const rounding = (name: RingName, value: number, context: KnobContext): Finding[] => {
  const path = `changes.rings.${name}`;
  if (isPowerOfTwo(value) || context.origin(path) === 'committed') return [];
  const message = `many drivers round ${value} slots to another number; the change is then undone, because it does not read back`;
  return [warning(path, 'may_be_rounded', message, 'Choose a power of two.')];
};

export const ringsKnob = defineKnob({
  id: 'rings',
  schema,
  cards: ['nic.rings'],
  // Many drivers reset the link to make new rings.
  risk: 'blip',
  meets: 'merge',
  fragments(wish, context) {
    const observed = readObserved(context);
    if (observed === null) return { fragments: [], findings: [nothingToSet('changes.rings', 'rings', '-g', context)] };
    const part: Partial<Record<RingName, number>> = {};
    const findings: Finding[] = [];
    for (const name of ringNames) {
      const value = wish[name];
      if (value === undefined || value === null) continue;
      const refused = obstacle(name, value, observed, context);
      if (refused !== undefined) {
        findings.push(refused);
        continue;
      }
      part[name] = value;
      if (value !== observed.current[name]) findings.push(...rounding(name, value, context));
    }
    if (Object.keys(part).length === 0) return { fragments: [], findings };
    return { fragments: [{ resource: 'rings', target: context.iface, part }], findings };
  },
  examples: [
    { title: 'Room for bursts where rx_missed_errors counts up', wish: { rx: 4096 } },
    { title: 'Short rings, so that the queue builds in the qdisc', wish: { tx: 256 } },
  ],
});
