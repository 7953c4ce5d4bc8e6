// What is missing or limited on a Linux host, each with its effect and the exact fix. Pure: from facts that were read before.
import * as z from 'zod';
import type { Binary } from '../../model/command.ts';
import { installFix, isNeeded } from './capabilities-programs.ts';

export const problemSchema = z.strictObject({ what: z.string(), effect: z.string(), fix: z.string() });
export type Problem = z.infer<typeof problemSchema>;

export const privilegesSchema = z.strictObject({
  net_admin: z.boolean(),
  net_raw: z.boolean(),
  sys_admin: z.boolean(),
  bpf: z.boolean(),
  perfmon: z.boolean(),
  icmp_echo: z.boolean().describe('May send ICMP echo: CAP_NET_RAW, or a group in ping_group_range'),
});
type Privileges = z.infer<typeof privilegesSchema>;

export const featuresSchema = z.strictObject({
  qdiscs: z.array(z.string()),
  classifiers: z.array(z.string()),
  congestion_controls: z.array(z.string()),
  ifb: z.boolean(),
  conntrack: z.boolean(),
  nftables: z.boolean(),
  ipv6: z.boolean(),
  btf: z.boolean().describe('Type information that eBPF programs are loaded with'),
});
type KernelFeatures = z.infer<typeof featuresSchema>;

const words = (text: string | undefined): number[] => (text ?? '').split(/\s+/).filter(Boolean).map(Number);

/** ping(7) sockets are for processes whose effective or a supplementary group lies in net.ipv4.ping_group_range; `1 0` is for none. */
export const mayEcho = (status: string, range: string | undefined, netRaw: boolean): boolean => {
  if (netRaw) return true;
  const [low = 1, high = 0] = words(range);
  const [, effective = -1] = words(/^Gid:\s*(.*)$/m.exec(status)?.[1]);
  return [effective, ...words(/^Groups:\s*(.*)$/m.exec(status)?.[1])].some((group) => group >= low && group <= high);
};

/** Never a capability on the node binary: every local user's scripts would have it too. */
const withCapabilities = (...names: readonly string[]): string =>
  `For one run: sudo netmcp ... As a service of systemd: User=... and AmbientCapabilities=${names.join(' ')} in its unit.`;

export const privilegeProblems = (privileges: Privileges, readOnly: boolean): Problem[] => {
  const problems: Problem[] = [];
  if (!privileges.net_admin) {
    problems.push({
      what: 'This process lacks CAP_NET_ADMIN.',
      effect: 'Nothing can be changed, and firewall rules cannot be read.',
      fix: 'Run netmcp as root: sudo netmcp ...',
    });
  }
  if (!privileges.icmp_echo) {
    problems.push({
      what: 'This process may not send ICMP echo.',
      effect: 'ping uses the ping program where it is installed; traceroute and mtr use UDP.',
      fix: 'sysctl -w net.ipv4.ping_group_range="0 2147483647"',
    });
  }
  if (!privileges.net_raw) {
    problems.push({
      what: 'This process lacks CAP_NET_RAW.',
      effect: 'capture_packets is refused.',
      fix: withCapabilities('CAP_NET_RAW'),
    });
  }
  if (!privileges.sys_admin && (!privileges.bpf || !privileges.perfmon)) {
    problems.push({
      what: 'This process lacks CAP_BPF or CAP_PERFMON.',
      effect: 'network_monitor cannot count packets by eBPF and falls back to what it may use.',
      fix: withCapabilities('CAP_BPF', 'CAP_PERFMON', 'CAP_NET_ADMIN'),
    });
  }
  if (readOnly) {
    problems.push({
      what: 'Read-only mode is on.',
      effect: 'Tools that change the host are refused.',
      fix: 'Start netmcp without --read-only if changes are wanted.',
    });
  }
  return problems;
};

/** Only programs without which something is refused. */
export const programProblems = (missing: readonly Binary[]): Problem[] =>
  missing.filter(isNeeded).map((name) => ({
    what: `${name} is not installed.`,
    effect: `Tools and plans that run ${name} are refused.`,
    fix: installFix(name, 'linux'),
  }));

export const kernelProblems = (features: KernelFeatures, hasNft: boolean, initialNetns: boolean): Problem[] => {
  const problems: Problem[] = [];
  const lacking = ['fq', 'fq_codel', 'cake', 'netem', 'htb'].filter((kind) => !features.qdiscs.includes(kind));
  if (lacking.length > 0) {
    problems.push({
      what: `This kernel lacks the qdiscs ${lacking.join(', ')}.`,
      effect: 'Plans that name them are refused.',
      fix: 'Use a distribution kernel (apt-get install linux-image-amd64), or plan with the qdiscs listed.',
    });
  }
  if (!features.conntrack) {
    problems.push({
      what: 'nf_conntrack is neither loaded nor loadable.',
      effect: 'connection_tracking and connection_limits are refused.',
      fix: 'modprobe nf_conntrack',
    });
  }
  if (!features.nftables && hasNft) {
    problems.push({
      what: 'The kernel has no nf_tables.',
      effect: 'dscp, limits and NAT rules are refused.',
      fix: 'modprobe nf_tables',
    });
  }
  if (!features.ipv6) {
    problems.push({
      what: 'The kernel has no IPv6, or it is disabled.',
      effect: 'Nothing can be told or probed over IPv6.',
      fix: 'Remove ipv6.disable=1 from the kernel command line.',
    });
  }
  if (!initialNetns) {
    problems.push({
      what: 'This is not the host’s initial network namespace.',
      effect: 'Host-wide keys (net.core.rmem_max, default_qdisc, ...) are read-only or absent here.',
      fix: 'Run netmcp on the host itself if they matter.',
    });
  }
  return problems;
};
