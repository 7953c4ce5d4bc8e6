// The knob for initial windows and congestion control of routes that exist already on the interface.
import * as z from 'zod';
import { type Finding, error, warning } from '../model/finding.ts';
import { type KnobContext, defineKnob } from '../model/knob.ts';
import {
  type Route,
  type RouteMetrics,
  type RoutesObserved,
  normaliseDestination,
  routesObservedSchema,
} from '../model/route-metrics.ts';
import { addressOf } from '../model/snapshot.ts';
import { unavailable } from './unavailable.ts';

const segments = (what: string) => z.number().int().min(1).max(65535).optional().describe(what);

const routeSchema = z
  .strictObject({
    destination: z
      .union([z.literal('default'), z.cidrv4(), z.cidrv6()], 'write default, or a prefix such as 192.0.2.0/24')
      .describe('An existing route: default (both families) or a prefix; 0.0.0.0/0 and ::/0 are one family only'),
    initcwnd: segments('Segments a new connection may send before the first acknowledgement'),
    initrwnd: segments('Segments a new connection offers to receive at first'),
    congestion_control: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,14}$/)
      .optional()
      .describe('Congestion control of connections over this route'),
  })
  .refine(
    (route) => route.initcwnd !== undefined || route.initrwnd !== undefined || route.congestion_control !== undefined,
    'name at least one of initcwnd, initrwnd, congestion_control',
  );
type Wish = z.infer<typeof routeSchema>;

const path = 'changes.routes';

const readObserved = ({ iface, snapshot }: KnobContext): RoutesObserved => {
  const raw = snapshot.observed[addressOf('route_metrics', iface)];
  return raw === undefined ? null : routesObservedSchema.parse(raw);
};

const metricsOf = ({ initcwnd, initrwnd, congestion_control }: Wish): RouteMetrics => ({
  ...(initcwnd === undefined ? {} : { initcwnd: String(initcwnd) }),
  ...(initrwnd === undefined ? {} : { initrwnd: String(initrwnd) }),
  ...(congestion_control === undefined ? {} : { congctl: congestion_control }),
});

const matching = (destination: string, routes: readonly Route[]): Route[] => {
  const wanted = normaliseDestination(destination);
  const family = destination === 'default' ? undefined : destination.includes(':') ? 'ipv6' : 'ipv4';
  return routes.filter(
    (route) => (family === undefined || route.family === family) && normaliseDestination(route.destination) === wanted,
  );
};

const notFound = (
  at: string,
  { destination }: Wish,
  { routes, partial }: NonNullable<RoutesObserved>,
  context: KnobContext,
): Finding => {
  const names = [...new Set(routes.map((route) => route.destination))];
  const shown = names.slice(0, 10).join(', ') + (names.length > 10 ? ` and ${names.length - 10} more` : '');
  const many = partial ? ' Of so many routes only the default ones can be changed.' : '';
  return unavailable(`${at}.destination`, context, {
    code: 'not_found',
    message: `the main table has no route to ${destination} over ${context.iface}`,
    hint: `${names.length === 0 ? 'No route leads over it.' : `Routes there: ${shown}.`}${many}`,
  });
};

const missingControl = (at: string, { congestion_control: name }: Wish, context: KnobContext): Finding[] => {
  const known = context.snapshot.features.congestion_controls;
  if (name === undefined || known.includes(name)) return [];
  const message = `this kernel has no congestion control "${name}"`;
  const hint = `Available: ${known.join(', ')}.`;
  return [unavailable(`${at}.congestion_control`, context, { code: 'missing_kernel_feature', message, hint })];
};

const managers: Readonly<Record<string, string>> = {
  kernel: 'the kernel, which makes it anew when the interface goes down or its address changes',
  ra: 'router advertisements, which may renew it',
  dhcp: 'the DHCP client, which may renew it',
};

const managed = (at: string, route: Route): Finding[] => {
  const manager = managers[route.protocol];
  if (manager === undefined) return [];
  const message = `the route to ${route.destination} comes from ${manager}: the values are then lost`;
  return [
    warning(
      at,
      'may_be_renewed',
      message,
      'Set them in the configuration of what manages this interface to keep them.',
    ),
  ];
};

const judge = (wish: Wish, at: string, observed: NonNullable<RoutesObserved>, context: KnobContext) => {
  const found = matching(wish.destination, observed.routes);
  if (found.length === 0) return { changed: [], findings: [notFound(at, wish, observed, context)] };
  const lacks = missingControl(at, wish, context);
  if (lacks.length > 0) return { changed: [], findings: lacks };
  const changed = found.filter((route) => route.refusal === undefined);
  const findings = found.flatMap((route) => {
    if (route.refusal === undefined) return context.origin(path) === 'committed' ? [] : managed(at, route);
    const message = `the ${route.family} route to ${route.destination} is not changed: ${route.refusal}`;
    const hint = 'Set it where this route is configured.';
    // Asked for by one word for all, the others are still worth having.
    if (changed.length > 0) return [warning(at, 'plan_refused', `left out: ${message}`, hint)];
    return [unavailable(at, context, { code: 'plan_refused', message, hint })];
  });
  return { changed, findings };
};

export const routesKnob = defineKnob({
  id: 'routes',
  schema: z.array(routeSchema).min(1).max(64),
  cards: ['route.initial_windows'],
  risk: 'none',
  meets: 'replace',
  fragments(wishes, context) {
    const observed = readObserved(context);
    if (observed === null) {
      const lack = context.snapshot.unread?.[addressOf('route_metrics', context.iface)] ?? {
        code: 'missing_kernel_feature',
        message: `the routes of ${context.iface} cannot be read`,
        hint: 'See what "ip route show table main" says.',
      };
      return { fragments: [], findings: [unavailable(path, context, lack)] };
    }
    const routes: Record<string, RouteMetrics> = {};
    const findings: Finding[] = [];
    for (const [index, wish] of wishes.entries()) {
      const at = `${path}[${index}]`;
      const judged = judge(wish, at, observed, context);
      findings.push(...judged.findings);
      for (const { key, destination } of judged.changed) {
        if (routes[key] !== undefined)
          findings.push(
            error(at, 'plan_refused', `the route to ${destination} is named twice`, 'Name each route once.'),
          );
        routes[key] = metricsOf(wish);
      }
    }
    if (findings.some((finding) => finding.severity === 'error') || Object.keys(routes).length === 0)
      return { fragments: [], findings };
    return { fragments: [{ resource: 'route_metrics', target: context.iface, part: { routes } }], findings };
  },
  examples: [
    {
      title: 'More at once to the whole world, on a server with short answers',
      wish: [{ destination: 'default', initcwnd: 20, initrwnd: 20 }],
    },
    { title: 'reno within one network', wish: [{ destination: '192.0.2.0/24', congestion_control: 'reno' }] },
  ],
});
