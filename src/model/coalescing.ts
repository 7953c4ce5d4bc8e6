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

const flag = z.boolean().nullable();
const count = z.number().int().min(0).max(0xffffffff).nullable();

/** Null: the driver has no such setting. Null as a whole: no ethtool here, or the driver coalesces nothing that can be set. */
export const coalescingObservedSchema = z
  .strictObject({
    adaptive_rx: flag,
    adaptive_tx: flag,
    rx_usecs: count,
    tx_usecs: count,
    rx_frames: count,
    tx_frames: count,
  })
  .nullable();
export type CoalescingObserved = z.infer<typeof coalescingObservedSchema>;
