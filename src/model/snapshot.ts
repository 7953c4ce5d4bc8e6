// Host state as plain data: everything planning may know. No counters, timers, learned routes or neighbours in it.
import * as z from 'zod';
import { ownerSchema } from './owner.ts';

export const interfaceFactsSchema = z.strictObject({
  name: z.string(),
  ifindex: z.number(),
  mac: z.string().nullable(),
  /** Link kind as rtnetlink names it (`veth`, `ifb`, `bridge`, `tun`, ...); null for hardware. */
  kind: z.string().nullable(),
  mtu: z.number(),
  /** 0 means the driver states no bound. */
  min_mtu: z.number(),
  max_mtu: z.number(),
  up: z.boolean(),
  carrier: z.boolean(),
  txqueuelen: z.number(),
  /** Null where the driver does not tell. */
  speed_mbps: z.number().nullable(),
  ipv4: z.array(z.string()),
  ipv6: z.array(z.string()),
  master: z.string().nullable(),
  /** A wireless device (DEVTYPE=wlan). */
  wireless: z.boolean().optional(),
  /** Kernel driver of a hardware or paravirtual device: `e1000e`, `virtio_net`. */
  driver: z.string().nullable().optional(),
  /** Receive queues. */
  queues: z.number().optional(),
});
export type InterfaceFacts = z.infer<typeof interfaceFactsSchema>;

export const featuresSchema = z.strictObject({
  /** Qdisc kinds this kernel can set (built in, loaded or loadable). */
  qdiscs: z.array(z.string()),
  /** Filter kinds: u32, matchall, ... */
  classifiers: z.array(z.string()),
  ifb: z.boolean(),
  /** net.ipv4.tcp_available_congestion_control plus what can be loaded (initial namespace only). */
  congestion_controls: z.array(z.string()),
  /** nf_conntrack present or loadable. */
  conntrack: z.boolean(),
  nftables: z.boolean(),
  /** Absolute path by binary name; null where it is not installed. */
  binaries: z.record(z.string(), z.string().nullable()),
});
export type Features = z.infer<typeof featuresSchema>;

/** One knob's part of one resource, keyed by interface and knob; the union of committed fragments is what we own. */
export const fragmentSchema = z.strictObject({
  resource: z.string(),
  target: z.string(),
  iface: z.string(),
  knob: z.string(),
  part: z.unknown(),
});
export type Fragment = z.infer<typeof fragmentSchema>;

export const committedSchema = z.strictObject({
  /** What committed plans wished, by interface and knob. */
  wishes: z.array(z.strictObject({ iface: z.string(), knob: z.string(), wish: z.unknown(), change_id: z.string() })),
  fragments: z.array(fragmentSchema),
  /** State before our first change, by `resource:target`; what removing a knob goes back to. */
  originals: z.record(z.string(), z.unknown()),
  /** Our state now, by `resource:target`. */
  states: z.record(z.string(), z.unknown()),
});
export type Committed = z.infer<typeof committedSchema>;
export const nothingCommitted: Committed = { wishes: [], fragments: [], originals: {}, states: {} };

export const snapshotSchema = z.strictObject({
  /** Kernel release as uname gives it. */
  kernel: z.string(),
  boot_id: z.string(),
  netns: z.string(),
  initial_netns: z.boolean(),
  /** CAP_NET_ADMIN in effect. */
  net_admin: z.boolean(),
  memory_bytes: z.number(),
  cpus: z.number(),
  interfaces: z.record(z.string(), interfaceFactsSchema),
  /** Interface of the default route (IPv4 first, then IPv6). */
  default_interface: z.string().nullable(),
  /** Ports a person manages this host by: listening sshd ports, else 22. */
  management_ports: z.array(z.number()),
  features: featuresSchema,
  /** What each resource read, by `resource:target`. */
  observed: z.record(z.string(), z.unknown()),
  /** What could not be read, by `resource:target` (no ethtool, say): an error only for a plan that needs it. */
  unread: z.record(z.string(), z.strictObject({ code: z.string(), message: z.string(), hint: z.string() })).optional(),
  /** Who else sets what on this host: sysctl.d, tuned, NetworkManager, ... */
  owners: z.array(ownerSchema).optional(),
  /** What of that could not be read. */
  owner_warnings: z.array(z.string()).optional(),
  committed: committedSchema,
});
export type Snapshot = z.infer<typeof snapshotSchema>;

export const addressOf = (resource: string, target: string): string => `${resource}:${target}`;
