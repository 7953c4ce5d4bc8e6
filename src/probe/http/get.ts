// GET from a web service: resolved once, connected to the checked address, bounded in time and bytes, few redirects and each of them checked.
import { request as requestHttp, Agent as HttpAgent, type IncomingMessage } from 'node:http';
import { request as requestHttps, Agent as HttpsAgent } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { Duplex } from 'node:stream';
import { parseAddress } from '../../model/address.ts';
import type { CheckedTarget, IpVersion, TargetGuard } from '../../model/probe.ts';
import { privateKindOf } from '../targets/address-kinds.ts';
import { failure, guardFailure, Misbehaviour, showUrl, transferFailure, type HttpFailure } from './failure.ts';
import { withDeadline } from './deadline.ts';

export interface HttpRequest {
  /** http or https. */
  url: string;
  targets: TargetGuard;
  signal: AbortSignal;
  /** For everything: names, redirects, the body. */
  timeoutMs: number;
  maxBytes: number;
  /** `netmcp/VERSION` */
  userAgent: string;
  accept: string;
  /** Connects over this family only. */
  family?: IpVersion | undefined;
}

export interface HttpAnswer {
  ok: true;
  status: number;
  body: Buffer;
  /** Seconds, from Retry-After (RFC 9110, 10.2.3). */
  retryAfterSeconds: number | null;
  /** Who answered in the end. */
  url: string;
  redirects: number;
}

const maxRedirects = 3;
const redirectCodes = [301, 302, 303, 307, 308];
/** Milliseconds until the next address of a name is tried beside the first. */
const nextAddressMs = 1000;

/** Gives the checked addresses, whatever is asked: the name is never resolved again. */
const pinned = ({ addresses }: CheckedTarget): LookupFunction => {
  const all = addresses.slice(0, 8).map((address) => ({ address, family: isIP(address) }));
  return (_name, options, callback) => {
    const [first] = all;
    if (options.all === true) callback(null, all);
    else callback(null, first?.address ?? '', first?.family ?? 0);
  };
};

interface Hop extends HttpRequest {
  target: URL;
  checked: CheckedTarget;
  hopSignal: AbortSignal;
}

/** Heads of status 1xx that may come before the answer. */
const maxInformational = 8;

/** The head of the answer, or why there will be none. Agents of our own: no proxy from the environment, no connection kept. */
const open = ({ target, checked, hopSignal, userAgent, accept }: Hop): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const options = {
      headers: { 'user-agent': userAgent, accept, 'accept-encoding': 'identity', connection: 'close' },
      lookup: pinned(checked),
      autoSelectFamily: true,
      autoSelectFamilyAttemptTimeout: nextAddressMs,
      signal: hopSignal,
      maxHeaderSize: 16_384,
    };
    const sent =
      target.protocol === 'https:'
        ? requestHttps(target, { ...options, agent: new HttpsAgent(), rejectUnauthorized: true })
        : requestHttp(target, { ...options, agent: new HttpAgent() });
    let informational = 0;
    const leave = (_response: IncomingMessage, socket: Duplex): void => {
      socket.destroy();
      reject(new Misbehaviour('changes to another protocol, which nobody asked for'));
    };
    sent.once('response', resolve);
    sent.once('upgrade', leave);
    sent.once('connect', leave);
    sent.on('information', () => {
      informational += 1;
      if (informational > maxInformational)
        sent.destroy(new Misbehaviour('says again and again that its answer will come'));
    });
    sent.on('error', reject);
    sent.once('close', () => {
      reject(new Misbehaviour('closed the connection without an answer'));
    });
    sent.end();
  });

const readBody = async (response: IncomingMessage, { target, maxBytes }: Hop): Promise<Buffer | HttpFailure> => {
  const encoding = response.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') return failure('protocol', `${target.host} compresses although asked not to.`, target);
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    if (!Buffer.isBuffer(chunk)) continue;
    bytes += chunk.length;
    if (bytes > maxBytes) return failure('too_large', `The answer has more than ${maxBytes} bytes.`, target);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};

const retryAfter = (text: string | undefined): number | null => {
  if (text === undefined) return null;
  if (/^\d{1,7}$/.test(text.trim())) return Number(text.trim());
  const date = Date.parse(text);
  return Number.isNaN(date) ? null : Math.min(9_999_999, Math.max(0, Math.ceil((date - Date.now()) / 1000)));
};

const nextUrl = (from: URL, location: string): URL | HttpFailure => {
  const to = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  if (to === undefined || !['http:', 'https:'].includes(to.protocol) || to.username !== '' || to.password !== '') {
    return failure('redirect', `${from.host} redirects to what is no plain web address.`, from);
  }
  if (from.protocol === 'https:' && to.protocol === 'http:') {
    return failure('redirect', `${from.host} redirects from https to http, which anybody on the way could read.`, from);
  }
  return to;
};

const isPrivate = (address: string): boolean => {
  const parsed = parseAddress(address);
  return parsed === undefined || privateKindOf(parsed) !== undefined;
};

const checkHop = async (
  request: HttpRequest,
  target: URL,
  hopSignal: AbortSignal,
): Promise<CheckedTarget | HttpFailure> => {
  try {
    const host = target.hostname.replace(/^\[(.*)\]$/, '$1');
    return await request.targets.check(host, { family: request.family, signal: hopSignal });
  } catch (error) {
    request.signal.throwIfAborted();
    if (hopSignal.aborted) throw error;
    return guardFailure(error, target);
  }
};

const follow = async (request: HttpRequest, hopSignal: AbortSignal): Promise<HttpAnswer | HttpFailure> => {
  let target = new URL(request.url);
  let before: CheckedTarget | undefined;
  for (let redirects = 0; redirects <= maxRedirects; redirects += 1) {
    const checked = await checkHop(request, target, hopSignal);
    if ('ok' in checked) return checked;
    if (before !== undefined && !before.addresses.some(isPrivate) && checked.addresses.some(isPrivate)) {
      return failure(
        'redirect',
        `A redirect leads from the internet to the private address ${checked.address}.`,
        target,
      );
    }
    before = checked;
    const hop: Hop = { ...request, target, checked, hopSignal };
    const response = await open(hop);
    try {
      const status = response.statusCode ?? 0;
      const { location } = response.headers;
      if (redirectCodes.includes(status) && location !== undefined) {
        const next = nextUrl(target, location);
        if ('ok' in next) return next;
        target = next;
        continue;
      }
      const body = await readBody(response, hop);
      if (!Buffer.isBuffer(body)) return body;
      const retryAfterSeconds = retryAfter(response.headers['retry-after']);
      return { ok: true, status, body, retryAfterSeconds, url: showUrl(target), redirects };
    } finally {
      response.destroy();
    }
  }
  return failure('redirect', `More than ${maxRedirects} redirects.`, target);
};

/** Whatever the service does is a result; only the caller's own cancellation throws. */
export const httpGet = async (request: HttpRequest): Promise<HttpAnswer | HttpFailure> => {
  const timeoutMs = Math.max(1, Math.round(request.timeoutMs));
  const url = new URL(request.url);
  const late = failure('timeout', `${url.host} did not answer within ${timeoutMs} ms.`, url);
  try {
    return await withDeadline((signal) => follow(request, signal), { timeoutMs, signal: request.signal, late });
  } catch (error) {
    request.signal.throwIfAborted();
    return transferFailure(error, url);
  }
};
