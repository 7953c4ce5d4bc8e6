// Every interface of this network namespace as rtnetlink tells it, from one `ip addr show`.
import * as z from 'zod';
import type { Exec } from '../model/ports.ts';
import { entriesAs, readIpJson } from './ip-json.ts';

const addressSchema = z
  .object({
    family: z.string(),
    local: z.string().optional(),
    /** The other end of a point-to-point link. */
    address: z.string().optional(),
    prefixlen: z.number().optional(),
    broadcast: z.string().optional(),
    scope: z.string().default('global'),
    valid_life_time: z.number().optional(),
  })
  .catchall(z.unknown());
export type LinkAddress = z.infer<typeof addressSchema>;

const countersSchema = z.record(z.string(), z.unknown());

const linkSchema = z.object({
  ifindex: z.number(),
  ifname: z.string(),
  flags: z.array(z.string()),
  mtu: z.number(),
  min_mtu: z.number().default(0),
  max_mtu: z.number().default(0),
  txqlen: z.number().default(0),
  operstate: z.string().default('UNKNOWN'),
  link_type: z.string(),
  address: z.string().optional(),
  master: z.string().optional(),
  ifalias: z.string().optional(),
  altnames: z.array(z.string()).default([]),
  /** What it lies on or its peer, by name where that is in this namespace. */
  link: z.string().nullish(),
  link_index: z.number().optional(),
  link_netnsid: z.number().optional(),
  linkinfo: z
    .object({
      info_kind: z.string().optional(),
      info_data: z.object({ id: z.number().optional() }).optional().catch(undefined),
      info_slave_data: z.object({ state: z.string().optional() }).optional().catch(undefined),
    })
    .optional(),
  addr_info: z.array(z.union([addressSchema, z.unknown().transform(() => undefined)])).default([]),
  stats64: z.object({ rx: countersSchema, tx: countersSchema }).optional().catch(undefined),
});
export type Link = z.infer<typeof linkSchema>;

/** In the kernel's order. `statistics` asks for every counter too. Throws missing_binary without iproute2, step_failed. */
export const readLinks = async (exec: Exec, signal: AbortSignal, statistics = false): Promise<Link[]> => {
  const counters = statistics ? ['-s', '-s'] : [];
  const entries = await readIpJson(exec, ['-d', ...counters, 'addr', 'show'], signal);
  return entriesAs(linkSchema, entries);
};
