// Small facts of the host, each from one kernel file: no process is started for them.
import { NetError } from '../model/errors.ts';
import type { KernelFiles } from '../model/ports.ts';

const needed = async (kernel: KernelFiles, path: string): Promise<string> => {
  const text = await kernel.read(path);
  if (text !== undefined) return text;
  throw new NetError('missing_kernel_feature', `${path} does not exist.`, 'Mount /proc and /sys where netmcp runs.');
};

/** Kernel release as uname gives it: `6.1.0-18-amd64`. */
export const readKernelRelease = async (kernel: KernelFiles): Promise<string> =>
  (await needed(kernel, '/proc/sys/kernel/osrelease')).trim();

/** RAM in bytes (MemTotal). */
export const readMemoryBytes = async (kernel: KernelFiles): Promise<number> =>
  Number(/^MemTotal:\s+(\d+) kB$/m.exec(await needed(kernel, '/proc/meminfo'))?.[1] ?? 0) * 1024;

/** CPUs online, from a list such as `0-3,8`. */
export const readCpus = async (kernel: KernelFiles): Promise<number> => {
  const list = (await needed(kernel, '/sys/devices/system/cpu/online')).trim();
  return list.split(',').reduce((total, part) => {
    const [first = 0, last = first] = part.split('-').map(Number);
    return total + last - first + 1;
  }, 0);
};

// linux/route.h
const RTF_UP = 0x1;
const RTF_REJECT = 0x200;

interface DefaultRoute {
  iface: string;
  metric: number;
}

const usable = (flags: string): boolean => (Number.parseInt(flags, 16) & (RTF_UP | RTF_REJECT)) === RTF_UP;

const fieldsByLine = (text: string | undefined): string[][] =>
  (text ?? '').split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim().split(/\s+/)]));

/** Fields: interface, destination, gateway, flags, references, uses, metric (decimal), mask, ... */
const ipv4Defaults = (text: string | undefined): DefaultRoute[] =>
  fieldsByLine(text).flatMap(([iface = '', destination, , flags = '', , , metric, mask]) =>
    destination === '00000000' && mask === '00000000' && usable(flags) ? [{ iface, metric: Number(metric) }] : [],
  );

/** Fields: destination, prefix length, source, its length, next hop, metric (hexadecimal), references, uses, flags, interface. */
const ipv6Defaults = (text: string | undefined): DefaultRoute[] =>
  fieldsByLine(text).flatMap(([destination = '', length, , , , metric = '', , , flags = '', iface = '']) =>
    /^0+$/.test(destination) && length === '00' && usable(flags)
      ? [{ iface, metric: Number.parseInt(metric, 16) }]
      : [],
  );

/** Interface of the default route with the lowest metric, IPv4 before IPv6; null without any. Policy routing tables are not looked at. */
export const readDefaultInterface = async (kernel: KernelFiles): Promise<string | null> => {
  const [ipv4, ipv6] = await Promise.all([
    kernel.read('/proc/self/net/route'),
    kernel.read('/proc/self/net/ipv6_route'),
  ]);
  for (const routes of [ipv4Defaults(ipv4), ipv6Defaults(ipv6)]) {
    const best = routes.sort((a, b) => a.metric - b.metric)[0];
    if (best !== undefined) return best.iface;
  }
  return null;
};
