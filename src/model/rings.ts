// A NIC's rings: the settings a plan may wish, and what reading an interface gives.
import * as z from 'zod';

export const ringNames = ['rx', 'tx'] as const;
export type RingName = (typeof ringNames)[number];

const slots = z.number().int().min(1).max(0x7fffffff).nullable();
const ringSchema = z.strictObject({ rx: slots, tx: slots });

/** Slots of each ring now and at most; null where the driver does not tell. Null as a whole: no ethtool here, or the driver has no rings to set. */
export const ringsObservedSchema = z.strictObject({ current: ringSchema, maximum: ringSchema }).nullable();
export type RingsObserved = z.infer<typeof ringsObservedSchema>;
