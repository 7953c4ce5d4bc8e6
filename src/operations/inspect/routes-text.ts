// What get_routes says of routes, default gateways and rules in words.
import type { PolicyDefault } from '../../host/policy-defaults.ts';
import type { Route, RouteFamily } from '../../host/routes.ts';
import { familiesOf, tableOf, type RoutesInput } from './routes-shape.ts';

export type Defaults = ReadonlyMap<RouteFamily, Route>;

export const words = ({ gateway, interface: name }: Pick<Route, 'gateway' | 'interface'>): string =>
  `${gateway === null ? '' : `via ${gateway} `}on ${name ?? 'no interface'}`;

export const count = (total: number, noun: string): string => `${total} ${noun}${total === 1 ? '' : 's'}`;

const names = { ipv4: 'IPv4', ipv6: 'IPv6' } as const;

/** One sentence for the first rule of a family that leads to a default route elsewhere. */
const elsewhere = (all: readonly PolicyDefault[]): string => {
  const [first, ...more] = all;
  if (first === undefined) return '';
  const { rule, route } = first;
  const others = more.length === 0 ? '' : ` (and ${count(more.length, 'further rule')} to a default route)`;
  return ` ${names[rule.family]} rule ${rule.priority} (${rule.selector}) finds a default route in table ${route.table}: ${words(route)}${others}.`;
};

/** `policy`: the default routes that rules lead to, of families without one in the main table. */
export const defaultsText = (request: RoutesInput, defaults: Defaults, policy: readonly PolicyDefault[]): string => {
  const families = familiesOf(request);
  const each = families.map((family) => {
    const found = defaults.get(family);
    return `${names[family]} ${found === undefined ? 'none' : words(found)}`;
  });
  const others = families.map((family) => elsewhere(policy.filter(({ rule }) => rule.family === family)));
  const where = others.some((text) => text !== '') ? ' in table main' : '';
  return `Default${where}: ${each.join(', ')}.${others.join('')}`;
};

export const routesText = (request: RoutesInput, total: number): string => {
  const where = tableOf(request) === 'all' ? 'in all tables' : `in table ${tableOf(request)}`;
  const out = request.interface === undefined ? '' : ` out of ${request.interface}`;
  return `${count(total, 'route')} ${where}${out}.`;
};

/** `covering`: the most specific first. */
export const prefixText = (
  request: RoutesInput,
  text: string,
  { covering, inside }: { covering: readonly Route[]; inside: readonly Route[] },
): string => {
  const [best] = covering;
  const where = tableOf(request) === 'all' ? 'in any table' : `in table ${tableOf(request)}`;
  const out = request.interface === undefined ? '' : ` out of ${request.interface}`;
  const covered =
    best === undefined
      ? `No route ${where}${out} covers the whole of ${text}`
      : `Of ${count(covering.length, 'route')} ${where}${out} over ${text} the most specific is ${best.destination} ${best.type === 'unicast' ? words(best) : `(${best.type})`}`;
  return `${covered}; ${count(inside.length, 'route')} to parts of it. Pass one address to see the path that the kernel takes.`;
};
