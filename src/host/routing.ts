// One table's routes and the policy rules of a family, by one process where ip has nothing to complain of.
import type { Exec } from '../model/ports.ts';
import { runIpJsonBatch } from './ip-json.ts';
import { parseRoutes, readRoutes, type Route, type RouteFamily } from './routes.ts';
import { parseRules, readRules, type Rule } from './rules.ts';

export interface Routing {
  /** Undefined: this family has no such table. */
  routes: Route[] | undefined;
  rules: Rule[];
}

/** Throws step_failed, limit_exceeded. */
export const readRouting = async (
  exec: Exec,
  { family, table }: { family: RouteFamily; table: string },
  signal: AbortSignal,
): Promise<Routing> => {
  const options = [family === 'ipv4' ? '-4' : '-6', '-d'];
  const both = await runIpJsonBatch(exec, options, ['rule show', `route show table ${table}`], signal);
  const [rules, routes] = both ?? [];
  const parsed = {
    rules: rules === undefined ? undefined : parseRules(rules, family),
    // Asked in a batch, the kernel tells no table that is missing from an empty one.
    routes: routes === undefined || routes.length === 0 ? undefined : parseRoutes(routes, family, table),
  };
  const [routesRead, rulesRead] = await Promise.all([
    parsed.routes ?? readRoutes(exec, { family, table }, signal),
    parsed.rules ?? readRules(exec, family, signal),
  ]);
  return { routes: routesRead, rules: rulesRead };
};
