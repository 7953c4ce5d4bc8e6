// A TLS handshake that looks and trusts nobody: nothing is sent over it, and what is wrong with the certificate is reported, not refused.
import type { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { domainToASCII } from 'node:url';
import { errnoOf } from '../../model/errors.ts';
import { plainText } from '../../model/plain-text.ts';
import { abortReason } from './connect.ts';
import { readTarget } from '../targets/target-text.ts';

export interface TlsReport {
  /** Why there was no handshake; null when there was one. */
  error: string | null;
  handshake_ms: number | null;
  version: string | null;
  cipher: string | null;
  /** The protocol the server chose of h2 and http/1.1. */
  alpn: string | null;
  /** The name sent (SNI); null when the target is an address. */
  server_name: string | null;
  /** Whether the chain leads to a root of this program's store, is valid now and is for the name. */
  trusted: boolean | null;
  /** Why not. */
  trust_error: string | null;
}

export interface TlsRequest {
  target: string;
  address: string;
  timeoutMs: number;
  signal: AbortSignal;
}

/** The name for SNI: none for an address in whatever notation (RFC 6066). */
export const serverNameOf = (target: string): string | undefined => {
  const read = readTarget(target);
  return read.kind === 'name' ? domainToASCII(read.name) : undefined;
};

const trustErrors: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'it has expired',
  CERT_NOT_YET_VALID: 'it is not valid yet',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'it is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its chain ends in a root that is not known here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its issuer is not known here, or the server sends no chain',
  UNABLE_TO_GET_ISSUER_CERT: 'an issuer of its chain is missing',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its issuer is not known here',
  ERR_TLS_CERT_ALTNAME_INVALID: 'it is for other names',
};

const trustErrorOf = (socket: TLSSocket): string | null => {
  // An Error for a wrong name, a code for a wrong chain.
  const problem: unknown = socket.authorizationError;
  const code = problem instanceof Error ? (errnoOf(problem) ?? problem.message) : String(problem);
  const words = trustErrors[code];
  return socket.authorized ? null : plainText(words === undefined ? code : `${code}: ${words}`);
};

const failed = (error: string, serverName: string | undefined): TlsReport => ({
  ...{ error, handshake_ms: null, version: null, cipher: null, alpn: null },
  ...{ server_name: serverName ?? null, trusted: null, trust_error: null },
});

const failureOf = (error: Error): string => {
  const code = errnoOf(error) ?? error.message;
  if (/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|RECORD_LAYER|UNEXPECTED_MESSAGE/.test(code)) {
    return plainText(`what listens there does not speak TLS (${code})`);
  }
  return plainText(code === 'ECONNRESET' ? 'the connection was closed during the handshake (ECONNRESET)' : code);
};

/** Ends the connection. Rejects only when the signal aborts. */
export const inspectTls = (
  socket: Socket,
  { target, address, timeoutMs, signal }: TlsRequest,
): Promise<{ report: TlsReport; certificate: X509Certificate | undefined }> =>
  new Promise((resolve, reject) => {
    const serverName = serverNameOf(target);
    const started = performance.now();
    const secure = connect({
      socket,
      // The certificate is compared with the name, or with the address where there is none.
      ...(serverName === undefined ? { host: address.split('%')[0] ?? address } : { servername: serverName }),
      rejectUnauthorized: false,
      // Old servers are to be seen, not avoided.
      minVersion: 'TLSv1',
      ciphers: 'DEFAULT:@SECLEVEL=0',
      ALPNProtocols: ['h2', 'http/1.1'],
    });
    const settle = (finish: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', cancel);
      secure.removeAllListeners('close');
      secure.destroy();
      socket.destroy();
      finish();
    };
    const fail = (error: string): void => {
      settle(() => {
        resolve({ report: failed(error, serverName), certificate: undefined });
      });
    };
    const cancel = (): void => {
      settle(() => {
        reject(abortReason(signal));
      });
    };
    const timer = setTimeout(() => {
      fail(`no handshake within ${timeoutMs / 1000} s`);
    }, timeoutMs);
    secure.on('error', (error: Error) => {
      fail(failureOf(error));
    });
    secure.once('close', () => {
      fail('the connection was closed during the handshake');
    });
    secure.once('secureConnect', () => {
      const report: TlsReport = {
        error: null,
        handshake_ms: performance.now() - started,
        version: secure.getProtocol(),
        cipher: secure.getCipher().name,
        alpn: typeof secure.alpnProtocol === 'string' ? plainText(secure.alpnProtocol, 40) : null,
        server_name: serverName ?? null,
        trusted: secure.authorized,
        trust_error: trustErrorOf(secure),
      };
      const certificate = secure.getPeerX509Certificate();
      settle(() => {
        resolve({ report, certificate });
      });
    });
    if (signal.aborted) cancel();
    else signal.addEventListener('abort', cancel, { once: true });
  });
