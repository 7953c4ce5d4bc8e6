// get_routes: the routing tables of both families with default gateways and policy rules, or the route the kernel takes to one address.
import type { Route, RouteFamily } from '../../host/routes.ts';
import type { Rule } from '../../host/rules.ts';
import { NetError } from '../../model/errors.ts';
import { familyOf } from '../../model/names.ts';
import type { OperationPorts } from '../../model/operation-ports.ts';
import { defineOperation } from '../define.ts';
import { pageOf } from '../frame/page.ts';
import { checkInterface } from './known-interface.ts';
import {
  familiesOf,
  ownTables,
  routeFamilies,
  routesInput,
  routesOutput,
  tableOf,
  type Gateway,
  type RoutesInput,
} from './routes-shape.ts';

/** Rules shown beside routes; `show: rules` pages through all of them. */
const mostRules = 20;

const through =
  (name: string | undefined) =>
  (route: Route): boolean =>
    name === undefined || route.interface === name || (route.nexthops ?? []).some((hop) => hop.interface === name);

const noSuchTable = async (table: string, { exec }: OperationPorts, signal: AbortSignal): Promise<NetError> => {
  const { readRoutes } = await import('../../host/routes.ts');
  const all = await Promise.all(routeFamilies.map((family) => readRoutes(exec, { family, table: 'all' }, signal)));
  const known = [...new Set(all.flatMap((routes = []) => routes.map((route) => route.table)))];
  return new NetError(
    'not_found',
    `There is no routing table ${table} here.`,
    `Tables with routes: ${known.slice(0, 30).join(', ')}; or pass "all".`,
    { details: { tables: known.slice(0, 100) } },
  );
};

type Defaults = ReadonlyMap<RouteFamily, Route>;

const readDefaults = async (
  request: RoutesInput,
  routes: readonly Route[] | undefined,
  { exec }: OperationPorts,
  signal: AbortSignal,
): Promise<Defaults> => {
  const { defaultOf, readDefaultRoute } = await import('../../host/routes.ts');
  const found = await Promise.all(
    familiesOf(request).map(async (family) => ({
      family,
      route:
        routes === undefined
          ? await readDefaultRoute(exec, family, signal)
          : defaultOf(routes.filter((route) => route.family === family)),
    })),
  );
  return new Map(found.flatMap(({ family, route }) => (route === null ? [] : [[family, route] as const])));
};

interface Listing {
  routes: Route[];
  /** Null: not asked for. */
  rules: Rule[] | null;
}

/** A table's routes, and beside the first page the rules. Throws not_found. */
const readTable = async (request: RoutesInput, ports: OperationPorts, signal: AbortSignal): Promise<Listing> => {
  const [{ readRoutes }, { readRouting }] = await Promise.all([
    import('../../host/routes.ts'),
    import('../../host/routing.ts'),
  ]);
  const table = tableOf(request);
  const read = await Promise.all(
    familiesOf(request).map(async (family) =>
      request.cursor === undefined
        ? readRouting(ports.exec, { family, table }, signal)
        : { routes: await readRoutes(ports.exec, { family, table }, signal), rules: null },
    ),
  );
  const tables = read.map(({ routes }) => routes);
  // A namespace that has never had a route of its own has no main table yet.
  const always = table === 'all' || Object.values(ownTables).includes(table);
  if (!always && tables.every((routes) => routes === undefined)) throw await noSuchTable(table, ports, signal);
  return {
    routes: tables.flatMap((routes = []) => routes),
    rules: request.cursor === undefined ? read.flatMap(({ rules }) => rules ?? []) : null,
  };
};

const readAllRules = async (request: RoutesInput, { exec }: OperationPorts, signal: AbortSignal): Promise<Rule[]> => {
  const { readRules } = await import('../../host/rules.ts');
  const byFamily = await Promise.all(familiesOf(request).map((family) => readRules(exec, family, signal)));
  return byFamily.flat();
};

/** What is listed: none where one address or the rules are asked for. The main table's routes also tell the default ones. */
const readAsked = async (
  request: RoutesInput,
  ports: OperationPorts,
  signal: AbortSignal,
): Promise<Listing & { defaults: Defaults }> => {
  const listed = request.destination === undefined && request.show === 'routes';
  const wantsRules = request.destination === undefined && request.show === 'rules';
  const { routes, rules } = listed
    ? await readTable(request, ports, signal)
    : { routes: [], rules: wantsRules ? await readAllRules(request, ports, signal) : null };
  const tellsDefaults = listed && ['main', 'all'].includes(tableOf(request));
  return { routes, rules, defaults: await readDefaults(request, tellsDefaults ? routes : undefined, ports, signal) };
};

