// get_routes with one address as destination: the path that the kernel takes, or why it sends nothing there.
import type { OperationPorts } from '../../model/operation-ports.ts';
import type { Destination } from './route-destination.ts';
import type { RoutesInput } from './routes-shape.ts';
import { words } from './routes-text.ts';

const refusals: readonly (readonly [RegExp, string])[] = [
  [/unreachable/i, 'no route leads there'],
  [/no route to host/i, 'a route of type unreachable refuses it'],
  [/permission denied/i, 'a route or rule of type prohibit refuses it'],
  [/invalid argument/i, 'a route or rule of type blackhole drops it, or the interface cannot reach such an address'],
];

/** One answer to `destination`: the path, beside the table entry it comes from. */
export const lookUp = async (
  { address, family }: Extract<Destination, { kind: 'address' }>,
  { interface: iface }: RoutesInput,
  ports: OperationPorts,
  signal: AbortSignal,
) => {
  const { lookUpRoute } = await import('../../host/routes.ts');
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
