// Whose tables they are, guessed from the names that each firewall program gives its tables and chains.
import type { ConfigFiles } from '../../model/ports.ts';
import type { Table } from './model.ts';

const byTable: readonly [RegExp, string][] = [
  [/^netmcp$/, 'netmcp'],
  [/^firewalld$/, 'firewalld'],
  [/^(?:kube-proxy|kube-.*)$/, 'kubernetes'],
  [/^libvirt_network$/, 'libvirt'],
  [/^f2b-table$/, 'fail2ban'],
  [/^crowdsec6?$/, 'crowdsec'],
  [/^io\.systemd\./, 'systemd'],
  [/^nm-/, 'NetworkManager'],
  [/^netavark$/, 'podman'],
  [/^(?:lxd|lxc|incus)$/, 'lxc'],
  [/^docker-bridges$/, 'docker'],
  [/^fw4$/, 'openwrt'],
];

const byChain: readonly [RegExp, string][] = [
  [/^ufw6?-/, 'ufw'],
  [/^DOCKER(?:-|$)/, 'docker'],
  [/^KUBE-/, 'kubernetes'],
  [/^cali-/, 'calico'],
  [/^(?:OLD_)?CILIUM_/, 'cilium'],
  [/^LIBVIRT_/, 'libvirt'],
  [/^f2b-/, 'fail2ban'],
  [/^ts-(?:input|forward|postrouting)$/, 'tailscale'],
  [/^NETAVARK/, 'podman'],
  [/^(?:IN|FWDI|FWDO|PRE|POST)_public/, 'firewalld'],
  [/^sshguard$/, 'sshguard'],
];

const iptablesTables = new Set(['filter', 'nat', 'mangle', 'raw', 'security']);
const iptablesChain = /^(?:INPUT|FORWARD|OUTPUT|PREROUTING|POSTROUTING)$/;

/** Several may share a table, such as Docker and ufw the one that iptables writes; none where no name tells. */
export const ownersOf = ({ backend, family, name, chains }: Table): string[] => {
  const table = byTable.flatMap(([pattern, owner]) => (pattern.test(name) ? [owner] : []));
  const inChains = byChain.flatMap(([pattern, owner]) =>
    chains.some((chain) => pattern.test(chain.name)) ? [owner] : [],
  );
  const isIptables =
    (family === 'ip' || family === 'ip6') &&
    iptablesTables.has(name) &&
    chains.some((chain) => chain.hook !== null && iptablesChain.test(chain.name));
  const writer = backend === 'legacy' ? ['iptables-legacy'] : isIptables ? ['iptables-nft'] : [];
  return [...new Set([...table, ...inChains, ...writer])];
};

export interface Manager {
  name: string;
  /** Switched on by its own files. */
  active: boolean;
  source: string;
}

/** Firewall programs whose files say whether they are on; readable without root. */
export const readManagers = (files: ConfigFiles): Manager[] => {
  const managers: Manager[] = [];
  const ufw = files.exists('/etc/ufw/ufw.conf') ? files.read('/etc/ufw/ufw.conf') : undefined;
  if (ufw !== undefined) {
    const active = /^\s*ENABLED\s*=\s*"?yes"?\s*$/im.test(ufw);
    managers.push({ name: 'ufw', active, source: '/etc/ufw/ufw.conf' });
  }
  const running = ['/run/firewalld', '/run/firewalld.pid'].find((path) => files.exists(path));
  if (running !== undefined || files.exists('/etc/firewalld/firewalld.conf')) {
    managers.push({
      name: 'firewalld',
      active: running !== undefined,
      source: running ?? '/etc/firewalld/firewalld.conf',
    });
  }
  if (files.exists('/run/fail2ban')) managers.push({ name: 'fail2ban', active: true, source: '/run/fail2ban' });
  if (files.exists('/run/docker.sock')) managers.push({ name: 'docker', active: true, source: '/run/docker.sock' });
  return managers;
};
