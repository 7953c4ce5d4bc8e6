// Netplan's definitions: which interface each is for, and which manager it hands it to. The renderer is set for all, a kind or one.
import { isMap, isScalar, parseDocument, type YAMLMap } from 'yaml';
import { plainText } from '../model/plain-text.ts';
import type { ConfigFiles } from '../model/ports.ts';
import type { Device } from './owners/context.ts';
import { isCloudInit, isFor, mapIn, netplanFolders, netplanGroups, scalarIn, yamlCap } from './owners/netplan.ts';
import type { Claim } from './managers-claims.ts';

interface Definition {
  id: string;
  map: YAMLMap;
  path: string;
  isCloudInit: boolean;
  /** As written at the definition or its kind; undefined: netplan's own. */
  renderer: string | undefined;
}

const definitionsOf = (network: YAMLMap, path: string, content: string): Definition[] =>
  netplanGroups.flatMap((group) => {
    const kind = mapIn(network, group);
    return (kind?.items ?? []).flatMap(({ key, value }) => {
      const id: unknown = isScalar(key) ? key.value : undefined;
      if (typeof id !== 'string' || !isMap(value)) return [];
      const renderer = scalarIn(value, 'renderer') ?? (kind === undefined ? undefined : scalarIn(kind, 'renderer'));
      return [{ id, map: value, path, isCloudInit: isCloudInit(path, content), renderer }];
    });
  });

/** The last file that names a renderer decides; without one it is networkd (netplan(5)). */
export const readNetplanClaims = (
  files: ConfigFiles,
  devices: readonly Device[],
): { claims: Claim[]; renderers: string[] } => {
  const definitions: Definition[] = [];
  let total = 0;
  let common = 'networkd';
  for (const path of files.layered(netplanFolders, '.yaml')) {
    const content = files.read(path) ?? '';
    total += content.length;
    if (total > yamlCap) {
      files.warn(`${path} was skipped: there is more than ${yamlCap / 1024} KiB of netplan files.`);
      continue;
    }
    const document = parseDocument(content, { prettyErrors: false, logLevel: 'silent' });
    const network = document.errors.length === 0 ? mapIn(document.contents, 'network') : undefined;
    if (document.errors.length > 0) files.warn(`${path} was skipped: it is not valid YAML.`);
    if (network === undefined) continue;
    common = scalarIn(network, 'renderer') ?? common;
    definitions.push(...definitionsOf(network, path, content));
  }
  const rendererOf = ({ renderer }: Definition): string => plainText(renderer ?? common, 30);
  const claims = devices.flatMap((device) => {
    const definition = definitions.filter(({ id, map }) => isFor(id, map, device)).at(-1);
    if (definition === undefined) return [];
    const path = plainText(definition.path);
    return [
      {
        manager: 'netplan' as const,
        interface: device.iface,
        state: null,
        connection: plainText(definition.id, 60),
        evidence: `${path}, renderer ${rendererOf(definition)}`,
        origin: definition.isCloudInit ? ('cloud-init' as const) : null,
      },
    ];
  });
  return { claims, renderers: definitions.length === 0 ? [] : [...new Set(definitions.map(rendererOf))].sort() };
};
