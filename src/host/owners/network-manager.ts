// NetworkManager: the connection profiles for one interface, as keyfiles; which of them is up is asked of its runtime files.
import type { LinkAttribute, Owner } from '../../model/owner.ts';
import { isShipped, linkClaim, type OwnerContext } from './context.ts';
import { lastValues, parseIni, type IniEntry, type IniSection } from './ini.ts';

const folders = [
  '/etc/NetworkManager/system-connections',
  '/run/NetworkManager/system-connections',
  '/usr/lib/NetworkManager/system-connections',
];

const wired = ['ethernet', '802-3-ethernet', 'wifi', 'wireless', '802-11-wireless', 'infiniband', 'vlan', 'bridge'];

const attributeOf = (section: string, { key, value }: IniEntry): LinkAttribute | undefined => {
  // 0 is `automatic`: the profile leaves it alone.
  if (wired.includes(section) && key === 'mtu') return value === '0' ? undefined : 'mtu';
  if (section === 'tc' && key.startsWith('qdisc.')) return 'qdisc';
  if (/^ipv[46]$/.test(section) && /^routes?[0-9]*$/.test(key)) return 'routes';
  if (section !== 'ethtool') return undefined;
  if (key.startsWith('feature-')) return 'offloads';
  if (key.startsWith('ring-')) return 'rings';
  return key.startsWith('coalesce-') ? 'coalescing' : undefined;
};

const valueIn = (sections: readonly IniSection[], name: string, key: string): string | undefined =>
  lastValues(sections, name).get(key)?.value;

/** By name, or by hardware address where the profile has no name; a profile with neither could be for any interface and is passed over. */
const isFor = (sections: readonly IniSection[], { iface, mac }: OwnerContext['device']): boolean => {
  const name = valueIn(sections, 'connection', 'interface-name');
  if (name !== undefined) return name === iface;
  const address = wired.flatMap((section) => valueIn(sections, section, 'mac-address') ?? [])[0];
  return address !== undefined && address.toLowerCase() === mac?.toLowerCase();
};

interface Runtime {
  runs: boolean;
  managed: boolean;
  /** The profile that is up on the interface, where NetworkManager tells. */
  uuid: string | undefined;
}

const runtimeOf = ({ files, device }: OwnerContext): Runtime => {
  const runs = files.exists('/run/NetworkManager');
  const ifindex = runs ? files.read(`/sys/class/net/${device.iface}/ifindex`)?.trim() : undefined;
  const path = `/run/NetworkManager/devices/${ifindex ?? ''}`;
  const isIndex = /^[0-9]{1,10}$/.test(ifindex ?? '');
  const sections = isIndex ? parseIni(files.read(path) ?? '', path) : [];
  const managed = valueIn(sections, 'device', 'managed');
  return {
    runs,
    managed: managed !== 'false' && managed !== '0',
    uuid: valueIn(sections, 'device', 'connection-uuid'),
  };
};

export const readNetworkManager = (context: OwnerContext): Owner[] => {
  const { files, device } = context;
  const paths = files.layered(folders, '.nmconnection');
  if (paths.length === 0) return [];
  const runtime = runtimeOf(context);
  return paths.flatMap((path) => {
    const sections = parseIni(files.read(path) ?? '', path);
    if (!isFor(sections, device)) return [];
    const uuid = valueIn(sections, 'connection', 'uuid');
    const isUp = runtime.uuid === undefined || uuid === undefined || uuid === runtime.uuid;
    const names = [...new Set(sections.map((section) => section.name))];
    return names.flatMap((name) =>
      [...lastValues(sections, name).values()].flatMap((entry): Owner[] => {
        const attribute = attributeOf(name, entry);
        if (attribute === undefined) return [];
        const isOnly = attribute === 'mtu';
        return [
          {
            manager: 'NetworkManager',
            claim: linkClaim(device.iface, attribute),
            value: isOnly ? entry.value : `${entry.key}=${entry.value}`,
            source: entry.source,
            shipped: isShipped(path),
            active: runtime.runs && runtime.managed && isUp,
            effect: 'whenever the connection is brought up: at boot, on carrier or resume, with nmcli connection up',
          },
        ];
      }),
    );
  });
};
