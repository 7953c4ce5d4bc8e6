// The interface that is meant: the one named, else the default route's; one that is not here is told apart from one that is elsewhere.
import { NetError } from '../../model/errors.ts';
import type { OperationPorts } from '../../model/operation-ports.ts';
import { plainText } from '../../model/plain-text.ts';
import type { LinkStatistics } from '../../model/traffic.ts';
import { nearNames } from '../frame/near.ts';

const listed = (names: readonly string[]): string =>
  `Interfaces here: ${names
    .slice(0, 20)
    .map((name) => plainText(name, 20))
    .join(', ')}${names.length > 20 ? `, and ${names.length - 20} more` : ''}.`;

const elsewhere = async (name: string, { exec }: OperationPorts, signal: AbortSignal): Promise<string | undefined> => {
  const { findInOtherNamespaces } = await import('../../host/other-namespaces.ts');
  const found = await findInOtherNamespaces(name, exec, signal);
  if (found === undefined) return undefined;
  if (found.name !== undefined) {
    return `It is in the network namespace ${found.name}: start netmcp there with ip netns exec ${found.name}.`;
  }
  return `It is in the network namespace of process ${found.pid ?? ''} (${found.process ?? 'unknown'}): start netmcp there with nsenter -n -t ${found.pid ?? ''}.`;
};

/** Throws not_found. */
export const chooseInterface = async (
  wanted: string | undefined,
  ports: OperationPorts,
  signal: AbortSignal,
): Promise<LinkStatistics> => {
  const links = await ports.traffic.statistics();
  const names = links.map(({ iface }) => iface);
  let name = wanted;
  if (name === undefined) {
    const { readDefaultInterface } = await import('../../host/routes.ts');
    name = (await readDefaultInterface(ports, signal)) ?? undefined;
  }
  if (name === undefined) {
    throw new NetError(
      'not_found',
      'There is no default route, so no interface to choose.',
      `Name one. ${listed(names)}`,
      {
        details: { interfaces: names.slice(0, 100) },
      },
    );
  }
  const named = links.find(({ iface }) => iface === name);
  // The default route tells its interface as text that is safe to show, which a strange name is not.
  const [shownAs, another] =
    wanted === undefined && named === undefined ? links.filter(({ iface }) => plainText(iface, 64) === name) : [];
  const link = named ?? (another === undefined ? shownAs : undefined);
  if (link !== undefined) return link;
  const near = nearNames(name, names);
  const there = await elsewhere(name, ports, signal);
  throw new NetError(
    'not_found',
    `There is no interface ${plainText(name, 20)} in this network namespace.`,
    [
      ...(there === undefined ? [] : [there]),
      ...(near.length === 0 ? [] : [`Did you mean ${near.join(', ')}?`]),
      listed(names),
    ].join(' '),
    { details: { interfaces: names.slice(0, 100) } },
  );
};
