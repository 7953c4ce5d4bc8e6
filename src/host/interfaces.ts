// The interfaces of this network namespace as plain facts, from one `ip -j -d addr show`.
import { parseAddress } from '../model/address.ts';
import { errnoOf, NetError } from '../model/errors.ts';
import type { HostPorts, KernelFiles } from '../model/ports.ts';
import type { InterfaceFacts } from '../model/snapshot.ts';
import { type Link, readLinks } from './links.ts';

const addresses = (link: Link, family: string): string[] =>
  link.addr_info
    .flatMap((entry) =>
      entry?.family === family && entry.local !== undefined ? [`${entry.local}/${entry.prefixlen ?? ''}`] : [],
    )
    .sort();

const isMac = (address: string): boolean => /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(address);

/** A value of /sys/class/net; drivers answer EINVAL or the like for what they cannot tell, above all while the link is down. */
const attribute = async (kernel: KernelFiles, name: string, file: string): Promise<string | undefined> => {
  try {
    return (await kernel.read(`/sys/class/net/${name}/${file}`))?.trim();
  } catch (error) {
    if (error instanceof NetError && errnoOf(error.cause) !== undefined) return undefined;
    throw error;
  }
};

/** As sysfs prints the address that ip prints: tunnels have an IP address in this place, tun and WireGuard none. */
const sysfsAddress = (address = ''): string => {
  const ip = isMac(address) ? undefined : parseAddress(address);
  return ip === undefined ? address : ip.bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(':');
};

/** /sys shows the namespace that mounted it: after `unshare -n` this may be another interface of the same name. */
const shownBySysfs = async (kernel: KernelFiles, link: Link): Promise<boolean> => {
  const [ifindex, address] = await Promise.all([
    attribute(kernel, link.ifname, 'ifindex'),
    attribute(kernel, link.ifname, 'address'),
  ]);
  return Number(ifindex) === link.ifindex && address === sysfsAddress(link.address);
};

const speedOf = async (kernel: KernelFiles, name: string): Promise<number | null> => {
  const mbps = Number((await attribute(kernel, name, 'speed')) ?? -1);
  return Number.isInteger(mbps) && mbps > 0 ? mbps : null;
};

/** What a driver tells of a device with hardware (or a hypervisor) behind it; software links have none. */
type Device = Pick<InterfaceFacts, 'wireless' | 'driver' | 'queues'>;

const deviceOf = async (kernel: KernelFiles, link: Link): Promise<Device> => {
  if (link.linkinfo?.info_kind !== undefined || link.link_type === 'loopback') return {};
  const [own, device, queues] = await Promise.all([
    attribute(kernel, link.ifname, 'uevent'),
    attribute(kernel, link.ifname, 'device/uevent'),
    kernel.list(`/sys/class/net/${link.ifname}/queues`),
  ]);
  const driver = /^DRIVER=([A-Za-z0-9_.-]{1,64})$/m.exec(device ?? '')?.[1] ?? null;
  const received = queues.filter((name) => name.startsWith('rx-')).length;
  return { wireless: /^DEVTYPE=wlan$/m.test(own ?? ''), driver, ...(received === 0 ? {} : { queues: received }) };
};

interface Hardware {
  /** False: /sys is of another network namespace, so nothing below is known. */
  shown: boolean;
  speed_mbps: number | null;
  device: Device;
}

/** What sysfs says of one interface. */
export const readHardware = async (kernel: KernelFiles, link: Link): Promise<Hardware> => {
  const shown = await shownBySysfs(kernel, link);
  if (!shown) return { shown, speed_mbps: null, device: {} };
  const [speed_mbps, device] = await Promise.all([speedOf(kernel, link.ifname), deviceOf(kernel, link)]);
  return { shown, speed_mbps, device };
};

/** `full` or `half`; null where the driver does not tell. Only for a link that readHardware has found. */
export const readDuplex = async (kernel: KernelFiles, name: string): Promise<'full' | 'half' | null> => {
  const duplex = await attribute(kernel, name, 'duplex');
  return duplex === 'full' || duplex === 'half' ? duplex : null;
};

const factsOf = async (kernel: KernelFiles, link: Link): Promise<InterfaceFacts> => {
  const { speed_mbps, device } = await readHardware(kernel, link);
  return {
    ...device,
    name: link.ifname,
    ifindex: link.ifindex,
    mac: link.link_type !== 'loopback' && link.address !== undefined && isMac(link.address) ? link.address : null,
    kind: link.linkinfo?.info_kind ?? null,
    mtu: link.mtu,
    min_mtu: link.min_mtu,
    max_mtu: link.max_mtu,
    up: link.flags.includes('UP'),
    carrier: link.flags.includes('LOWER_UP'),
    txqueuelen: link.txqlen,
    speed_mbps,
    ipv4: addresses(link, 'inet'),
    ipv6: addresses(link, 'inet6'),
    master: link.master ?? null,
  };
};

/** All interfaces by name. Throws missing_binary without iproute2. */
export const readInterfaces = async (
  { exec, kernel }: HostPorts,
  signal: AbortSignal,
): Promise<Record<string, InterfaceFacts>> => {
  const links = await readLinks(exec, signal);
  const facts = await Promise.all(links.map((link) => factsOf(kernel, link)));
  return Object.fromEntries(facts.map((entry) => [entry.name, entry]));
};
