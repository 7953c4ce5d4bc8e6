// Which interfaces the managers' configuration names, whether or not the manager runs.
import type { ConfigFiles } from '../model/ports.ts';
import type { InterfaceFacts } from '../model/snapshot.ts';
import type { Device, OwnerContext } from './owners/context.ts';
import { isShipped } from './owners/context.ts';
import { lastValues, parseIni } from './owners/ini.ts';
import { netplanFolders } from './owners/netplan.ts';
import { unitFor } from './owners/systemd-units.ts';
import type { Claim } from './managers-claims.ts';

/** Kinds that systemd calls by their name (DEVTYPE in uevent); others with an Ethernet header are `ether`. */
const ownTypes = new Set(['bridge', 'bond', 'vlan', 'vxlan', 'geneve', 'macvlan', 'wireguard']);

const typeOf = ({ name, kind, wireless }: InterfaceFacts): string => {
  if (name === 'lo') return 'loopback';
  if (wireless === true) return 'wlan';
  return kind !== null && ownTypes.has(kind) ? kind : 'ether';
};

const deviceOf = ({ name, mac, driver, ...facts }: InterfaceFacts): Device => ({
  iface: name,
  mac: mac ?? undefined,
  driver: driver ?? undefined,
  kernel: undefined,
  type: typeOf({ name, mac, ...facts }),
});

const claim = (manager: Claim['manager'], name: string, path: string): Claim => ({
  manager,
  interface: name,
  state: null,
  connection: path,
  evidence: `configured in ${path}`,
  origin: path.includes('netplan') ? 'netplan' : path.includes('cloud-init') ? 'cloud-init' : null,
});

/** A .network file that is not the distribution's own, which are for containers and wildcards. */
const ofNetworkd = (context: OwnerContext): Claim[] => {
  const unit = unitFor(context, '.network');
  if (unit === undefined || isShipped(unit.path)) return [];
  const match = lastValues(unit.sections, 'Link').get('Unmanaged')?.value ?? 'no';
  return /^(?:1|yes|y|true|t|on)$/i.test(match) ? [] : [claim('systemd-networkd', context.device.iface, unit.path)];
};

const stanzaFiles = (files: ConfigFiles): string[] => [
  '/etc/network/interfaces',
  ...files.list('/etc/network/interfaces.d', ''),
];

const ofIfupdown = ({ files, device: { iface } }: OwnerContext): Claim[] =>
  stanzaFiles(files).flatMap((path) => {
    const names = (files.read(path) ?? '').split('\n').flatMap((line) => {
      const [word, name = ''] = line.trim().split(/\s+/, 2);
      return word === 'iface' ? [name] : [];
    });
    return names.includes(iface) ? [claim('ifupdown', iface, path)] : [];
  });

const keyfileFolders = ['/etc', '/run', '/usr/lib'].map((folder) => `${folder}/NetworkManager/system-connections`);

const ofNetworkManager = ({ files, device: { iface } }: OwnerContext): Claim[] =>
  files.layered(keyfileFolders, '.nmconnection').flatMap((path) => {
    const named = lastValues(parseIni(files.read(path) ?? '', path), 'connection').get('interface-name')?.value;
    return named === iface ? [claim('NetworkManager', iface, path)] : [];
  });

const ofWicked = ({ files, device: { iface } }: OwnerContext): Claim[] => {
  const path = `/etc/sysconfig/network/ifcfg-${iface}`;
  return files.exists(path) ? [claim('wicked', iface, path)] : [];
};

/** Netplan's definitions first: what it writes for the others is found as theirs too. */
export const configClaims = async (
  files: ConfigFiles,
  interfaces: readonly InterfaceFacts[],
): Promise<{ claims: Claim[]; renderers: string[] }> => {
  const hasNetplan = netplanFolders.some((folder) => files.exists(folder));
  const netplan = hasNetplan
    ? (await import('./managers-netplan.ts')).readNetplanClaims(files, interfaces.map(deviceOf))
    : { claims: [], renderers: [] };
  const others = interfaces.flatMap((facts) => {
    const context = { files, device: deviceOf(facts) };
    return [...ofNetworkManager(context), ...ofNetworkd(context), ...ofIfupdown(context), ...ofWicked(context)];
  });
  return { claims: [...netplan.claims, ...others], renderers: netplan.renderers };
};
