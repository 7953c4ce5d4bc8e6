// Servers behind other resolvers on this host: NetworkManager's, dnsmasq's, resolvconf's. Files and nmcli only; nothing is queried.
import { fromUnknown } from '../../model/errors.ts';
import type { ConfigFiles, Exec } from '../../model/ports.ts';
import { parseResolvConf } from './resolv-conf.ts';
import { isLoopback, parseServer, type parseServers, type Upstream } from './server.ts';

const plain = (server: ReturnType<typeof parseServers>[number], source: string): Upstream => ({
  ...server,
  source,
  domains: [],
});

/** Servers of a file in resolv.conf's form that are not this host itself. */
export const ofResolvFile = (files: ConfigFiles, path: string): Upstream[] => {
  const text = files.read(path);
  if (text === undefined) return [];
  const { servers, searchDomains } = parseResolvConf(text);
  return servers
    .filter(({ address }) => !isLoopback(address))
    .map((server) => ({ ...plain(server, path), domains: searchDomains }));
};

/** `nmcli -t` puts a backslash before `:` and `\` inside values. */
export const parseNmcliDevices = (text: string): Upstream[] => {
  let device: string | undefined;
  return text.split('\n').flatMap((line) => {
    const [, key = '', escaped = ''] = /^([A-Z0-9.]{1,40})(?:\[\d+\])?:(.*)$/.exec(line) ?? [];
    const value = escaped.replaceAll(/\\(.)/g, '$1').trim();
    if (key === 'GENERAL.DEVICE') device = /^[A-Za-z0-9_.:@+-]{1,15}$/.test(value) ? value : undefined;
    const server = key === 'IP4.DNS' || key === 'IP6.DNS' ? parseServer(value) : undefined;
    return server === undefined ? [] : [{ ...plain(server, 'nmcli device show'), interface: device }];
  });
};

export const ofNetworkManager = async (files: ConfigFiles, exec: Exec, signal: AbortSignal): Promise<Upstream[]> => {
  if (!files.exists('/run/NetworkManager')) return [];
  const fields = 'GENERAL.DEVICE,IP4.DNS,IP6.DNS';
  if ((await exec.find('nmcli')) !== undefined) {
    try {
      const args = ['-t', '-f', fields, 'device', 'show'];
      const { code, stdout } = await exec.run({ binary: 'nmcli', args, timeoutMs: 5000, signal });
      const found = code === 0 ? parseNmcliDevices(stdout) : [];
      if (found.length > 0) return found;
    } catch (error) {
      const { code, message } = fromUnknown(error);
      if (code === 'cancelled') throw error;
      files.warn(`nmcli could not be asked: ${message}`);
    }
  }
  const own = ofResolvFile(files, '/run/NetworkManager/no-stub-resolv.conf');
  return own.length > 0 ? own : ofResolvFile(files, '/run/NetworkManager/resolv.conf');
};

/** `server=/example.org/10.0.0.1#5353@eth0`: domains between slashes, then address, port, interface or source (dnsmasq(8)). */
const dnsmasqServer = (value: string, source: string): Upstream[] => {
  const scoped = /^\/(.*)\/([^/]*)$/.exec(value);
  const [target = '', via] = (scoped?.[2] ?? value).split('@');
  const [address = '', port] = target.split('#');
  const server = parseServer(address);
  if (server === undefined) return [];
  const isInterface = via !== undefined && parseServer(via) === undefined && /^[A-Za-z0-9_.:@+-]{1,15}$/.test(via);
  return [
    {
      ...plain(server, source),
      port: port !== undefined && /^\d{1,5}$/.test(port) ? Number(port) : undefined,
      interface: isInterface ? via : server.interface,
      domains: (scoped?.[1] ?? '')
        .split('/')
        .filter((domain) => /^[\w.*#-]{1,253}$/.test(domain))
        .slice(0, 20)
        .map((domain) => `~${domain}`),
    },
  ];
};

const dnsmasqFolders = ['/etc/dnsmasq.d', '/etc/NetworkManager/dnsmasq.d', '/run/NetworkManager/dnsmasq.d'];

/** server= lines; unless no-resolv stands, also the file dnsmasq takes its servers from. */
export const ofDnsmasq = (files: ConfigFiles): Upstream[] => {
  const paths = ['/etc/dnsmasq.conf', ...dnsmasqFolders.flatMap((folder) => files.list(folder, ''))];
  const lines = paths
    .filter((path) => files.exists(path))
    .flatMap((path) => (files.read(path) ?? '').split('\n').map((line, at) => ({ line, source: `${path}:${at + 1}` })));
  const values = (name: string): { value: string; source: string }[] =>
    lines.flatMap(({ line, source }) => {
      const [, key, value = ''] = /^\s*([a-z-]+)\s*(?:=\s*([^\s]*))?/.exec(line.slice(0, 1000)) ?? [];
      return key === name ? [{ value, source }] : [];
    });
  const servers = values('server').flatMap(({ value, source }) => dnsmasqServer(value, source));
  if (values('no-resolv').length > 0) return servers;
  const named = values('resolv-file').flatMap(({ value }) => (value.startsWith('/') ? [value] : []));
  const candidates = named.length > 0 ? named : ['/run/dnsmasq/resolv.conf', '/run/resolvconf/resolv.conf'];
  return [...servers, ...candidates.filter((path) => files.exists(path)).flatMap((path) => ofResolvFile(files, path))];
};

/** What every interface handed to resolvconf or openresolv. */
export const ofResolvconf = (files: ConfigFiles): Upstream[] =>
  ['/run/resolvconf/interface', '/run/resolvconf/interfaces'].flatMap((folder) =>
    files.list(folder, '').flatMap((path) =>
      ofResolvFile(files, path).map((server) => ({
        ...server,
        interface: /\/([A-Za-z0-9_@+-]{1,15})[^/]*$/.exec(path)?.[1],
      })),
    ),
  );
