// Interrupt coalescing of a NIC: the settings a plan may wish, their words in ethtool, and what reading an interface gives.
import * as z from 'zod';

export const coalescingNames = [
  'adaptive_rx',
  'adaptive_tx',
  'rx_usecs',
  'tx_usecs',
  'rx_frames',
  'tx_frames',
] as const;
export type CoalescingName = (typeof coalescingNames)[number];

const flag = z.boolean();
const count = z.number().int().min(0).max(0xffffffff);
const settingsOf = <Flag extends z.ZodType, Count extends z.ZodType>(oneFlag: Flag, oneCount: Count) =>
  z.strictObject({
    adaptive_rx: oneFlag,
    adaptive_tx: oneFlag,
    rx_usecs: oneCount,
    tx_usecs: oneCount,
    rx_frames: oneCount,
    tx_frames: oneCount,
  });

/** What somebody wants of them: only some. */
export const coalescingPartSchema = settingsOf(flag.optional(), count.optional());
export type CoalescingPart = z.infer<typeof coalescingPartSchema>;

/** Null: the driver has no such setting. Null as a whole: no ethtool here, or the driver coalesces nothing that can be set. */
export const coalescingObservedSchema = settingsOf(flag.nullable(), count.nullable()).nullable();
export type CoalescingObserved = z.infer<typeof coalescingObservedSchema>;
