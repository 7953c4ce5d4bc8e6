// Initial windows and congestion control of an interface's routes. Routes are only changed, in one message each that repeats all the rest
// of the route; none is ever added or deleted.
import * as z from 'zod';
import { type ResourceCommand, shellLine } from '../model/command.ts';
import { NetError } from '../model/errors.ts';
import { type Finding, warning } from '../model/finding.ts';
import type { HostPorts } from '../model/ports.ts';
import { type Difference, type PartEntry, defineResource } from '../model/resource.ts';
import {
  type Family,
  type Route,
  type RouteMetrics,
  type RoutesObserved,
  families,
  metricNames,
  parseRoutes,
  routeKeyPattern,
  routeMetricsSchema,
  routesObservedSchema,
} from '../model/route-metrics.ts';
import { addressOf } from '../model/snapshot.ts';

const id = 'route_metrics';
/** All three attributes by route. A route that has gone cannot be brought back by us, so nothing is ever done for it. */
const stateSchema = z.strictObject({ routes: z.record(z.string().regex(routeKeyPattern), routeMetricsSchema) });
type State = z.infer<typeof stateSchema>;
export type RouteMetricsPart = State;

/** More text than this is a router's full table. */
const maxOutputBytes = 4 * 1024 * 1024;
const mostRoutes = 500;

const unreadable = (why: string, cause?: unknown): NetError =>
  new NetError(
    'missing_kernel_feature',
    `the routes of the main table could not be read: ${why.trim().slice(0, 300)}`,
    'See what "ip route show table main" says, or leave routes out of the plan.',
    { cause },
  );

const readTable = async (family: Family, { exec }: HostPorts, signal: AbortSignal): Promise<string> => {
  const flag = family === 'ipv4' ? '-4' : '-6';
  const args = ['-o', '-d', flag, 'route', 'show', 'table', 'main'];
  try {
    const { code, stdout, stderr } = await exec.run({ binary: 'ip', args, signal, maxOutputBytes });
    if (code === 0) return stdout;
    // A namespace without any route has no table yet; a kernel may be without the family.
    if (/FIB table does not exist|not supported/i.test(stderr)) return '';
    throw unreadable(stderr);
  } catch (failure) {
    if (failure instanceof NetError && failure.code === 'limit_exceeded')
      throw unreadable('there are more than netmcp looks at', failure);
    throw failure;
  }
};

interface Moved {
  route: Route;
  wanted: RouteMetrics;
}

const same = (a: RouteMetrics, b: RouteMetrics): boolean => metricNames.every((name) => a[name] === b[name]);

const movedRoutes = (state: State, observed: RoutesObserved): Moved[] =>
  Object.entries(state.routes).flatMap(([key, wanted]) => {
    const route = observed?.routes.find((entry) => entry.key === key);
    return route === undefined || same(route.metrics, wanted) ? [] : [{ route, wanted }];
  });

const differences = (iface: string, state: State, observed: RoutesObserved): Difference[] =>
  movedRoutes(state, observed).flatMap(({ route, wanted }) =>
    metricNames
      .filter((name) => route.metrics[name] !== wanted[name])
      .map((name) => ({
        path: `${id}.${iface}.${route.key}.${name}`,
        current: route.metrics[name] ?? null,
        desired: wanted[name] ?? null,
      })),
  );

const change = (iface: string, { route, wanted }: Moved): ResourceCommand => {
  const metrics = metricNames.flatMap((name) => {
    const value = wanted[name];
    return value === undefined ? [] : [name, ...value.split(' ')];
  });
  const flag = route.family === 'ipv4' ? '-4' : '-6';
  // The type is said first, so that no destination can be read as another one, such as blackhole.
  const what = ['route', 'change', 'unicast', route.destination, 'dev', iface];
  const args = [flag, ...what, ...route.words, ...metrics];
  return { slot: 'ip_link_cmds', text: shellLine(['ip', ...args]), action: { kind: 'exec', binary: 'ip', args } };
};

/** Routes made after our first change here: what they were is only in the change that first touched them. */
const noOriginal = (keys: readonly string[], parts: readonly PartEntry<RouteMetricsPart>[]): Finding[] =>
  keys.map((key) => {
    const message = `what ${key} was at first is not on record, so removing this wish later leaves its values as they are`;
    const path = `changes.${parts.at(-1)?.knob ?? id}`;
    return warning(path, 'no_original', message, 'Undoing this change itself restores it exactly.');
  });

export const routeMetricsResource = defineResource<State, RoutesObserved, RouteMetricsPart>({
  id,
  scope: 'interface',
  state: stateSchema,
  observed: routesObservedSchema,
  part: stateSchema,
  order: () => 40,
  async read(iface, ports, signal) {
    const texts = await Promise.all(families.map((family) => readTable(family, ports, signal)));
    const routes = families
      .flatMap((family, index) => parseRoutes(texts[index] ?? '', family, iface))
      .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
    const partial = routes.length > mostRoutes;
    return { routes: partial ? routes.filter((route) => route.destination === 'default') : routes, partial };
  },
  current(_iface, observed) {
    const ours = (observed?.routes ?? []).filter((route) => route.refusal === undefined);
    return { routes: Object.fromEntries(ours.map(({ key, metrics }) => [key, metrics])) };
  },
  compose(iface, parts, { original, snapshot }) {
    // Only what was or is wished: other routes may be somebody else's.
    const before = stateSchema.safeParse(snapshot.committed.states[addressOf(id, iface)]);
    const keys = Object.keys(before.data?.routes ?? {});
    const left = keys.map((key) => [key, original.routes[key] ?? {}] as const);
    const observed = routesObservedSchema.safeParse(snapshot.observed[addressOf(id, iface)]);
    const wanted = parts
      .flatMap((entry) => Object.entries(entry.part.routes))
      .map(([key, metrics]) => {
        const there = observed.data?.routes.find((route) => route.key === key)?.metrics;
        return [key, { ...(original.routes[key] ?? there), ...metrics }] as const;
      });
    const later = wanted.map(([key]) => key).filter((key) => original.routes[key] === undefined);
    return { state: { routes: Object.fromEntries([...left, ...wanted]) }, findings: noOriginal(later, parts) };
  },
  differences,
  expected(_iface, state, observed) {
    if (observed === null) return null;
    const moved = new Map(movedRoutes(state, observed).map(({ route, wanted }) => [route.key, wanted]));
    const routes = observed.routes.map((route) => ({ ...route, metrics: moved.get(route.key) ?? route.metrics }));
    return { ...observed, routes };
  },
  commands: (iface, observed, to) =>
    movedRoutes(to, observed)
      // What cannot be repeated whole is left alone; reading back then says that it differs.
      .filter(({ route }) => route.refusal === undefined)
      .map((moved) => change(iface, moved)),
});
