// RDAP (RFC 9082): what is asked about, the address of the question, and what the answer or its absence means.
import { parseAddress, parsePrefix } from '../../model/address.ts';
import { NetError } from '../../model/errors.ts';
import { plainText } from '../../model/plain-text.ts';
import type { TargetGuard } from '../../model/probe.ts';
import { asciiName, parseName, showName } from '../dns/name.ts';
import { hasPath, withoutPath } from '../http/failure.ts';
import { httpGet, type HttpAnswer } from '../http/get.ts';
import { isObject, parseJson } from './json.ts';

export const queryTypes = ['ip', 'domain', 'asn'] as const;
export type QueryType = (typeof queryTypes)[number];

export interface RdapQuestion {
  type: QueryType;
  /** Below the base URL. */
  path: string;
  /** As it is shown: canonical address, A-labels, AS number. */
  subject: string;
}

const maxAsn = 4_294_967_295;

/** `AS13335`, `13335`; undefined for anything else. Throws invalid_argument for a number no AS can have. */
export const parseAsn = (text: string): number | undefined => {
  const digits = /^(?:AS)?([0-9]{1,12})$/i.exec(text)?.[1];
  if (digits === undefined) return undefined;
  const asn = Number(digits);
  if (asn <= maxAsn) return asn;
  throw new NetError('invalid_argument', `${plainText(text, 20)} is no AS number.`, `Pass AS1 to AS${maxAsn}.`);
};

/** Throws target_refused and invalid_argument. */
export const rdapQuestion = (query: string, targets: TargetGuard): RdapQuestion => {
  const asn = parseAsn(query);
  if (asn !== undefined) return { type: 'asn', path: `autnum/${asn}`, subject: `AS${asn}` };
  const [base = '', length] = query.split('/');
  targets.checkName(base);
  const address = parseAddress(base.replace(/^\[(.*)\]$/, '$1'));
  if (address !== undefined) {
    const bare = address.text.replace(/%.*$/, '');
    if (length === undefined) return { type: 'ip', path: `ip/${bare}`, subject: bare };
    if (parsePrefix(`${bare}/${length}`) !== undefined) {
      return { type: 'ip', path: `ip/${bare}/${length}`, subject: `${bare}/${length}` };
    }
  }
  const ascii = length === undefined && address === undefined ? asciiName(base) : '';
  const name = ascii === '' ? '' : showName(parseName(ascii)).toLowerCase();
  if (name === '' || !/^[a-z0-9._-]+$/.test(name) || name === '.') {
    throw new NetError(
      'invalid_argument',
      `"${plainText(query, 100)}" is nothing a registry knows.`,
      'Pass an IP address, a prefix such as 192.0.2.0/24, a domain such as example.com, or an AS number such as AS64500.',
    );
  }
  return { type: 'domain', path: `domain/${name}`, subject: name };
};

/** `ok: false` has a kind of its own or one of httpGet's. */
export type RdapAnswer =
  | { ok: true; document: unknown; url: string }
  | { ok: false; kind: string; detail: string; url: string; status: number | null; retryAfterSeconds: number | null };

export interface AskRdap {
  /** Base URL of the service. */
  base: string;
  /** Below it. */
  path: string;
  targets: TargetGuard;
  signal: AbortSignal;
  timeoutMs: number;
  userAgent: string;
}

const statusKinds: Readonly<Record<number, readonly [string, string]>> = {
  400: ['bad_query', 'The registry does not take this query.'],
  401: ['refused', 'The registry refuses to answer this host.'],
  403: ['refused', 'The registry refuses to answer this host.'],
  404: ['not_found', 'The registry knows nothing about it.'],
  422: ['bad_query', 'The registry does not take this query.'],
  429: ['rate_limited', 'The registry was asked too often.'],
};

const failed = ({ status, url, retryAfterSeconds }: HttpAnswer): RdapAnswer => {
  const [kind, detail] = statusKinds[status] ?? [
    status >= 500 ? 'server_error' : 'http_error',
    `The registry answered with HTTP status ${status}.`,
  ];
  return { ok: false, kind, detail, url, status, retryAfterSeconds };
};

const slashed = (base: string): string => base.replace(/\/*$/, '/');

/** The address of the question, as it may be shown: what the base has behind its host may be a key. */
export const shownRdapUrl = (base: string, path: string): string =>
  hasPath(base) ? `${withoutPath(base)}/${path}` : `${slashed(base)}${path}`;

const ask = async (asked: AskRdap): Promise<RdapAnswer> => {
  const url = `${slashed(asked.base)}${asked.path}`;
  const accept = 'application/rdap+json, application/json';
  const answer = await httpGet({ ...asked, url, maxBytes: 1024 * 1024, accept });
  if (!answer.ok) return { ...answer, status: null, retryAfterSeconds: null };
  if (answer.status !== 200) return failed(answer);
  const document = parseJson(answer.body.toString('utf8'));
  if (isObject(document)) return { ok: true, document, url: answer.url };
  const detail = 'The answer is no RDAP document (no JSON object).';
  return { ok: false, kind: 'invalid_json', detail, url: answer.url, status: 200, retryAfterSeconds: null };
};

/** A redirect may repeat the key, so where the base may have one, only the host that answered is told. */
export const askRdap = async (asked: AskRdap): Promise<RdapAnswer> => {
  const answer = await ask(asked);
  return hasPath(asked.base) ? { ...answer, url: withoutPath(answer.url) } : answer;
};