const gatewayOf = (route: Route | undefined): Gateway | null =>
  route === undefined ? null : { gateway: route.gateway, interface: route.interface, metric: route.metric };

const words = ({ gateway, interface: name }: Pick<Route, 'gateway' | 'interface'>): string =>
  `${gateway === null ? '' : `via ${gateway} `}on ${name ?? 'no interface'}`;

const count = (total: number, noun: string): string => `${total} ${noun}${total === 1 ? '' : 's'}`;

const refusals: readonly (readonly [RegExp, string])[] = [
  [/unreachable/i, 'no route leads there'],
  [/no route to host/i, 'a route of type unreachable refuses it'],
  [/permission denied/i, 'a route or rule of type prohibit refuses it'],
  [/invalid argument/i, 'a route or rule of type blackhole drops it, or the interface cannot reach such an address'],
];

/** One answer to `destination`: the path, beside the table entry it comes from. */
const lookUp = async (address: string, request: RoutesInput, ports: OperationPorts, signal: AbortSignal) => {
  const { lookUpRoute } = await import('../../host/routes.ts');
  const family = familyOf(address);
  const iface = request.interface;
  const { path, matched, refusal } = await lookUpRoute(ports.exec, { address, family, iface }, signal);
  const reason = refusals.find(([pattern]) => pattern.test(refusal ?? ''))?.[1] ?? 'the kernel names no route';
  const from = path?.source === undefined ? '' : ` from ${path.source}`;
  return {
    success: path !== null,
    summary:
      path === null
        ? `Packets to ${address} are not sent: ${reason}${refusal === undefined ? '' : ` (${refusal})`}.`
        : `Packets to ${address} go ${words(path)}${from}, table ${path.table}${matched === null ? '' : `, by the route ${matched.destination}`}.`,
    path,
    routes: matched === null ? [] : [matched],
  };
};

const defaultsText = (request: RoutesInput, defaults: Defaults): string => {
  const each = familiesOf(request).map((family) => {
    const found = defaults.get(family);
    return `${family === 'ipv4' ? 'IPv4' : 'IPv6'} ${found === undefined ? 'none' : words(found)}`;
  });
  return `Default: ${each.join(', ')}.`;
};

const routesText = (request: RoutesInput, total: number): string => {
  const where = tableOf(request) === 'all' ? 'in all tables' : `in table ${tableOf(request)}`;
  const out = request.interface === undefined ? '' : ` out of ${request.interface}`;
  return `${count(total, 'route')} ${where}${out}.`;
};

export const getRoutes = defineOperation({
  name: 'get_routes',
  title: 'Get routes',
  description:
    'Lists routes of one table or all with default gateways and policy rules, IPv4 and IPv6. With destination: which route the kernel takes to that address.',
  toolset: 'inspect',
  needs: 'none',
  annotations: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  input: routesInput,
  output: routesOutput,
  run: async (request, ports, { signal }) => {
    const { destination, interface: name } = request;
    if (name !== undefined) await checkInterface(name, ports.kernel);
    // Rules are beside the first page only, and the path to an address names its table.
    const [{ routes, rules, defaults }, found] = await Promise.all([
      readAsked(request, ports, signal),
      destination === undefined ? undefined : lookUp(destination, request, ports, signal),
    ]);
    const gateways = Object.fromEntries(familiesOf(request).map((family) => [family, gatewayOf(defaults.get(family))]));
    const common = {
      default_gateway: defaults.get('ipv4')?.gateway ?? defaults.get('ipv6')?.gateway ?? null,
      default_gateways: gateways,
      rules: rules?.slice(0, mostRules) ?? [],
      rules_total: rules?.length ?? null,
    };
    if (found !== undefined) {
      return { ...found, ...common, total: found.routes.length, truncated: false, cursor: null };
    }
    if (rules !== null && request.show === 'rules') {
      const { items, ...page } = pageOf(rules, request);
      const summary = `${count(rules.length, 'policy rule')}. ${defaultsText(request, defaults)}`;
      return { success: true, summary, routes: [], ...common, rules: items, ...page };
    }
    const { items, ...page } = pageOf(routes.filter(through(name)), request);
    const summary = `${routesText(request, page.total)} ${defaultsText(request, defaults)}`;
    return { success: true, summary, routes: items, ...common, ...page };
  },
});
