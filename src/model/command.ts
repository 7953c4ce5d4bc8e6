// A command is what a step runs (argv or one write to a kernel file, never shell text) and what a person may paste instead.

/** The RenderedPlan field in which a command is shown. */
export const slots = ['sysctl_cmds', 'tc_script', 'nft_script', 'ethtool_cmds', 'ip_link_cmds'] as const;
export type Slot = (typeof slots)[number];

/** The binaries the product may run; host/exec holds their allowed sub-commands. */
export const binaries = [
  'ip',
  'tc',
  'nft',
  'ethtool',
  'modprobe',
  'unshare',
  'ping',
  'ping6',
  'mtr',
  'ss',
  'iw',
  'nmcli',
  'resolvectl',
  'networkctl',
  'systemctl',
  'systemd-detect-virt',
  'timedatectl',
  'chronyc',
  'hostname',
  'iptables-legacy-save',
  'ip6tables-legacy-save',
  'tcpdump',
  'prlimit',
] as const;
export type Binary = (typeof binaries)[number];

/** Debian's package for each, for the fix that an error names. */
export const debianPackages: Readonly<Record<Binary, string>> = {
  ip: 'iproute2',
  tc: 'iproute2',
  nft: 'nftables',
  ethtool: 'ethtool',
  modprobe: 'kmod',
  unshare: 'util-linux',
  ping: 'iputils-ping',
  ping6: 'iputils-ping',
  mtr: 'mtr-tiny',
  ss: 'iproute2',
  iw: 'iw',
  nmcli: 'network-manager',
  resolvectl: 'systemd-resolved',
  networkctl: 'systemd',
  systemctl: 'systemd',
  'systemd-detect-virt': 'systemd',
  timedatectl: 'systemd',
  chronyc: 'chrony',
  hostname: 'hostname',
  'iptables-legacy-save': 'iptables',
  'ip6tables-legacy-save': 'iptables',
  tcpdump: 'tcpdump',
  prlimit: 'util-linux',
};

export type Action =
  /** One write(2) of the whole value to the key's file under /proc/sys. */
  | { kind: 'write_sysctl'; key: string; value: string }
  /** One write(2) to a queue file below /sys/class/net; model/steering.ts tells which. */
  | { kind: 'write_sysfs'; path: string; value: string }
  | { kind: 'exec'; binary: Binary; args: string[]; stdin?: string };

export interface ResourceCommand {
  slot: Slot;
  /** Shell-quoted lines that do the same by hand. */
  text: string;
  action: Action;
  /** A failure of this command is not an error (a module that may be built in); verification decides. */
  optional?: boolean;
}

const plain = /^[A-Za-z0-9_@%+=:,./-]+$/;

/** Quotes one word for a POSIX shell. */
export const shellQuote = (word: string): string => (plain.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);

export const shellLine = (words: readonly string[]): string => words.map(shellQuote).join(' ');
