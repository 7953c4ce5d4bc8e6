// Names into addresses as the system does it, without blocking: the hosts file and DNS are asked here and end with the call;
// getaddrinfo is left for what only the C library knows (nsswitch.conf) and for other platforms.
import { readFileSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { parseAddress } from '../../model/address.ts';
import { errnoOf } from '../../model/errors.ts';
import type { IpVersion } from '../../model/probe.ts';
import { isLocalhost, parseNameSources } from './name-sources.ts';
import { doesNotResolve, libraryResolver, type Look, type Resolver } from './resolver.ts';

export interface SystemNames {
  platform: string;
  /** Text of a file; undefined where there is none. */
  read: (path: string) => string | undefined;
  hostname: () => string;
  library: Resolver;
}

interface Remembered {
  mark: string;
  text: string;
}

/** Reads a file again only when it has changed: a batch asks for the same one a thousand times. */
const createReader = (): SystemNames['read'] => {
  const known = new Map<string, Remembered>();
  return (path) => {
    try {
      const { dev, ino, mtimeMs, ctimeMs, size } = statSync(path);
      const mark = [dev, ino, mtimeMs, ctimeMs, size].join();
      const before = known.get(path);
      if (before?.mark === mark) return before.text;
      const text = readFileSync(path, 'utf8');
      known.set(path, { mark, text });
      return text;
    } catch (error) {
      // As the C library: what cannot be read says nothing.
      if (errnoOf(error) === undefined) throw error;
      return undefined;
    }
  };
};

const thisHost: SystemNames = {
  platform: process.platform,
  read: createReader(),
  hostname,
  library: libraryResolver,
};

const inFamily = (addresses: readonly string[], family: IpVersion | undefined): string[] =>
  addresses.filter((text) => {
    const address = parseAddress(text);
    return address !== undefined && (family === undefined || address.family === family);
  });

const isLoopback = (text: string): boolean => /^(?:127\.|::1$)/.test(parseAddress(text)?.text ?? '');

export const createSystemResolver = (system: SystemNames = thisHost): Resolver => {
  const fromHosts = async (name: string, family: IpVersion | undefined): Promise<string[]> => {
    const text = system.read('/etc/hosts') ?? '';
    if (text === '') return [];
    const { addressesInHosts } = await import('../dns/hosts-file.ts');
    return inFamily(addressesInHosts(text, name), family);
  };

  const fromDns = async (name: string, family: IpVersion | undefined, look: Look) => {
    const [{ resolveByDns }, { parseResolvConf }] = await Promise.all([
      import('./dns-names.ts'),
      import('../dns/servers.ts'),
    ]);
    const config = parseResolvConf(system.read('/etc/resolv.conf') ?? '');
    if (config.servers.length === 0) return undefined;
    // resolv.conf(5): without a search list, the domain of the host's own name.
    const own = /\.(.+)$/.exec(system.hostname())?.[1];
    const search = config.search.length === 0 && own !== undefined ? [own] : config.search;
    return resolveByDns(name, family, { ...config, search }, look);
  };

  const ordered = async (addresses: readonly string[]): Promise<readonly string[]> =>
    addresses.length < 2 ? addresses : (await import('./address-order.ts')).inOrderOfPreference(addresses);

  return async (name, family, look) => {
    const { library } = system;
    if (isLocalhost(name)) {
      const known = (await fromHosts(name, family)).filter(isLoopback);
      return ordered(known.length > 0 ? known : inFamily(['127.0.0.1', '::1'], family));
    }
    if (system.platform !== 'linux') return library(name, family, look);
    const { own, others } = parseNameSources(system.read('/etc/nsswitch.conf'));
    // RFC 6762: such names are not in DNS, and some DNS servers take long to say so.
    const multicast = name.endsWith('.local') && others.some((source) => source.startsWith('mdns'));
    for (const source of own) {
      if (source === 'files') {
        const known = await fromHosts(name, family);
        if (known.length > 0) return ordered(known);
      } else if (!multicast) {
        const outcome = await fromDns(name, family, look);
        if (outcome === undefined) return library(name, family, look);
        if ('addresses' in outcome) {
          if (outcome.addresses.length > 0) return ordered(outcome.addresses);
        } else if (others.length === 0 || outcome.failure.code === 'timeout') {
          throw outcome.failure;
        }
      }
    }
    if (others.length > 0) return library(name, family, look);
    throw doesNotResolve(name, family);
  };
};
