// Pure readers of the small texts that describe a host: os-release, hosts, meminfo, loadavg, SMBIOS chassis types.
import { plainText } from '../model/plain-text.ts';

/** os-release(5): shell assignments, values bare or in quotes with backslashes. */
export const parseAssignments = (text: string): Map<string, string> =>
  new Map(
    text
      .slice(0, 64 * 1024)
      .split('\n')
      .flatMap((line) => {
        const found = /^([A-Z][A-Z0-9_]{0,63})=(.{0,1000})$/.exec(line.trim());
        if (found === null) return [];
        const [, key = '', raw = ''] = found;
        const quote = raw.charAt(0);
        const isQuoted = (quote === '"' || quote === "'") && raw.length > 1 && raw.endsWith(quote);
        const value = isQuoted ? raw.slice(1, -1) : raw;
        return [[key, plainText(quote === "'" ? value : value.replaceAll(/\\(["$`\\])/g, '$1'))] as const];
      }),
  );

/**
 * The canonical name that the hosts file gives a name: the first on its line, as `hostname -f` and getaddrinfo tell it.
 * Undefined when no line has the name.
 */
export const canonicalName = (hosts: string, name: string): string | undefined => {
  for (const line of hosts.split('\n')) {
    const [, ...names] = (line.split('#')[0] ?? '').trim().split(/\s+/);
    if (names.some((alias) => alias.toLowerCase() === name.toLowerCase())) return names[0];
  }
  return undefined;
};

export interface Memory {
  total_bytes: number;
  available_bytes: number;
  swap_total_bytes: number;
  swap_free_bytes: number;
}

export const parseMemory = (meminfo: string): Memory => {
  const bytes = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d{1,15}) kB$`, 'm').exec(meminfo)?.[1] ?? 0) * 1024;
  return {
    total_bytes: bytes('MemTotal'),
    available_bytes: bytes('MemAvailable'),
    swap_total_bytes: bytes('SwapTotal'),
    swap_free_bytes: bytes('SwapFree'),
  };
};

/** Runnable and uninterruptible tasks on average over 1, 5 and 15 minutes. */
export const parseLoad = (loadavg: string): [number, number, number] | null => {
  const [one, five, fifteen] = loadavg.trim().split(/\s+/).map(Number);
  if (one === undefined || five === undefined || fifteen === undefined) return null;
  return [one, five, fifteen].every(Number.isFinite) ? [one, five, fifteen] : null;
};

/** Model of the first CPU: x86 calls it `model name`, others `Model`, `cpu model` or `cpu`. */
export const parseCpuModel = (cpuinfo: string): string | null => {
  const found = /^(?:model name|cpu model|Model|cpu)[ \t]*:[ \t]*(\S[^\n]{0,200})$/m.exec(cpuinfo)?.[1];
  return found === undefined ? null : plainText(found.trim(), 100);
};

/** SMBIOS 3.x, 7.4.1 System Enclosure types, in the words of hostnamectl. */
const chassisByType: Readonly<Record<string, readonly number[]>> = {
  desktop: [0x03, 0x04, 0x05, 0x06, 0x07, 0x0d, 0x0f, 0x10, 0x23, 0x24],
  laptop: [0x08, 0x09, 0x0a, 0x0e],
  handset: [0x0b],
  server: [0x11, 0x17, 0x1c, 0x1d],
  tablet: [0x1e],
  convertible: [0x1f, 0x20],
  embedded: [0x21, 0x22],
};

/** Null for types that say nothing (other, unknown, and those of docks and enclosures). */
export const chassisOf = (type: string): string | null => {
  const number = Number(type.trim() === '' ? Number.NaN : type.trim());
  return Object.entries(chassisByType).find(([, types]) => types.includes(number))?.[0] ?? null;
};
