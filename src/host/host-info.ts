// What kind of host this is: names, system, machine, and time zone, from the files that hostname, uname and hostnamectl read too.
import { readlinkSync } from 'node:fs';
import { machine } from 'node:os';
import { join } from 'node:path';
import { errnoOf, NetError } from '../model/errors.ts';
import { plainText } from '../model/plain-text.ts';
import type { ConfigFiles, HostPorts } from '../model/ports.ts';
import { canonicalName, chassisOf, parseAssignments } from './host-info-text.ts';
import { readIfTold } from './host-info-virtualization.ts';

export interface Names {
  hostname: string;
  /** As `hostname -f` tells it; null: no name of this host could be found out. */
  fqdn: string | null;
  domain: string | null;
  /** The name in /etc/hostname, which the next boot sets. */
  static_hostname: string | null;
}

/** The resolver may have to wait for a DNS server: no longer than this. */
const resolverMs = 1500;

const nameFromResolver = async ({ exec }: HostPorts, signal: AbortSignal): Promise<string | null> => {
  if ((await exec.find('hostname')) === undefined) return null;
  try {
    const { code, stdout } = await exec.run({ binary: 'hostname', args: ['-f'], timeoutMs: resolverMs, signal });
    const name = plainText(stdout.trim(), 255);
    return code === 0 && name !== '' && name !== 'localhost' ? name : null;
  } catch (error) {
    if (error instanceof NetError && error.code === 'timeout') return null;
    throw error;
  }
};

export const readNames = async (ports: HostPorts, files: ConfigFiles, signal: AbortSignal): Promise<Names> => {
  const hostname = plainText((await readIfTold(ports.kernel, '/proc/sys/kernel/hostname')) || 'localhost', 64);
  // The hosts file comes first in every nsswitch.conf there is; the resolver is asked only for what it lacks.
  const listed = canonicalName(files.read('/etc/hosts') ?? '', hostname);
  const fqdn = hostname.includes('.') ? hostname : (listed ?? (await nameFromResolver(ports, signal)));
  const dot = fqdn?.indexOf('.') ?? -1;
  const fixed = files
    .read('/etc/hostname')
    ?.split('\n')
    .find((line) => line.trim() !== '' && !line.startsWith('#'));
  return {
    hostname,
    fqdn: fqdn === null ? null : plainText(fqdn, 255),
    domain: fqdn === null || dot < 0 ? null : plainText(fqdn.slice(dot + 1), 255),
    static_hostname: fixed === undefined ? null : plainText(fixed.trim(), 64),
  };
};

export interface System {
  name: string | null;
  id: string | null;
  version: string | null;
  codename: string | null;
}

export const readSystem = (files: ConfigFiles): System => {
  const values = parseAssignments(files.read('/etc/os-release') ?? files.read('/usr/lib/os-release') ?? '');
  return {
    name: values.get('PRETTY_NAME') ?? values.get('NAME') ?? null,
    id: values.get('ID') ?? null,
    version: values.get('VERSION_ID') ?? null,
    codename: values.get('VERSION_CODENAME') ?? null,
  };
};

/** Instruction set as `uname -m` has it. */
export const readArchitecture = async ({ kernel }: HostPorts): Promise<string> =>
  (await readIfTold(kernel, '/proc/sys/kernel/arch')) || machine();

export interface Machine {
  vendor: string | null;
  model: string | null;
  firmware: string | null;
  /** In the words of hostnamectl; null: the firmware does not tell. */
  chassis: string | null;
}

/** From SMBIOS by the kernel's DMI, or the device tree. Serial numbers and UUIDs are not read. */
export const readMachine = async ({ kernel }: HostPorts, files: ConfigFiles): Promise<Machine> => {
  const told = async (path: string): Promise<string | null> => {
    const text = plainText(await readIfTold(kernel, path), 100).trim();
    return text === '' || /^(?:to be filled|default string|not specified|none$|n\/a$)/i.test(text) ? null : text;
  };
  const dmi = (name: string): Promise<string | null> => told(`/sys/class/dmi/id/${name}`);
  const [vendor, product, type, version, date, tree] = await Promise.all([
    dmi('sys_vendor'),
    dmi('product_name'),
    dmi('chassis_type'),
    dmi('bios_version'),
    dmi('bios_date'),
    told('/proc/device-tree/model'),
  ]);
  const chosen = parseAssignments(files.read('/etc/machine-info') ?? '').get('CHASSIS');
  return {
    vendor,
    model: product ?? tree,
    firmware: version === null ? null : [version, date].filter((part) => part !== null).join(', '),
    chassis: chosen ?? chassisOf(type ?? ''),
  };
};

/** IANA name, from the link /etc/localtime or the file /etc/timezone; null where neither tells it. */
export const readTimezone = (files: ConfigFiles, root = '/'): string | null => {
  const name = ((): string | undefined => {
    try {
      return /zoneinfo\/(?:posix\/|right\/)?(.+)$/.exec(readlinkSync(join(root, 'etc/localtime')))?.[1];
    } catch (error) {
      // Not there, or a copy instead of a link.
      if (['ENOENT', 'EINVAL', 'ENOTDIR', 'EACCES'].includes(errnoOf(error) ?? '')) return undefined;
      throw error;
    }
  })();
  const zone = name ?? files.read('/etc/timezone')?.trim() ?? '';
  return /^[A-Za-z0-9_+/-]{1,64}$/.test(zone) ? zone : null;
};

/** Minutes east of UTC at a moment; null for a zone that is not known here. */
export const utcOffsetMinutes = (zone: string, at: number): number | null => {
  try {
    const parts = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' }).formatToParts(at);
    const text = parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
    const found = /^GMT(?:([+-])(\d\d):(\d\d))?/.exec(text);
    if (found === null) return null;
    const [, sign, hours = '0', minutes = '0'] = found;
    return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
};
