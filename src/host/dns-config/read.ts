// How this host resolves names: resolv.conf, who is behind it, the servers that are really asked, the order of nsswitch.conf.
import { plainText } from '../../model/plain-text.ts';
import { ofDnsmasq, ofNetworkManager, ofResolvconf } from './local-resolvers.ts';
import { countHosts, hostsOrder, orderNotes } from './name-order.ts';
import { maxNameservers, parseResolvConf, type ResolvConf } from './resolv-conf.ts';
import { readResolved, type ResolvedPorts } from './resolved.ts';
import { isLoopback, type Upstream } from './server.ts';

type ResolvConfKind =
  | 'resolved_stub'
  | 'resolved_static_stub'
  | 'resolved_proxy'
  | 'resolved_uplink'
  | 'network_manager'
  | 'resolvconf'
  | 'dnsmasq'
  | 'docker'
  | 'local_resolver'
  | 'dhcp_client'
  | 'static'
  | 'missing';

export interface DnsConfig {
  kind: ResolvConfKind;
  /** The file /etc/resolv.conf leads to, where it is a known one. */
  sourceFile: string;
  resolvConf: ResolvConf;
  upstreams: Upstream[];
  hostsFile: { entries: number; names: number } | null;
  nsswitchHosts: string[] | null;
  notes: string[];
}

const path = '/etc/resolv.conf';
const known: readonly [string, ResolvConfKind][] = [
  ['/run/systemd/resolve/stub-resolv.conf', 'resolved_stub'],
  ['/run/systemd/resolve/resolv.conf', 'resolved_uplink'],
  ['/usr/lib/systemd/resolv.conf', 'resolved_static_stub'],
  ['/lib/systemd/resolv.conf', 'resolved_static_stub'],
  ['/run/NetworkManager/resolv.conf', 'network_manager'],
  ['/run/NetworkManager/no-stub-resolv.conf', 'network_manager'],
  ['/run/resolvconf/resolv.conf', 'resolvconf'],
  ['/etc/resolvconf/run/resolv.conf', 'resolvconf'],
];

const byGenerator: Readonly<Record<string, ResolvConfKind>> = {
  'systemd-resolved': 'resolved_uplink',
  NetworkManager: 'network_manager',
  resolvconf: 'resolvconf',
  dhclient: 'dhcp_client',
  dhcpcd: 'dhcp_client',
};

const hasDnsmasq = ({ files }: ResolvedPorts): boolean =>
  ['/run/dnsmasq', '/run/dnsmasq.pid', '/var/run/dnsmasq.pid', '/etc/dnsmasq.conf'].some((one) => files.exists(one));

/** The server's address says most: whoever wrote the file, 127.0.0.53 is systemd-resolved. */
const kindOf = (ports: ResolvedPorts, conf: ResolvConf, linked: ResolvConfKind | undefined): ResolvConfKind => {
  const first = conf.servers[0]?.address ?? '127.0.0.1';
  if (first === '127.0.0.53') return linked === 'resolved_static_stub' ? linked : 'resolved_stub';
  if (first === '127.0.0.54') return 'resolved_proxy';
  if (first === '127.0.0.11') return 'docker';
  if (isLoopback(first)) return hasDnsmasq(ports) ? 'dnsmasq' : 'local_resolver';
  return linked ?? byGenerator[conf.generator ?? ''] ?? 'static';
};

const ofThisFile = (conf: ResolvConf, source: string): Upstream[] =>
  conf.servers
    .slice(0, maxNameservers)
    .filter(({ address }) => !isLoopback(address))
    .map((server) => ({ ...server, source, domains: conf.searchDomains }));

const unknownBehind = (address: string): string =>
  `resolv.conf points to ${address} on this host; which servers it asks is not in any file known here. See the configuration of the program that listens there (ss -lunp 'sport = 53', as root).`;

interface Behind {
  upstreams: Upstream[];
  notes: string[];
}

const behind = async (
  ports: ResolvedPorts,
  kind: ResolvConfKind,
  conf: ResolvConf,
  source: string,
): Promise<Behind> => {
  const { files, exec, signal } = ports;
  const own = ofThisFile(conf, source);
  if (kind.startsWith('resolved_') && kind !== 'resolved_uplink') {
    const { upstreams, notes } = await readResolved(ports);
    return upstreams.length > 0
      ? { upstreams: [...upstreams, ...own], notes }
      : { upstreams: own, notes: [...notes, unknownBehind(conf.servers[0]?.address ?? '127.0.0.53')] };
  }
  if (kind === 'docker') {
    const upstreams = conf.dockerUpstreams.map((server) => ({
      ...server,
      source: `${source} (ExtServers)`,
      domains: [],
    }));
    return {
      upstreams: [...upstreams, ...own],
      notes:
        upstreams.length > 0
          ? []
          : [
              '127.0.0.11 is Docker’s resolver: it forwards to the servers of the host, which a container does not see.',
            ],
    };
  }
  if (kind !== 'dnsmasq' && kind !== 'local_resolver') return { upstreams: own, notes: [] };
  const candidates = [ofDnsmasq(files), await ofNetworkManager(files, exec, signal), ofResolvconf(files)];
  const upstreams = candidates.find((found) => found.length > 0) ?? [];
  return {
    upstreams: [...upstreams, ...own],
    notes: upstreams.length > 0 ? [] : [unknownBehind(conf.servers[0]?.address ?? '127.0.0.1')],
  };
};

export const readDnsConfig = async (ports: ResolvedPorts): Promise<DnsConfig> => {
  const { files } = ports;
  const linked = known.find(([target]) => files.same(path, target));
  const sourceFile = linked?.[0] ?? path;
  const text = files.read(path);
  const conf = parseResolvConf(text ?? '');
  const kind = text === undefined ? 'missing' : kindOf(ports, conf, linked?.[1]);
  const { upstreams, notes } =
    text === undefined
      ? { upstreams: [], notes: [`${path} could not be read or is not there: glibc then asks 127.0.0.1.`] }
      : await behind(ports, kind, conf, sourceFile);
  const hosts = files.read('/etc/hosts');
  const nsswitchHosts = hostsOrder(files.read('/etc/nsswitch.conf') ?? '');
  return {
    kind,
    sourceFile,
    resolvConf: conf,
    upstreams: upstreams.slice(0, 50),
    hostsFile: hosts === undefined ? null : countHosts(hosts),
    nsswitchHosts,
    notes: [
      ...(text === undefined ? [] : conf.notes),
      ...notes,
      ...orderNotes(nsswitchHosts),
      ...(hosts === undefined ? ['/etc/hosts could not be read or is not there.'] : []),
      ...files.warnings,
    ].map((note) => plainText(note, 500)),
  };
};
