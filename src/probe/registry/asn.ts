// Origin AS of an address by DNS, as Team Cymru's service answers: TXT records of fields between bars.
import { parseAddress } from '../../model/address.ts';
import { NetError } from '../../model/errors.ts';
import { plainText } from '../../model/plain-text.ts';
import { ask } from '../dns/client.ts';
import type { DnsServer } from '../dns/exchange.ts';
import { interpret } from '../dns/interpret.ts';
import { questionFor } from '../dns/query.ts';
import { parseName, reverseName } from '../dns/name.ts';
import { rcodeName } from '../dns/record-types.ts';

export interface Origin {
  asn: string;
  prefix: string | null;
  country: string | null;
  registry: string | null;
  /** Date of allocation. */
  allocated: string | null;
}

export interface AsName {
  country: string | null;
  registry: string | null;
  allocated: string | null;
  /** `CLOUDFLARENET` */
  name: string;
  /** `CLOUDFLARENET - Cloudflare, Inc., US` */
  description: string;
}

const maxOrigins = 20;

const fields = (text: string): (string | null)[] =>
  text.split('|').map((field) => {
    const plain = plainText(field, 100).trim();
    return plain === '' ? null : plain;
  });

/** `13335 4826 | 1.1.1.0/24 | AU | apnic | 2011-08-11`: several numbers announce the same prefix. Text of any other form gives nothing. */
export const parseOrigin = (text: string): Origin[] => {
  const [numbers, prefix = null, country = null, registry = null, allocated = null] = fields(text);
  const asns = (numbers ?? '').split(/\s+/);
  if (!asns.every((asn) => /^\d{1,10}$/.test(asn))) return [];
  return asns.slice(0, maxOrigins).map((asn) => ({ asn, prefix, country, registry, allocated }));
};

/** `13335 | US | arin | 2010-07-14 | CLOUDFLARENET - Cloudflare, Inc., US` */
export const parseAsName = (text: string): AsName | undefined => {
  const [asn, country = null, registry = null, allocated = null] = fields(text);
  const description = plainText(text.split('|').slice(4).join('|'), 200).trim();
  if (asn === null || asn === undefined || !/^\d{1,10}$/.test(asn) || description === '') return undefined;
  const name = description.replace(/,\s*[A-Z]{2}$/, '').split(' - ')[0] ?? description;
  return { country, registry, allocated, name: name.trim(), description };
};

const lengthOf = ({ prefix }: Origin): number => Number(prefix?.split('/')[1] ?? 0);

export interface AskAsn {
  servers: readonly DnsServer[];
  zones: { ipv4: string; ipv6: string; name: string };
  timeoutMs: number;
  signal: AbortSignal;
}

interface Texts {
  rcode: string;
  texts: readonly string[];
}

/** Throws what the DNS client throws: timeout, not_found. */
const textsAt = async (name: string, { servers, timeoutMs, signal }: AskAsn): Promise<Texts> => {
  const labels = parseName(name);
  const question = questionFor(labels, 'TXT');
  const { message } = await ask(question, { servers, timeoutMs, signal, transport: 'auto', dnssec: false });
  const { records } = interpret(message, labels, 'TXT');
  return { rcode: rcodeName(message.rcode), texts: records.map(({ value }) => value) };
};

/** Origins of an address, most specific prefix first; NXDOMAIN when nobody announces it. */
export const originsOf = async (address: string, asked: AskAsn): Promise<{ rcode: string; origins: Origin[] }> => {
  const { rcode, texts } = await textsAt(reverseName(address, asked.zones.ipv4, asked.zones.ipv6), asked);
  const origins = texts.flatMap(parseOrigin).sort((left, right) => lengthOf(right) - lengthOf(left));
  return { rcode, origins: origins.slice(0, maxOrigins) };
};

/** `as` is undefined when the service knows no such AS. */
export const nameOf = async (asn: string, asked: AskAsn): Promise<{ rcode: string; as: AsName | undefined }> => {
  const { rcode, texts } = await textsAt(`AS${asn}.${asked.zones.name}`, asked);
  return { rcode, as: texts.flatMap((text) => parseAsName(text) ?? [])[0] };
};

/** Canonical and without zone; throws invalid_argument. */
export const plainAddress = (text: string): string => {
  const parsed = parseAddress(text.replace(/^\[(.*)\]$/, '$1'));
  if (parsed !== undefined) return parsed.text.replace(/%.*$/, '');
  throw new NetError(
    'invalid_argument',
    `"${plainText(text, 100)}" is neither an IP address nor an AS number.`,
    'Pass an address such as 1.1.1.1 or 2606:4700::1111, or an AS number such as AS13335; look names up with dns_lookup first.',
  );
};
