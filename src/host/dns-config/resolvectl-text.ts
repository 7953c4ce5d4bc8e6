// What `resolvectl status` prints, from systemd 245 to 257: the servers and domains of each link and the global ones.
import { plainText } from '../../model/plain-text.ts';
import { parseDomains, parseServer, parseServers, type Server } from './server.ts';

export interface ResolvedScope {
  /** Null: global. */
  interface: string | null;
  servers: Server[];
  fallback: Server[];
  current: string | undefined;
  domains: string[];
  /** `+DefaultRoute`: names that no domain claims are asked here. Undefined where it does not say (global). */
  defaultRoute: boolean | undefined;
  /** Whether DNS over TLS is on; `opportunistic` falls back to plain DNS. */
  dnsOverTls: string | undefined;
}

export interface ResolvedStatus {
  scopes: ResolvedScope[];
  /** stub, static, uplink, foreign or missing. */
  mode: string | undefined;
}

type Fields = Map<string, string[]>;

/** Lines `Key: value`; a line without a key carries the value before it on. Keys hold no digits, so no address is taken for one. */
const keyLine = /^\s{0,80}([A-Za-z][A-Za-z. ]{1,40}):(?:\s(.*))?$/;

const scopeOf = (name: string | null, fields: Fields): ResolvedScope => {
  const value = (key: string): string => (fields.get(key) ?? []).join(' ');
  const protocols = value('Protocols');
  const route = /([+-])DefaultRoute/.exec(protocols)?.[1];
  const routeWord = value('Default Route') || value('DefaultRoute setting');
  const tls = /([+-])DNSOverTLS|DNSOverTLS=(\S+)/.exec(protocols);
  return {
    interface: name,
    servers: parseServers(value('DNS Servers')),
    fallback: parseServers(value('Fallback DNS Servers')),
    current: parseServer(value('Current DNS Server').trim())?.address,
    domains: parseDomains(value('DNS Domain')),
    defaultRoute: route === undefined ? (routeWord === '' ? undefined : routeWord.trim() === 'yes') : route === '+',
    dnsOverTls:
      tls === null ? value('DNSOverTLS setting').trim() || undefined : (tls[2] ?? (tls[1] === '+' ? 'yes' : 'no')),
  };
};

export const parseResolvectlStatus = (text: string): ResolvedStatus => {
  const scopes: ResolvedScope[] = [];
  let mode: string | undefined;
  let current: { name: string | null; fields: Fields } | undefined;
  let values: string[] | undefined;
  const close = (): void => {
    if (current !== undefined) scopes.push(scopeOf(current.name, current.fields));
  };
  for (const raw of text.slice(0, 256 * 1024).split('\n')) {
    const line = raw.trimEnd();
    const link = /^Link \d{1,10} \(([^)]{1,15})\)$/.exec(line)?.[1];
    if (line === 'Global' || link !== undefined) {
      close();
      current = { name: link === undefined ? null : plainText(link, 15), fields: new Map() };
      values = undefined;
      continue;
    }
    if (current === undefined || line === '') continue;
    const [, key, value = ''] = keyLine.exec(line) ?? [];
    if (key !== undefined) {
      values = [value.trim()];
      current.fields.set(key.trim(), values);
      if (key.trim() === 'resolv.conf mode') mode = plainText(value.trim(), 20);
    } else values?.push(line.trim());
  }
  close();
  return { scopes, mode };
};
