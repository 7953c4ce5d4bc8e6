// The interfaces of this network namespace as plain facts, from one `ip -j -d addr show`.
import * as z from 'zod';
import { errnoOf, NetError } from '../model/errors.ts';
import type { HostPorts, KernelFiles } from '../model/ports.ts';
import type { InterfaceFacts } from '../model/snapshot.ts';

const linkSchema = z.object({
  ifindex: z.number(),
  ifname: z.string(),
  flags: z.array(z.string()),
  mtu: z.number(),
  min_mtu: z.number().default(0),
  max_mtu: z.number().default(0),
  txqlen: z.number().default(0),
  link_type: z.string(),
  address: z.string().optional(),
  master: z.string().optional(),
  linkinfo: z.object({ info_kind: z.string().optional() }).optional(),
  addr_info: z
    .array(z.object({ family: z.string(), local: z.string().optional(), prefixlen: z.number().optional() }))
    .default([]),
});
type Link = z.infer<typeof linkSchema>;

/** `ip -j` prints `{}` for an interface that went away while it was printing. */
const linksSchema = z.array(z.union([linkSchema, z.strictObject({}).transform(() => undefined)]));

const addresses = (link: Link, family: string): string[] =>
  link.addr_info
    .filter((entry) => entry.family === family && entry.local !== undefined)
    .map((entry) => `${entry.local ?? ''}/${entry.prefixlen ?? ''}`)
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

/** /sys shows the namespace that mounted it: after `unshare -n` this may be another interface of the same name. */
const shownBySysfs = async (kernel: KernelFiles, link: Link): Promise<boolean> => {
  const [ifindex, address] = await Promise.all([
    attribute(kernel, link.ifname, 'ifindex'),
    attribute(kernel, link.ifname, 'address'),
  ]);
  return Number(ifindex) === link.ifindex && address === link.address;
};

const speedOf = async (kernel: KernelFiles, link: Link): Promise<number | null> => {
  const [shown, speed] = await Promise.all([shownBySysfs(kernel, link), attribute(kernel, link.ifname, 'speed')]);
  if (!shown) return null;
  const mbps = Number(speed ?? -1);
  return Number.isInteger(mbps) && mbps > 0 ? mbps : null;
};

/** What sysfs says of a device with hardware (or a hypervisor) behind it; software links have no driver. */
const deviceOf = async (
  kernel: KernelFiles,
  link: Link,
): Promise<Pick<InterfaceFacts, 'wireless' | 'driver' | 'queues'>> => {
  if (link.linkinfo?.info_kind !== undefined || link.link_type === 'loopback' || !(await shownBySysfs(kernel, link))) {
    return {};
  }
  const [own, device, queues] = await Promise.all([
    attribute(kernel, link.ifname, 'uevent'),
    attribute(kernel, link.ifname, 'device/uevent'),
    kernel.list(`/sys/class/net/${link.ifname}/queues`),
  ]);
  const driver = /^DRIVER=([A-Za-z0-9_.-]{1,64})$/m.exec(device ?? '')?.[1] ?? null;
  const received = queues.filter((name) => name.startsWith('rx-')).length;
  return { wireless: /^DEVTYPE=wlan$/m.test(own ?? ''), driver, ...(received === 0 ? {} : { queues: received }) };
};

const factsOf = async (kernel: KernelFiles, link: Link): Promise<InterfaceFacts> => ({
  ...(await deviceOf(kernel, link)),
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
  speed_mbps: await speedOf(kernel, link),
  ipv4: addresses(link, 'inet'),
  ipv6: addresses(link, 'inet6'),
  master: link.master ?? null,
});

/** All interfaces by name. Throws missing_binary without iproute2. */
export const readInterfaces = async (
  { exec, kernel }: HostPorts,
  signal: AbortSignal,
): Promise<Record<string, InterfaceFacts>> => {
  const { code, stdout, stderr } = await exec.run({ binary: 'ip', args: ['-j', '-d', 'addr', 'show'], signal });
  if (code !== 0) {
    throw new NetError(
      'step_failed',
      `ip could not list the interfaces: ${stderr.trim()}`,
      'Run `ip addr show` to see why.',
    );
  }
  const links = linksSchema.parse(JSON.parse(stdout === '' ? '[]' : stdout)).filter((link) => link !== undefined);
  const facts = await Promise.all(links.map((link) => factsOf(kernel, link)));
  return Object.fromEntries(facts.map((entry) => [entry.name, entry]));
};
