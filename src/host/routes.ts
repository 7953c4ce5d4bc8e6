// The routes of this network namespace as the kernel has them, one table or all, read with `ip -j -d route`.
import * as z from 'zod';
import { NetError } from '../model/errors.ts';
import { plainText } from '../model/plain-text.ts';
import type { Exec, HostPorts } from '../model/ports.ts';
import { hasIpv6Default, readIpv4DefaultInterface } from './facts.ts';
import { entriesAs, runIpJson } from './ip-json.ts';

export type RouteFamily = 'ipv4' | 'ipv6';
const options = { ipv4: '-4', ipv6: '-6' } as const;

const hopSchema = z.object({
  gateway: z.string().optional(),
  via: z.object({ host: z.string() }).optional(),
  dev: z.string().optional(),
  weight: z.number().default(1),
  flags: z.array(z.string()).default([]),
});
type Hop = z.infer<typeof hopSchema>;

const entrySchema = hopSchema.omit({ weight: true }).extend({
  type: z.string().default('unicast'),
  dst: z.string(),
  from: z.string().optional(),
  table: z.coerce.string().optional(),
  protocol: z.coerce.string().default('boot'),
  scope: z.coerce.string().default('global'),
  prefsrc: z.string().optional(),
  metric: z.number().default(0),
  metrics: z.array(z.object({ mtu: z.number().optional() })).default([]),
  expires: z.number().optional(),
  nhid: z.number().optional(),
  nexthops: z.array(hopSchema).default([]),
});
type Entry = z.infer<typeof entrySchema>;

export interface NextHop {
  gateway: string | null;
  interface: string | null;
  weight: number;
  flags: string[];
}

/** What is optional is left out where the kernel names none. */
export interface Route {
  family: RouteFamily;
  /** `default`, an address, or a prefix. */
  destination: string;
  /** Null: the destination is on the link, or there are several next hops. */
  gateway: string | null;
  interface: string | null;
  /** Lower is preferred; 0 where IPv4 names none. */
  metric: number;
  flags: string[];
  table: string;
  protocol: string;
  scope: string;
  type: string;
  /** Address that packets leave with. */
  source?: string;
  /** Only for packets from this prefix (IPv6). */
  from?: string;
  mtu_bytes?: number;
  expires_s?: number;
  nexthop_id?: number;
  nexthops?: NextHop[];
}

const gatewayOf = ({ gateway, via }: Pick<Hop, 'gateway' | 'via'>): string | null => gateway ?? via?.host ?? null;
const nameOf = (dev: string | undefined): string | null => (dev === undefined ? null : plainText(dev, 64));

const given = <Name extends string, Value>(name: Name, value: Value | undefined): Partial<Record<Name, Value>> => {
  const pair: Partial<Record<Name, Value>> = {};
  if (value !== undefined) pair[name] = value;
  return pair;
};

const routeOf = (entry: Entry, family: RouteFamily, table: string): Route => {
  const mtu = entry.metrics.find((metrics) => metrics.mtu !== undefined)?.mtu;
  const nexthops = entry.nexthops.map((hop) => ({
    gateway: gatewayOf(hop),
    interface: nameOf(hop.dev),
    weight: hop.weight,
    flags: hop.flags,
  }));
  return {
    family,
    destination: entry.dst,
    gateway: gatewayOf(entry),
    interface: nameOf(entry.dev),
    metric: entry.metric,
    flags: entry.flags,
    table: entry.table ?? table,
    protocol: entry.protocol,
    scope: entry.scope,
    type: entry.type,
    ...given('source', entry.prefsrc),
    // `route get` says `::` for packets from any address.
    ...given('from', entry.from === '::' ? undefined : entry.from),
    ...given('mtu_bytes', mtu),
    ...given('expires_s', entry.expires),
    ...given('nexthop_id', entry.nhid),
    ...given('nexthops', nexthops.length === 0 ? undefined : nexthops),
  };
};

/** Entries of `ip -j -d route show`; what names no table is of `table`. */
export const parseRoutes = (entries: readonly unknown[], family: RouteFamily, table: string): Route[] =>
  entriesAs(entrySchema, entries).map((entry) => routeOf(entry, family, table));

const isFull = (error: unknown): boolean => error instanceof NetError && error.code === 'limit_exceeded';

