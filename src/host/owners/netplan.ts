// netplan and, where it wrote the file, cloud-init: MTU, offloads and routes of the interface in the YAML files, the last file winning.
import { isMap, isScalar, LineCounter, parseDocument, type YAMLMap } from 'yaml';
import { matchesWildcard, type LinkAttribute, type Owner } from '../../model/owner.ts';
import { isShipped, linkClaim, type Device, type OwnerContext } from './context.ts';

export const netplanFolders = ['/run/netplan', '/etc/netplan', '/lib/netplan'];
/** In characters, over all files: looking for repeated keys takes the parser the square of their number. */
export const yamlCap = 64 * 1024;
export const netplanGroups = [
  'ethernets',
  'wifis',
  'modems',
  'bonds',
  'bridges',
  'vlans',
  'tunnels',
  'dummy-devices',
  'vrfs',
];

/** A scalar's text; undefined for lists, maps, null and what is not there. Aliases are not followed. */
export const scalarIn = (map: YAMLMap, key: string): string | undefined => {
  const value: unknown = map.get(key);
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : undefined;
};

export const mapIn = (node: unknown, key: string): YAMLMap | undefined => {
  const found = isMap(node) ? node.get(key) : undefined;
  return isMap(found) ? found : undefined;
};

/** By set-name or id, or by what `match` says: all its conditions. */
export const isFor = (id: string, definition: YAMLMap, { iface, mac, driver }: Device): boolean => {
  const match = mapIn(definition, 'match');
  if (match === undefined) return id === iface;
  const name = scalarIn(match, 'name');
  const address = scalarIn(match, 'macaddress');
  const wanted = scalarIn(match, 'driver');
  const isRenamed = scalarIn(definition, 'set-name') === iface;
  return (
    (name === undefined || isRenamed || matchesWildcard(name, iface)) &&
    (address === undefined || address.toLowerCase() === mac?.toLowerCase()) &&
    (wanted === undefined || (driver !== undefined && matchesWildcard(wanted, driver)))
  );
};

const attributeOf = (key: string): LinkAttribute | undefined => {
  if (key === 'mtu' || key === 'routes') return key;
  return key.endsWith('-offload') ? 'offloads' : undefined;
};

interface Found {
  attribute: LinkAttribute;
  key: string;
  value: string | null;
  line: number;
}

const ofDefinition = (definition: YAMLMap, counter: LineCounter): Found[] =>
  definition.items.flatMap((pair) => {
    const node: unknown = pair.key;
    const key = isScalar(node) ? String(node.value) : '';
    const attribute = attributeOf(key);
    const offset = isScalar(node) ? (node.range?.[0] ?? 0) : 0;
    return attribute === undefined
      ? []
      : [{ attribute, key, value: scalarIn(definition, key) ?? null, line: counter.linePos(offset).line }];
  });

const ofFile = ({ files, device }: OwnerContext, path: string, content: string): Found[] => {
  const counter = new LineCounter();
  const document = parseDocument(content, { lineCounter: counter, prettyErrors: false, logLevel: 'silent' });
  const [error] = document.errors;
  if (error !== undefined) {
    files.warn(`${path}:${counter.linePos(error.pos[0]).line} was skipped: it is not valid YAML (${error.code}).`);
    return [];
  }
  const network = mapIn(document.contents, 'network');
  return netplanGroups.flatMap((group) => {
    const definitions = mapIn(network, group)?.items ?? [];
    return definitions.flatMap((pair) => {
      const id: unknown = isScalar(pair.key) ? pair.key.value : undefined;
      const isTaken = typeof id === 'string' && isMap(pair.value) && isFor(id, pair.value, device);
      return isTaken && isMap(pair.value) ? ofDefinition(pair.value, counter) : [];
    });
  });
};

/** Its name, or the first comment of what cloud-init writes. */
export const isCloudInit = (path: string, content: string): boolean =>
  path.endsWith('/50-cloud-init.yaml') ||
  /^# (?:This file is generated from information provided by\s|Created by cloud-init)/.test(content);

export const readNetplan = (context: OwnerContext): Owner[] => {
  const { files, device } = context;
  const runs = files.exists('/run/systemd/netif') || files.exists('/run/NetworkManager');
  let total = 0;
  const found = files.layered(netplanFolders, '.yaml').flatMap((path) => {
    const content = files.read(path) ?? '';
    total += content.length;
    if (total > yamlCap) {
      files.warn(`${path} was skipped: there is more than ${yamlCap / 1024} KiB of netplan files.`);
      return [];
    }
    const manager = isCloudInit(path, content) ? ('cloud-init' as const) : ('netplan' as const);
    return ofFile(context, path, content).map((item) => ({ ...item, path, manager }));
  });
  // Lists are joined over files, single values overridden.
  const last = new Map(found.map((item) => [item.key, item]));
  return found.map((item): Owner => {
    const isLast = item.value === null || last.get(item.key) === item;
    const again = 'with netplan apply and at boot';
    return {
      manager: item.manager,
      claim: linkClaim(device.iface, item.attribute),
      value: item.value === null || item.attribute === 'mtu' ? item.value : `${item.key}=${item.value}`,
      source: `${item.path}:${item.line}`,
      shipped: isShipped(item.path),
      active: runs && isLast,
      effect: !isLast
        ? 'never: a later file overrides it'
        : item.manager === 'cloud-init'
          ? `${again}; cloud-init writes the file itself anew when the instance is new or its metadata changed`
          : again,
    };
  });
};
