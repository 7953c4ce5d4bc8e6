// get_routes: the routing tables of both families with default gateways and policy rules, or the route the kernel takes to one address.
import type { PolicyDefault } from '../../host/policy-defaults.ts';
import type { Route } from '../../host/routes.ts';
import type { Rule } from '../../host/rules.ts';
import { NetError } from '../../model/errors.ts';
import type { OperationPorts } from '../../model/operation-ports.ts';
import { defineOperation } from '../define.ts';
import { pageOf } from '../frame/page.ts';
import { checkInterface } from './known-interface.ts';
import { interfaceFor, parseDestination, routesAbout, type Destination } from './route-destination.ts';
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
import { lookUp } from './route-path.ts';
import { count, defaultsText, prefixText, routesText, type Defaults } from './routes-text.ts';

/** Rules shown beside routes; `show: rules` pages through all of them. */
const mostRules = 20;

const isThrough =
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

/** What is listed: none where one address or the rules are asked for, all of a table where a prefix is. The main table's routes also tell the default ones. */
const readAsked = async (
  request: RoutesInput,
  destination: Destination | undefined,
  ports: OperationPorts,
  signal: AbortSignal,
): Promise<Listing & { defaults: Defaults }> => {
  const listed = destination?.kind !== 'address' && request.show === 'routes';
  const wantsRules = destination === undefined && request.show === 'rules';
  const { routes, rules } = listed
    ? await readTable(request, ports, signal)
    : { routes: [], rules: wantsRules ? await readAllRules(request, ports, signal) : null };
  const tellsDefaults = listed && ['main', 'all'].includes(tableOf(request));
  return { routes, rules, defaults: await readDefaults(request, tellsDefaults ? routes : undefined, ports, signal) };
};

const gatewayOf = (route: Route | undefined): Gateway | null =>
  route === undefined ? null : { gateway: route.gateway, interface: route.interface, metric: route.metric };

/** Default routes that rules lead to, of the families that have none in the main table; without rules there is none to tell. */
const readElsewhere = async (
  request: RoutesInput,
  { rules, defaults }: { rules: readonly Rule[] | null; defaults: Defaults },
  { exec }: OperationPorts,
  signal: AbortSignal,
): Promise<PolicyDefault[]> => {
  const without = familiesOf(request).filter((family) => !defaults.has(family));
  if (rules === null || without.length === 0) return [];
  const { readPolicyDefaults } = await import('../../host/policy-defaults.ts');
  return (await Promise.all(without.map((family) => readPolicyDefaults(exec, { family, rules }, signal)))).flat();
};

/** A prefix is answered from its family's table. */
const narrowed = (request: RoutesInput, destination: Destination | undefined): RoutesInput => ({
  ...request,
  interface: interfaceFor(request.interface, destination),
  ...(destination?.kind === 'prefix' ? { family: destination.family, show: 'routes' } : {}),
});

export const getRoutes = defineOperation({
  name: 'get_routes',
  title: 'Get routes',
  description:
    'Routes, default gateways and policy rules, IPv4 and IPv6. With destination: the route the kernel takes to it.',
  toolset: 'inspect',
  needs: 'none',
  annotations: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  input: routesInput,
  output: routesOutput,
  run: async (asked, ports, { signal }) => {
    const destination = asked.destination === undefined ? undefined : parseDestination(asked.destination);
    const request = narrowed(asked, destination);
    const { interface: name } = request;
    if (name !== undefined) await checkInterface(name, ports.kernel);
    // Rules are beside the first page only, and the path to an address names its table.
    const [{ routes, rules, defaults }, found] = await Promise.all([
      readAsked(request, destination, ports, signal),
      destination?.kind === 'address' ? lookUp(destination, request, ports, signal) : undefined,
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
    const through = routes.filter(isThrough(name));
    if (destination?.kind === 'prefix') {
      const about = routesAbout(through, destination.prefix);
      const { items, ...page } = pageOf([...about.covering, ...about.inside], request);
      const summary = prefixText(request, destination.text, about);
      return { success: true, summary, routes: items, ...common, ...page };
    }
    const defaultsSaid = defaultsText(
      request,
      defaults,
      await readElsewhere(request, { rules, defaults }, ports, signal),
    );
    if (rules !== null && request.show === 'rules') {
      const { items, ...page } = pageOf(rules, request);
      const summary = `${count(rules.length, 'policy rule')}. ${defaultsSaid}`;
      return { success: true, summary, routes: [], ...common, rules: items, ...page };
    }
    const { items, ...page } = pageOf(through, request);
    const summary = `${routesText(request, page.total)} ${defaultsSaid}`;
    return { success: true, summary, routes: items, ...common, ...page };
  },
});
