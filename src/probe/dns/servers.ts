// Which DNS servers are asked: the caller's, checked by the target guard, or the ones this host is configured with.
import { getServers } from 'node:dns';
import { isIP } from 'node:net';
import { NetError } from '../../model/errors.ts';
import { plainText } from '../../model/plain-text.ts';
import type { TargetGuard } from '../../model/probe.ts';
import type { DnsServer } from './exchange.ts';

const refuse = (text: string): NetError =>
  new NetError(
    'invalid_argument',
    `"${plainText(text, 100)}" names no DNS server.`,
    'Pass an address or a name, with a port when it is not 53: 192.0.2.53, 192.0.2.53:5353, [2001:db8::53]:5353, dns.example.',
  );

/** `address`, `address:port`, `[address]:port`, `name`, `name:port`. Throws invalid_argument. */
export const parseServer = (text: string): { host: string; port: number } => {
  if (isIP(text) !== 0) return { host: text, port: 53 };
  const match = /^(?:\[([^[\]]+)\]|([^[\]:]+))(?::(\d{1,5}))?$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3] ?? 53);
  if (host === undefined || port < 1 || port > 65_535 || (match?.[1] !== undefined && isIP(host) !== 6)) {
    throw refuse(text);
  }
  return { host, port };
};

/** Every address of the server, checked. Throws what the guard throws. */
export const checkedServers = async (
  text: string,
  targets: TargetGuard,
  signal: AbortSignal,
): Promise<readonly DnsServer[]> => {
  const { host, port } = parseServer(text);
  const { addresses } = isIP(host) === 0 ? await targets.check(host, { signal }) : targets.checkAddress(host);
  return addresses.slice(0, maxServers).map((address) => ({ address, port }));
};

/** As many as the system's resolver asks (resolv.conf(5), MAXNS). */
const maxServers = 3;

export interface ResolverConfig {
  servers: readonly DnsServer[];
  /** Domains that a short name is completed with. */
  search: readonly string[];
  /** Names with fewer dots are completed first. */
  ndots: number;
}

/** resolv.conf(5). What it does not say has the system's default; lines that make no sense are passed over. */
export const parseResolvConf = (text: string): ResolverConfig => {
  const servers: DnsServer[] = [];
  let search: string[] = [];
  let ndots = 1;
  for (const line of text.split('\n')) {
    const [keyword, ...words] = line
      .replace(/[#;].*$/, '')
      .trim()
      .split(/\s+/);
    const [first] = words;
    if (keyword === 'nameserver' && first !== undefined && isIP(first) !== 0)
      servers.push({ address: first, port: 53 });
    else if (keyword === 'search') search = words;
    else if (keyword === 'domain') search = words.slice(0, 1);
    else if (keyword === 'options') {
      for (const word of words) ndots = Number(/^ndots:(\d{1,2})$/.exec(word)?.[1] ?? ndots);
    }
  }
  return { servers: servers.slice(0, maxServers), search: search.slice(0, 6), ndots: Math.min(15, ndots) };
};

/** What Node knows where there is no resolv.conf (Windows). */
export const systemServers = (): DnsServer[] =>
  getServers()
    .map(parseServer)
    .map(({ host, port }) => ({ address: host, port }))
    .slice(0, maxServers);
