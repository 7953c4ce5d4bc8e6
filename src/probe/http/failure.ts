// Why a web service gave no answer: system, TLS and guard errors as one list of kinds with a sentence each.
import { errnoOf, NetError } from '../../model/errors.ts';
import { plainText } from '../../model/plain-text.ts';

export interface HttpFailure {
  ok: false;
  /** timeout, connection_refused, unreachable, unresolved, tls, too_large, redirect, protocol, target_refused. */
  kind: string;
  detail: string;
  /** The address that failed, which may be one that was redirected to. */
  url: string;
}

export const failure = (kind: string, detail: string, url: URL): HttpFailure => ({
  ok: false,
  kind,
  detail,
  url: showUrl(url),
});

/** The service did what HTTP does not allow here; the message tells what, as a verb. */
export class Misbehaviour extends Error {
  constructor(what: string) {
    super(what);
    this.name = 'Misbehaviour';
  }
}

/** Without credentials and bounded. */
export const showUrl = (url: URL): string => plainText(`${url.origin}${url.pathname}${url.search}`, 300);

const certificate: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed, so nobody vouches for it',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is signed by an authority that this host does not trust',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is signed by an authority that this host does not trust',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is signed by an authority that this host does not trust',
  CERT_HAS_EXPIRED: 'its certificate has expired (or the clock of this host is wrong)',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet (or the clock of this host is wrong)',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
};

const isTls = (errno: string): boolean =>
  errno in certificate || errno === 'EPROTO' || /^(?:ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|INVALID_|HOSTNAME_)/.test(errno);

const unreachable = ['ENETUNREACH', 'EHOSTUNREACH', 'EADDRNOTAVAIL', 'EACCES', 'EPERM', 'ENETDOWN', 'EAFNOSUPPORT'];

/** Whether there is more behind the host, which may be a key of whoever configured the URL. */
export const hasPath = (url: string): boolean => {
  const { pathname, search } = new URL(url);
  return pathname !== '/' || search !== '';
};

/** `https://rdap.example/...` */
export const withoutPath = (url: string): string => (URL.canParse(url) ? `${new URL(url).origin}/...` : '...');

/** An error of the connection or of the transfer. */
export const transferFailure = (error: unknown, url: URL): HttpFailure => {
  if (error instanceof Misbehaviour) return failure('protocol', `${url.host} ${error.message}.`, url);
  const errno = errnoOf(error) ?? (error instanceof Error ? error.name : 'unknown');
  if (isTls(errno)) {
    return failure(
      'tls',
      `${url.host} is not trusted: ${certificate[errno] ?? `TLS failed (${plainText(errno, 60)})`}.`,
      url,
    );
  }
  if (errno === 'ECONNREFUSED') return failure('connection_refused', `Nothing listens at ${url.host}.`, url);
  if (errno === 'ETIMEDOUT') return failure('timeout', `${url.host} did not take the connection.`, url);
  if (unreachable.includes(errno))
    return failure('unreachable', `This host has no way to ${url.host} (${errno}).`, url);
  return failure('protocol', `${url.host} broke the transfer off (${plainText(errno, 60)}).`, url);
};

const guardKinds: Readonly<Record<string, string>> = {
  target_refused: 'target_refused',
  invalid_argument: 'target_refused',
  not_found: 'unresolved',
  timeout: 'timeout',
};

/** What the target guard threw; other errors are thrown on. */
export const guardFailure = (error: unknown, url: URL): HttpFailure => {
  const kind = error instanceof NetError ? guardKinds[error.code] : undefined;
  if (!(error instanceof NetError) || kind === undefined) throw error;
  return failure(kind, `${error.message} ${error.hint}`, url);
};
