// Keys that the kernel moves along when another is written: which they are, what it makes of them, and reading them.
import { normaliseValue } from '../model/card-value.ts';
import type { HostPorts } from '../model/ports.ts';
import {
  type SysctlObserved,
  allowedCongestionControlKey,
  congestionControlKey,
  keySegment,
  sysctlPath,
} from '../model/sysctl.ts';

type Companions = NonNullable<SysctlObserved>['companions'];

/** Writing one of these sets the same on every interface and on `default` (inet_forward_change, addrconf_forward_change). */
const forwardingFolders: Readonly<Record<string, string>> = {
  'net.ipv4.ip_forward': 'net.ipv4.conf',
  'net.ipv6.conf.all.forwarding': 'net.ipv6.conf',
};
const acceptRedirects = 'net.ipv4.conf.all.accept_redirects';

const readInto = async (found: Companions, key: string, writable: boolean | undefined, ports: HostPorts) => {
  const path = sysctlPath(key);
  const text = await ports.kernel.read(path);
  if (text === undefined) return;
  found[key] = { value: normaliseValue(text), writable: writable ?? (await ports.kernel.writable(path)) };
};

export const readCompanions = async (key: string, writable: boolean, ports: HostPorts): Promise<Companions> => {
  const found: Companions = {};
  if (key === congestionControlKey) await readInto(found, allowedCongestionControlKey, undefined, ports);
  const folder = forwardingFolders[key];
  if (folder === undefined) return found;
  if (key === 'net.ipv4.ip_forward') await readInto(found, acceptRedirects, writable, ports);
  for (const name of (await ports.kernel.list(sysctlPath(folder))).toSorted()) {
    if (name !== 'all') await readInto(found, `${folder}.${keySegment(name)}.forwarding`, writable, ports);
  }
  return found;
};

/** What the kernel makes of a companion when `key` is set to `value`; undefined where it depends on more. */
export const implied = (key: string, companion: string, value: string): string | undefined => {
  if (companion === acceptRedirects) return value === '0' ? '1' : '0';
  return forwardingFolders[key] === undefined ? undefined : value;
};

/** The companions once `key` has been set to `value`; as observed when it already is. */
export const companionsAfter = (key: string, value: string, observed: NonNullable<SysctlObserved>): Companions => {
  if (normaliseValue(value) === normaliseValue(observed.value)) return observed.companions;
  const moved = Object.entries(observed.companions).map(([companion, entry]) => {
    // Making an algorithm the default also puts it on the allowed list, where it stays.
    const listed = entry.value.split(' ').includes(value);
    const allowed = companion === allowedCongestionControlKey && !listed ? `${entry.value} ${value}` : entry.value;
    return [companion, { ...entry, value: implied(key, companion, value) ?? allowed }] as const;
  });
  return Object.fromEntries(moved);
};
