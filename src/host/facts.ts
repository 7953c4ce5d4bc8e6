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

/** Fields: destination, prefix length, source, its length, next hop, metric, references, uses, flags, interface. */
const isIpv6Default = ([destination = '', length, , , , , , , flags = '']: string[]): boolean =>
  /^0+$/.test(destination) && length === '00' && usable(flags);

const leastMetric = (routes: DefaultRoute[]): string | null =>
  routes.sort((left, right) => left.metric - right.metric)[0]?.iface ?? null;

/** Interface of the main table's IPv4 default route with the lowest metric; null without any. */
export const readIpv4DefaultInterface = async (kernel: KernelFiles): Promise<string | null> =>
  leastMetric(ipv4Defaults(await kernel.read('/proc/self/net/route')));

/** Whether any table, policy routing's included, has an IPv6 default route: the kernel lists them all in one file. */
export const hasIpv6Default = async (kernel: KernelFiles): Promise<boolean> =>
  fieldsByLine(await kernel.read('/proc/self/net/ipv6_route')).some(isIpv6Default);
