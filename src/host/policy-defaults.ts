// Default routes outside the main table that a policy rule leads to, as VPNs and hosts with several uplinks have them.
import type { Exec } from '../model/ports.ts';
import { defaultOf, readDefaultRoutes, type Route, type RouteFamily } from './routes.ts';
import type { Rule } from './rules.ts';

export interface PolicyDefault {
  rule: Rule;
  route: Route;
}

/** The rule may lead to a default route: it takes some packets, and suppresses no short prefixes. */
const leads = ({ table, action, selector }: Rule): boolean =>
  table !== null && !['local', 'main', 'default'].includes(table) && action === 'lookup' && selector !== 'not from all';

/** In the order in which the rules are tried. A process is started only where a rule leads out of the kernel's own three tables, of which nobody uses the last. Throws step_failed. */
export const readPolicyDefaults = async (
  exec: Exec,
  { family, rules }: { family: RouteFamily; rules: readonly Rule[] },
  signal: AbortSignal,
): Promise<PolicyDefault[]> => {
  const leading = rules.filter((rule) => rule.family === family && leads(rule));
  if (leading.length === 0) return [];
  const routes = await readDefaultRoutes(exec, { family, table: 'all' }, signal);
  return leading.flatMap((rule) => {
    const route = defaultOf(routes, rule.table ?? '');
    return route === null ? [] : [{ rule, route }];
  });
};
