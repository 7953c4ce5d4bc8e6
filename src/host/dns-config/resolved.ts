// The servers systemd-resolved asks: as it tells itself, else from its runtime files, networkd's and its configuration.
import { fromUnknown } from '../../model/errors.ts';
import type { ConfigFiles, Exec, KernelFiles } from '../../model/ports.ts';
import { parseIni } from '../owners/ini.ts';
import { parseResolvConf } from './resolv-conf.ts';
import { parseResolvectlStatus, type ResolvedScope } from './resolvectl-text.ts';
import { parseDomains, parseServers, type Upstream } from './server.ts';

export interface ResolvedPorts {
  files: ConfigFiles;
  exec: Exec;
  kernel: KernelFiles;
  signal: AbortSignal;
}

export interface Found {
  upstreams: Upstream[];
  notes: string[];
}

const folders = ['/etc/systemd', '/run/systemd', '/usr/local/lib/systemd', '/usr/lib/systemd'];
const uplinkFile = '/run/systemd/resolve/resolv.conf';

/** Why it could not be asked, or its answer. */
const askResolved = async ({ exec, signal }: ResolvedPorts): Promise<ResolvedScope[] | string> => {
  if ((await exec.find('resolvectl')) === undefined) return 'resolvectl is not installed';
  try {
    const { code, stdout } = await exec.run({ binary: 'resolvectl', args: ['status'], timeoutMs: 5000, signal });
    return code === 0 ? parseResolvectlStatus(stdout).scopes : 'resolvectl could not reach systemd-resolved';
  } catch (error) {
    const { code, message } = fromUnknown(error);
    if (code === 'cancelled') throw error;
    return message;
  }
};

const ofScopes = (scopes: readonly ResolvedScope[]): Upstream[] => {
  const named = scopes.flatMap((scope) =>
    scope.servers.map((server) => ({
      ...server,
      interface: scope.interface ?? server.interface,
      source: 'resolvectl status',
      domains: scope.domains,
    })),
  );
  if (named.length > 0) return named;
  return scopes.flatMap(({ fallback }) =>
    fallback.map((server) => ({ ...server, source: 'resolvectl status (FallbackDNS)', domains: [] })),
  );
};

/** Later files add to a list, an empty value empties it (resolved.conf(5)). */
const listOf = (files: ConfigFiles, key: string): { words: string; source: string } => {
  const main = folders.map((folder) => `${folder}/resolved.conf`).find((path) => files.exists(path));
  const dropIns = files.layered(
    folders.map((folder) => `${folder}/resolved.conf.d`),
    '.conf',
  );
  let words = '';
  let source = '';
  for (const path of [...(main === undefined ? [] : [main]), ...dropIns]) {
    const entries = parseIni(files.read(path) ?? '', path)
      .filter(({ name }) => name === 'Resolve')
      .flatMap((section) => section.entries.filter((entry) => entry.key === key));
    for (const { value } of entries) {
      words = value === '' ? '' : `${words} ${value}`;
      source = path;
    }
  }
  return { words, source };
};

const ofConfiguration = (files: ConfigFiles, key: 'DNS' | 'FallbackDNS'): Upstream[] => {
  const { words, source } = listOf(files, key);
  const domains = key === 'DNS' ? parseDomains(listOf(files, 'Domains').words) : [];
  return parseServers(words).map((server) => ({ ...server, source: `${source} (${key}=)`, domains }));
};

/** Interface names by index; a link that is gone since keeps its number. */
const interfaceNames = async (kernel: KernelFiles): Promise<Map<string, string>> => {
  const names = await kernel.list('/sys/class/net');
  const indexes = await Promise.all(names.map((name) => kernel.read(`/sys/class/net/${name}/ifindex`)));
  return new Map(names.map((name, at) => [indexes[at]?.trim() ?? '', name]));
};

/** State files are `KEY=value` lines named by interface index; networkd writes DNS=, resolved (for NetworkManager and others) SERVERS=. */
const ofLinks = async ({ files, kernel }: ResolvedPorts): Promise<Upstream[]> => {
  const paths = ['/run/systemd/netif/links', '/run/systemd/resolve/netif'].flatMap((folder) => files.list(folder, ''));
  const states = paths.flatMap((path) => {
    const text = files.read(path);
    const index = /\/(\d{1,10})$/.exec(path)?.[1];
    return text === undefined || index === undefined ? [] : [{ path, index, text }];
  });
  if (states.length === 0) return [];
  const names = await interfaceNames(kernel);
  return states.flatMap(({ path, index, text }) => {
    const value = (key: string): string => new RegExp(`^${key}=(.*)$`, 'm').exec(text)?.[1]?.replaceAll('"', '') ?? '';
    const domains = [
      ...parseDomains(value('DOMAINS')),
      ...parseDomains(value('ROUTE_DOMAINS')).map((domain) => (domain.startsWith('~') ? domain : `~${domain}`)),
    ];
    return parseServers(`${value('DNS')} ${value('SERVERS')}`).map((server) => ({
      ...server,
      interface: names.get(index) ?? `ifindex ${index}`,
      source: path,
      domains,
    }));
  });
};

const ofUplinkFile = (files: ConfigFiles): Upstream[] => {
  const text = files.read(uplinkFile);
  if (text === undefined) return [];
  const { servers, searchDomains } = parseResolvConf(text);
  return servers.map((server) => ({ ...server, source: uplinkFile, domains: searchDomains }));
};

/** The uplink file repeats the servers of links and configuration without saying whose they are. */
const withoutRepeats = (known: readonly Upstream[], further: readonly Upstream[]): Upstream[] => [
  ...known,
  ...further.filter(({ address }) => !known.some((one) => one.address.split('%')[0] === address.split('%')[0])),
];

export const readResolved = async (ports: ResolvedPorts): Promise<Found> => {
  const { files } = ports;
  const scopes = await askResolved(ports);
  if (typeof scopes !== 'string') {
    const upstreams = ofScopes(scopes);
    if (upstreams.length > 0) return { upstreams, notes: [] };
  }
  const links = await ofLinks(ports);
  const own = withoutRepeats([...ofConfiguration(files, 'DNS'), ...links], ofUplinkFile(files));
  const upstreams = own.length > 0 ? own : ofConfiguration(files, 'FallbackDNS');
  const why = typeof scopes === 'string' ? scopes : 'resolvectl names no server';
  return { upstreams, notes: [`The servers of systemd-resolved are read from its files, since ${why}.`] };
};
