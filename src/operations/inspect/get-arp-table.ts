// get_arp_table: the neighbours of both families (ARP and NDP) with their state, and whether the kernel's table is nearly full.
import * as z from 'zod';
import type { Neighbour, TableFill } from '../../host/neighbours.ts';
import { interfaceNameSchema } from '../../model/names.ts';
import type { OperationPorts } from '../../model/operation-ports.ts';
import { defineOperation } from '../define.ts';
import { pageInput, pageOf, pageOutput } from '../frame/page.ts';
import { resultSchema } from '../frame/result.ts';
import { checkInterface } from './known-interface.ts';

/** Share of gc_thresh3 above which new neighbours may soon be refused. */
const nearlyFull = 0.8;
const mostProxies = 50;
const states = ['REACHABLE', 'STALE', 'DELAY', 'PROBE', 'INCOMPLETE', 'FAILED', 'PERMANENT', 'NOARP', 'NONE'] as const;

const entrySchema = z.strictObject({
  ip: z.string(),
  mac: z.string().nullable().describe('null: it has not answered'),
  interface: z.string(),
  state: z.enum(states),
  family: z.enum(['ipv4', 'ipv6']),
  router: z.boolean().describe('It says that it forwards (NDP)'),
});

const names = { ipv4: 'IPv4', ipv6: 'IPv6' } as const;
const families = ['ipv4', 'ipv6'] as const;

/** Undefined below the mark, or where this namespace does not show the limit. */
export const fullNote = (family: 'ipv4' | 'ipv6', own: number, { entries, limit }: TableFill): string | undefined => {
  const used = Math.max(own, entries ?? 0);
  if (limit === null || limit === 0 || used <= limit * nearlyFull) return undefined;
  return `The ${names[family]} neighbour table holds ${used} of at most ${limit} entries (net.${family}.neigh.default.gc_thresh3): at the limit new neighbours are refused. Raise gc_thresh3.`;
};

const fullNotes = async (all: readonly Neighbour[], ports: OperationPorts): Promise<string[]> => {
  const { readTableFill } = await import('../../host/neighbours.ts');
  const notes = await Promise.all(
    families.map(async (family) => {
      // Permanent entries do not count against the limit (since Linux 5.0).
      const own = all.filter((entry) => entry.family === family && entry.state !== 'PERMANENT').length;
      return fullNote(family, own, await readTableFill(ports.kernel, family));
    }),
  );
  return notes.filter((note) => note !== undefined);
};

const counted = (entries: readonly Neighbour[]): Partial<Record<Neighbour['state'], number>> => {
  const counts: Partial<Record<Neighbour['state'], number>> = {};
  for (const { state } of entries) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
};

const summaryOf = (matching: readonly Neighbour[], counts: ReturnType<typeof counted>): string => {
  const told = Object.entries(counts).map(([state, number]) => `${number} ${state.toLowerCase()}`);
  const each = told.length === 0 ? '' : `: ${told.join(', ')}`;
  return `${matching.length} neighbour${matching.length === 1 ? '' : 's'}${each}.`;
};

export const getArpTable = defineOperation({
  name: 'get_arp_table',
  title: 'Get the neighbour table',
  description: 'Neighbours (ARP, NDP) with MAC, interface and state.',
  toolset: 'inspect',
  needs: 'none',
  annotations: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  input: z.strictObject({
    family: z.enum(['ipv4', 'ipv6', 'all']).default('all'),
    interface: interfaceNameSchema.optional(),
    state: z
      .preprocess((state) => (typeof state === 'string' ? state.toUpperCase() : state), z.enum(states).optional())
      .describe('NOARP (multicast) only when asked for'),
    ...pageInput,
  }),
  output: resultSchema({
    entries: z.array(entrySchema),
    counts: z.partialRecord(z.enum(states), z.number()).describe('By state, of all that match'),
    proxies: z
      .array(z.strictObject({ ip: z.string(), interface: z.string().nullable() }))
      .describe('Answered for others'),
    proxies_total: z.number(),
    notes: z.array(z.string()),
    ...pageOutput,
  }),
  run: async (request, ports, { signal }) => {
    const { family, interface: name, state } = request;
    if (name !== undefined) await checkInterface(name, ports.kernel);
    const { readNeighbours, readProxyNeighbours } = await import('../../host/neighbours.ts');
    const [all, allProxies] = await Promise.all([
      readNeighbours(ports.exec, signal),
      readProxyNeighbours(ports.exec, signal),
    ]);
    const ofFamily = (ip: string): boolean => family === 'all' || (family === 'ipv6') === ip.includes(':');
    const here = (on: string | null): boolean => name === undefined || on === name;
    const matching = all.filter(
      (entry) =>
        ofFamily(entry.ip) &&
        here(entry.interface) &&
        (state === undefined ? entry.state !== 'NOARP' && entry.state !== 'NONE' : entry.state === state),
    );
    const proxies = allProxies.filter((entry) => ofFamily(entry.ip) && here(entry.interface));
    const counts = counted(matching);
    const { items, ...page } = pageOf(matching, request);
    return {
      success: true,
      summary: summaryOf(matching, counts),
      entries: items,
      counts,
      proxies: request.cursor === undefined ? proxies.slice(0, mostProxies) : [],
      proxies_total: proxies.length,
      notes: await fullNotes(all, ports),
      ...page,
    };
  },
});
