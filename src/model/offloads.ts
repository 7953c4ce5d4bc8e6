// NIC offloads: the short names plans use, the kernel features behind each, and what reading an interface gives.
import * as z from 'zod';

export const offloadNames = ['gro', 'gso', 'tso', 'lro', 'rx', 'tx'] as const;
export type OffloadName = (typeof offloadNames)[number];

/** Features by the name the kernel knows them by; `tso` and `tx` are groups, as in ethtool -K. */
const patterns: Record<OffloadName, RegExp> = {
  gro: /^rx-gro$/,
  gso: /^tx-generic-segmentation$/,
  tso: /^tx-tcp.*-segmentation$/,
  lro: /^rx-lro$/,
  rx: /^rx-checksum$/,
  tx: /^tx-checksum-/,
};

export const offloadOf = (feature: string): OffloadName | undefined =>
  offloadNames.find((name) => patterns[name].test(feature));

/** Off by default because it lets the NIC repeat IP identifiers: `tso: true` does not turn it on, `tso: false` turns it off too. */
export const mangleIdFeature = 'tx-tcp-mangleid-segmentation';

export const featureSchema = z.strictObject({
  active: z.boolean(),
  /** What was asked for; the kernel may keep it inactive while something it depends on is off. */
  requested: z.boolean(),
  /** The driver does not let it change. */
  fixed: z.boolean(),
});
export type Feature = z.infer<typeof featureSchema>;

/** Features of the six groups only, by kernel name. Null: no ethtool here, or the interface did not answer it. */
export const ethtoolObservedSchema = z.strictObject({ features: z.record(z.string(), featureSchema) }).nullable();
export type EthtoolObserved = z.infer<typeof ethtoolObservedSchema>;
