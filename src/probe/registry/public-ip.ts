// The address under which the internet sees this host, asked from services in order until one gives a public address.
import { networkInterfaces } from 'node:os';
import { parseAddress } from '../../model/address.ts';
import type { IpVersion, TargetGuard } from '../../model/probe.ts';
import { hasPath, withoutPath } from '../http/failure.ts';
import { httpGet } from '../http/get.ts';
import { privateKindOf } from '../targets/address-kinds.ts';
import { fieldOf, parseJson } from './json.ts';

export interface ServiceAttempt {
  service: string;
  /** Its path, which may hold a key, is left out. */
  url: string;
  /** `answered`, or why not. */
  outcome: string;
  detail: string | null;
  time_ms: number;
}

export interface PublicAddress {
  address: string;
  family: 'ipv4' | 'ipv6';
  service: string;
  /** This host has no interface with that address. */
  behindNat: boolean;
}

export interface AskPublicIp {
  urls: readonly string[];
  family: IpVersion | undefined;
  targets: TargetGuard;
  signal: AbortSignal;
  timeoutMs: number;
  userAgent: string;
}

/** The name a service is known by: `https://api.ipify.org` is `ipify.org`. */
export const serviceName = (url: string): string => new URL(url).host.replace(/^(?:api|www)\.(?=[^.]+\.)/, '');

/** `203.0.113.42`, or JSON with it in `ip`. */
export const addressIn = (body: string): string | undefined => {
  const text = body.trim();
  const value = text.startsWith('{') ? fieldOf(parseJson(text), 'ip') : text;
  return typeof value === 'string' ? parseAddress(value.trim())?.text : undefined;
};

/** Addresses for documentation count as public: whoever sees one has set up a network with them. */
const notPublic = (address: string): string | undefined => {
  const parsed = parseAddress(address);
  const kind = parsed === undefined ? 'no address' : privateKindOf(parsed);
  return kind === 'for documentation' ? undefined : kind;
};

const localAddresses = (): string[] =>
  Object.values(networkInterfaces()).flatMap((all) =>
    (all ?? []).map(({ address }) => parseAddress(address)?.text ?? ''),
  );

type Outcome = readonly [outcome: string, detail: string | null];

const refusalOf = (address: string | undefined, family: IpVersion | undefined): Outcome | undefined => {
  if (address === undefined) return ['no_address', 'The answer is no IP address.'];
  const kind = notPublic(address);
  if (kind !== undefined) return ['not_public', `It saw ${address}, which is not public: ${kind}.`];
  if (family !== undefined && parseAddress(address)?.family !== family) return ['other_family', `It saw ${address}.`];
  return undefined;
};

/** Every service that was asked, and the address if one of them told it. */
export const askPublicIp = async (
  options: AskPublicIp,
): Promise<{ found: PublicAddress | undefined; attempts: ServiceAttempt[] }> => {
  const { urls, family, targets, signal, userAgent } = options;
  const attempts: ServiceAttempt[] = [];
  const end = performance.now() + options.timeoutMs;
  for (const [index, url] of urls.entries()) {
    const started = performance.now();
    if (started >= end) break;
    const timeoutMs = (end - started) / (urls.length - index);
    const service = serviceName(url);
    const answer = await httpGet({
      url,
      targets,
      signal,
      timeoutMs,
      userAgent,
      family,
      maxBytes: 1024,
      accept: 'text/plain',
    });
    const address = answer.ok && answer.status === 200 ? addressIn(answer.body.toString('utf8')) : undefined;
    const [outcome, detail]: Outcome = !answer.ok
      ? [answer.kind, answer.detail]
      : answer.status !== 200
        ? ['http_error', `It answered with HTTP status ${answer.status}.`]
        : (refusalOf(address, family) ?? ['answered', null]);
    const shown = hasPath(url) ? withoutPath(url) : url;
    attempts.push({
      service,
      url: shown,
      outcome,
      detail,
      time_ms: Math.round((performance.now() - started) * 100) / 100,
    });
    if (address !== undefined && outcome === 'answered') {
      const behindNat = !localAddresses().includes(address);
      return { found: { address, family: address.includes(':') ? 'ipv6' : 'ipv4', service, behindNat }, attempts };
    }
  }
  return { found: undefined, attempts };
};
