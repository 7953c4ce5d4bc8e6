// The neighbour tables of this network namespace, ARP and NDP, read with `ip -j neigh`; and how full the kernel's table is.
import * as z from 'zod';
import { plainText } from '../model/plain-text.ts';
import type { Exec, KernelFiles } from '../model/ports.ts';
import { entriesAs, readIpJson } from './ip-json.ts';

/** States as `ip neigh` and the kernel name them (NUD_*). */
const neighbourStates = [
  'REACHABLE',
  'STALE',
  'DELAY',
  'PROBE',
  'INCOMPLETE',
  'FAILED',
  'PERMANENT',
  'NOARP',
  'NONE',
] as const;
type NeighbourState = (typeof neighbourStates)[number];

export interface Neighbour {
  ip: string;
  /** Null while the neighbour has not answered. */
  mac: string | null;
  interface: string;
  state: NeighbourState;
  family: 'ipv4' | 'ipv6';
  /** It has said that it forwards packets (NDP). */
  router: boolean;
}

const entrySchema = z.object({
  dst: z.string(),
  dev: z.string().default(''),
  lladdr: z.string().optional(),
  state: z.array(z.string()).default([]),
  /** Present, with the value null, for a router. */
  router: z.unknown().optional(),
});

const familyOf = (address: string): 'ipv4' | 'ipv6' => (address.includes(':') ? 'ipv6' : 'ipv4');

/** In the kernel's order, with those that need no answer (NOARP: multicast and the like) as `ip neigh show nud all` has them. */
export const readNeighbours = async (exec: Exec, signal: AbortSignal): Promise<Neighbour[]> => {
  const entries = await readIpJson(exec, ['neigh', 'show', 'nud', 'all'], signal);
  return entriesAs(entrySchema, entries).map((entry) => ({
    ip: entry.dst,
    mac: entry.lladdr === undefined ? null : plainText(entry.lladdr, 64),
    interface: plainText(entry.dev, 64),
    state: neighbourStates.find((state) => entry.state.includes(state)) ?? 'NONE',
    family: familyOf(entry.dst),
    router: 'router' in entry,
  }));
};

export interface ProxyNeighbour {
  ip: string;
  interface: string | null;
}

/** Addresses this host answers for in place of others (proxy ARP and NDP), of both families. */
export const readProxyNeighbours = async (exec: Exec, signal: AbortSignal): Promise<ProxyNeighbour[]> => {
  const entries = await readIpJson(exec, ['neigh', 'show', 'proxy'], signal);
  return entriesAs(z.object({ dst: z.string(), dev: z.string().optional() }), entries).map(({ dst, dev }) => ({
    ip: dst,
    interface: dev === undefined ? null : plainText(dev, 64),
  }));
};

/** Entries and limit of the kernel's table, which all namespaces share; null where this namespace does not show it. */
export interface TableFill {
  entries: number | null;
  limit: number | null;
}

const tables = { ipv4: 'arp_cache', ipv6: 'ndisc_cache' } as const;

const numberIn = (text: string | undefined, radix: number): number | null => {
  const value = Number.parseInt(text?.trim() ?? '', radix);
  return Number.isSafeInteger(value) && value >= 0 ? value : null;
};

/** net.FAMILY.neigh.default.gc_thresh3 (Documentation/networking/ip-sysctl.rst) and the first column of /proc/net/stat. */
export const readTableFill = async (kernel: KernelFiles, family: 'ipv4' | 'ipv6'): Promise<TableFill> => {
  const [limit, counters] = await Promise.all([
    kernel.read(`/proc/sys/net/${family}/neigh/default/gc_thresh3`),
    kernel.read(`/proc/net/stat/${tables[family]}`),
  ]);
  const entries = /^entries\b.*\n\s*([0-9a-f]{1,16})\b/.exec(counters ?? '')?.[1];
  return { entries: numberIn(entries, 16), limit: numberIn(limit, 10) };
};
