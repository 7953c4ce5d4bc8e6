// The programs netmcp may run: which ones it needs, what each of the others adds, and how to get one that is missing.
import * as z from 'zod';
import { binaries, debianPackages, type Binary } from '../../model/command.ts';
import type { Platform } from '../../model/operation-ports.ts';

interface Use {
  /** Without it something is refused; what only adds to an answer is optional. */
  needed: boolean;
  note: string;
}

const uses: Readonly<Record<Binary, Use>> = {
  ip: { needed: true, note: 'Interfaces, routes, neighbours; ifb and MTU of plans' },
  tc: { needed: true, note: 'get_qdiscs; qdiscs, classes and filters of plans' },
  ss: { needed: true, note: 'get_connections' },
  nft: { needed: true, note: 'get_firewall; dscp, limits and NAT of plans' },
  ethtool: { needed: true, note: 'Driver, rings and offloads of interfaces; offloads, rings and coalescing of plans' },
  modprobe: { needed: true, note: 'Loads ifb and nf_conntrack for plans' },
  unshare: { needed: false, note: 'Asks the kernel for its tc features where module files do not tell' },
  ping: { needed: false, note: 'ping where this process may open no ICMP socket, and on macOS and Windows' },
  ping6: { needed: false, note: 'ping over IPv6 on macOS' },
  mtr: { needed: false, note: 'mtr where this process may send no probes itself' },
  iw: { needed: false, note: 'get_wifi' },
  nmcli: { needed: false, note: 'Connections and DNS servers of NetworkManager' },
  resolvectl: { needed: false, note: 'Upstream DNS servers of systemd-resolved' },
  networkctl: { needed: false, note: 'Links of systemd-networkd' },
  systemctl: { needed: false, note: 'Which network services are active' },
  'systemd-detect-virt': { needed: false, note: 'Virtualisation by name; else told from files' },
  timedatectl: { needed: false, note: 'Clock synchronisation by systemd' },
  chronyc: { needed: false, note: 'Clock synchronisation by chrony, with its offset' },
  hostname: { needed: false, note: 'The fully qualified name' },
  'iptables-legacy-save': { needed: false, note: 'Rules of legacy iptables in get_firewall' },
  'ip6tables-legacy-save': { needed: false, note: 'Rules of legacy ip6tables in get_firewall' },
  tcpdump: { needed: false, note: 'capture_packets' },
  prlimit: { needed: false, note: 'Bounds the files of capture_packets' },
};

/** What there is a use for elsewhere; all the rest belongs to Linux. */
const elsewhere: Readonly<Record<Exclude<Platform, 'linux'>, readonly Binary[]>> = {
  darwin: ['ping', 'ping6'],
  win32: ['ping'],
};

export const programSchema = z.strictObject({
  name: z.string(),
  available: z.boolean(),
  path: z.string().nullable(),
  note: z.string(),
});

export const optionalProgramSchema = z.strictObject({
  name: z.string(),
  available: z.boolean(),
  adds: z.string(),
  fix: z.string().nullable(),
});

export const binariesOf = (platform: Platform): readonly Binary[] =>
  platform === 'linux' ? binaries.filter((name) => name !== 'ping6') : elsewhere[platform];

export const programOf = (name: Binary, path: string | undefined): z.infer<typeof programSchema> => ({
  name,
  available: path !== undefined,
  path: path ?? null,
  note: `${uses[name].needed ? 'needed' : 'optional'}: ${uses[name].note}`,
});

export const optionalProgramOf = (
  name: Binary,
  path: string | undefined,
  platform: Platform,
): z.infer<typeof optionalProgramSchema> => ({
  name,
  available: path !== undefined,
  adds: uses[name].note,
  fix: path === undefined ? installFix(name, platform) : null,
});

/** Programs of probes, which network-mcp lists as its dependencies; the others stand in `binaries` and `optional_binaries`. */
export const isDependency = (name: Binary): boolean => name === 'ping' || name === 'ping6' || name === 'mtr';

export const isNeeded = (name: Binary): boolean => uses[name].needed;

/** macOS and Windows have theirs from the start. */
export const installFix = (name: Binary, platform: Platform): string =>
  platform === 'linux' ? `apt-get install ${debianPackages[name]}` : `Restore ${name}, which belongs to the system`;
