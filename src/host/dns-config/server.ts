// A DNS server as systemd, dnsmasq and resolv.conf write it: address, and where given port, interface and TLS name.
import { isIP } from 'node:net';
import { plainText } from '../../model/plain-text.ts';

export interface Server {
  address: string;
  /** Undefined: 53, or 853 over TLS. */
  port: number | undefined;
  interface: string | undefined;
  dnsOverTlsName: string | undefined;
}

export interface Upstream extends Server {
  /** The file or command that names it. */
  source: string;
  /** Search domains and, with a leading `~`, routing domains of its link. */
  domains: readonly string[];
}

const portOf = (text: string | undefined): number | undefined => {
  const port = /^\d{1,5}$/.test(text ?? '') ? Number(text) : 0;
  return port >= 1 && port <= 65535 ? port : undefined;
};

const zonePattern = /^[A-Za-z0-9_.:@+-]{1,15}$/;

const addressAndPort = (text: string): [string, string | undefined] => {
  const bracketed = /^\[([^\]]{1,60})\](?::(\d{1,5}))?$/.exec(text);
  if (bracketed !== null) return [bracketed[1] ?? '', bracketed[2]];
  const withPort = /^([0-9.]{7,15}):(\d{1,5})$/.exec(text);
  return withPort === null ? [text, undefined] : [withPort[1] ?? '', withPort[2]];
};

/** `1.1.1.1`, `1.1.1.1:53#name`, `[fe80::1]:53%eth0#name`, `fe80::1%eth0` (systemd.network(5), DNS=). Undefined for what holds no address. */
export const parseServer = (token: string): Server | undefined => {
  if (token.length > 400) return undefined;
  const [beforeName = '', ...names] = token.split('#');
  const [beforeZone = '', zone] = beforeName.split('%');
  const [address, port] = addressAndPort(beforeZone);
  if (isIP(address) === 0) return undefined;
  const name = plainText(names.join('#'), 255);
  const isZone = zone !== undefined && zonePattern.test(zone);
  return {
    // A link-local address means nothing without its zone.
    address: isZone && /^fe[89ab]/i.test(address) ? `${address}%${zone}` : address,
    port: portOf(port),
    interface: isZone ? zone : undefined,
    dnsOverTlsName: name === '' ? undefined : name,
  };
};

/** Every server in a list separated by blanks; what is none is left out. */
export const parseServers = (text: string): Server[] =>
  text
    .split(/\s+/)
    .slice(0, 100)
    .flatMap((token) => parseServer(token) ?? []);

export const parseDomains = (text: string): string[] =>
  text
    .split(/\s+/)
    .filter((word) => word !== '')
    .slice(0, 50)
    .map((word) => plainText(word, 255));

export const isLoopback = (address: string): boolean => address.startsWith('127.') || address === '::1';