/** In the kernel's order; `table` is a name, a number or `all`. Undefined: this family has no such table. Throws step_failed, limit_exceeded. */
export const readRoutes = async (
  exec: Exec,
  { family, table }: { family: RouteFamily; table: string },
  signal: AbortSignal,
): Promise<Route[] | undefined> => {
  const args = [options[family], '-d', 'route', 'show', 'table', table];
  try {
    const { entries, complaint } = await runIpJson(exec, args, signal);
    if (complaint === undefined) return parseRoutes(entries, family, table);
    if (/table (does not exist|id value is invalid)/i.test(complaint)) return undefined;
    // A kernel without IPv6.
    if (/not supported/i.test(complaint)) return [];
    throw new NetError(
      'step_failed',
      `ip could not list the routes: ${plainText(complaint, 300)}`,
      `Run \`ip ${options[family]} route show table ${table}\` to see why.`,
    );
  } catch (error) {
    if (!isFull(error)) throw error;
    throw new NetError(
      'limit_exceeded',
      `The ${family} routes of table ${table} are more than netmcp reads at once (64 MiB of text).`,
      'Pass destination to see the route to one address, or another table.',
      { cause: error },
    );
  }
};

export interface RouteLookup {
  /** What the kernel does with a packet to the address, cached path MTU and the like included; null when it sends none. */
  path: Route | null;
  /** The entry of the table that matched; null when none did or the kernel does not tell. */
  matched: Route | null;
  /** Why it sends none, as the kernel says it. */
  refusal: string | undefined;
}

/** The route the kernel takes to an address, optionally out of one interface. */
export const lookUpRoute = async (
  exec: Exec,
  { address, family, iface }: { address: string; family: RouteFamily; iface: string | undefined },
  signal: AbortSignal,
): Promise<RouteLookup> => {
  const ask = (...words: string[]) =>
    runIpJson(
      exec,
      [options[family], '-d', 'route', 'get', ...words, address, ...(iface === undefined ? [] : ['oif', iface])],
      signal,
    );
  const [path, match] = await Promise.all([ask(), ask('fibmatch')]);
  const first = (entries: readonly unknown[]): Route | null => parseRoutes(entries, family, 'main')[0] ?? null;
  return {
    path: first(path.entries),
    matched: first(match.entries),
    refusal: path.complaint === undefined ? undefined : plainText(path.complaint.replace(/^RTNETLINK answers: /, '')),
  };
};

/** The default route packets take in a table: the usable one with the lowest metric, its first next hop where it has several. */
export const defaultOf = (routes: readonly Route[], wanted = 'main'): Route | null => {
  const usable = ({ destination, table, type, flags }: Route): boolean =>
    destination === 'default' && table === wanted && type === 'unicast' && !flags.includes('dead');
  const best = routes.filter(usable).sort((left, right) => left.metric - right.metric)[0];
  if (best === undefined) return null;
  const [hop] = best.nexthops ?? [];
  return hop === undefined ? best : { ...best, gateway: hop.gateway, interface: hop.interface };
};

/** The default routes of a table, or of `all`; none where there is no such table. Throws step_failed. */
export const readDefaultRoutes = async (
  exec: Exec,
  { family, table }: { family: RouteFamily; table: string },
  signal: AbortSignal,
): Promise<Route[]> => {
  const args = [options[family], '-d', 'route', 'show', 'default', 'table', table];
  const { entries, complaint } = await runIpJson(exec, args, signal);
  if (complaint === undefined) return parseRoutes(entries, family, table === 'all' ? 'main' : table);
  if (/table does not exist|not supported/i.test(complaint)) return [];
  throw new NetError(
    'step_failed',
    `ip could not show the default route: ${plainText(complaint, 300)}`,
    `Run \`ip ${options[family]} route show default table ${table}\` to see why.`,
  );
};

/** The default route of the main table; null without any. Throws step_failed. */
export const readDefaultRoute = async (exec: Exec, family: RouteFamily, signal: AbortSignal): Promise<Route | null> =>
  defaultOf(await readDefaultRoutes(exec, { family, table: 'main' }, signal));

/** Interface of the main table's default route, IPv4 before IPv6; null without any. A process is started only where IPv6 alone has one. */
export const readDefaultInterface = async (
  { exec, kernel }: Pick<HostPorts, 'exec' | 'kernel'>,
  signal: AbortSignal,
): Promise<string | null> => {
  const ipv4 = await readIpv4DefaultInterface(kernel);
  if (ipv4 !== null) return plainText(ipv4, 64);
  if (!(await hasIpv6Default(kernel))) return null;
  return (await readDefaultRoute(exec, 'ipv6', signal))?.interface ?? null;
};
