// The data of one record as text a person can read, and as fields where a type has them. Foreign text is made plain and capped.
import ipaddr from 'ipaddr.js';
import { plainText } from '../../model/plain-text.ts';
import { showName } from './name.ts';
import type { Reader } from './reader.ts';
import { typeName } from './record-types.ts';
import { showSvcb } from './svcb.ts';
import { MalformedMessage } from './work.ts';

/** Start of authority: times in seconds. */
export interface Soa {
  mname: string;
  rname: string;
  serial: number;
  refresh_s: number;
  retry_s: number;
  expire_s: number;
  minimum_s: number;
}

export interface Rdata {
  value: string;
  /** MX preference; priority of SRV, SVCB and HTTPS. */
  priority?: number;
  weight?: number;
  port?: number;
  /** CAA: an issuer that does not know the property must not issue. */
  critical?: boolean;
  tag?: string;
  soa?: Soa;
}

const maxTextCharacters = 2000;
const maxTextBytes = 4 * maxTextCharacters;
const maxHexBytes = 256;

/** No more bytes than so many characters can have, so that a short text never keeps a long one in memory. */
const text = (bytes: Buffer): string => {
  const shown = plainText(bytes.subarray(0, maxTextBytes).toString('utf8'), maxTextCharacters);
  return bytes.length <= maxTextBytes || shown.endsWith('…') ? shown : `${shown}…`;
};

const hex = (bytes: Buffer): string =>
  `${bytes.subarray(0, maxHexBytes).toString('hex')}${bytes.length > maxHexBytes ? '…' : ''}`;

/** Any data at all (RFC 3597). */
export const opaque = (bytes: Buffer): Rdata => ({ value: `\\# ${bytes.length} ${hex(bytes)}`.trimEnd() });

const address =
  (length: number) =>
  (data: Reader): Rdata => {
    if (data.left !== length) throw new MalformedMessage('an address has the wrong length');
    return { value: ipaddr.fromByteArray([...data.rest()]).toString() };
  };

const name = (data: Reader): Rdata => ({ value: showName(data.name()) });

const soa = (data: Reader): Rdata => {
  const mname = showName(data.name());
  const rname = showName(data.name());
  const [serial, refresh_s, retry_s, expire_s, minimum_s] = [
    data.u32(),
    data.u32(),
    data.u32(),
    data.u32(),
    data.u32(),
  ];
  const value = [mname, rname, serial, refresh_s, retry_s, expire_s, minimum_s].join(' ');
  return { value, soa: { mname, rname, serial, refresh_s, retry_s, expire_s, minimum_s } };
};

/** Strings of one TXT record belong together (RFC 7208, 3.3). */
const txt = (data: Reader): Rdata => {
  const parts: Buffer[] = [];
  while (data.left > 0) parts.push(data.string());
  return { value: text(Buffer.concat(parts)) };
};

const caa = (data: Reader): Rdata => {
  const critical = (data.u8() & 0x80) !== 0;
  const tag = plainText(data.string().toString('latin1'), 40);
  const value = text(data.rest());
  return { value: `${critical ? 128 : 0} ${tag} "${value}"`, critical, tag };
};

/** RFC 4034, appendix B: the tag by which DS and RRSIG name a key. */
const keyTag = (bytes: Buffer): number => {
  let sum = 0;
  bytes.forEach((byte, index) => (sum += index % 2 === 0 ? byte << 8 : byte));
  return (sum + (sum >>> 16)) & 0xffff;
};

const dnskey = (data: Reader): Rdata => {
  const all = data.rest();
  if (all.length < 4) throw new MalformedMessage('a key is too short');
  const key = all.subarray(4).toString('base64');
  const start = `${all.readUInt16BE(0)} ${all.readUInt8(2)} ${all.readUInt8(3)}`;
  return { value: `${start} ${plainText(key, 800)}`, tag: String(keyTag(all)) };
};

const when = (seconds: number): string => new Date(seconds * 1000).toISOString().replace(/[-:T]|\.\d+Z$/g, '');

const rrsig = (data: Reader): Rdata => {
  const covered = typeName(data.u16());
  const start = [data.u8(), data.u8(), data.u32(), when(data.u32()), when(data.u32()), data.u16()].join(' ');
  return { value: `${covered} ${start} ${showName(data.name())} ${plainText(data.rest().toString('base64'), 800)}` };
};

const numbersThenHex =
  (...sizes: readonly (1 | 2)[]) =>
  (data: Reader): Rdata => {
    const numbers = sizes.map((size) => (size === 1 ? data.u8() : data.u16()));
    return { value: `${numbers.join(' ')} ${hex(data.rest())}` };
  };

const naptr = (data: Reader): Rdata => {
  const [order, priority] = [data.u16(), data.u16()];
  const strings = [data.string(), data.string(), data.string()].map((part) => `"${text(part)}"`);
  return { value: `${order} ${priority} ${strings.join(' ')} ${showName(data.name())}`, priority };
};

const decoders: Readonly<Record<string, (data: Reader) => Rdata>> = {
  A: address(4),
  AAAA: address(16),
  NS: name,
  CNAME: name,
  PTR: name,
  DNAME: name,
  SOA: soa,
  TXT: txt,
  SPF: txt,
  CAA: caa,
  DNSKEY: dnskey,
  RRSIG: rrsig,
  DS: numbersThenHex(2, 1, 1),
  TLSA: numbersThenHex(1, 1, 1),
  SSHFP: numbersThenHex(1, 1),
  NAPTR: naptr,
  MX: (data) => ({ priority: data.u16(), value: showName(data.name()) }),
  SRV: (data) => ({ priority: data.u16(), weight: data.u16(), port: data.u16(), value: showName(data.name()) }),
  HINFO: (data) => ({ value: `"${text(data.string())}" "${text(data.string())}"` }),
  SVCB: showSvcb,
  HTTPS: showSvcb,
};

/** Throws MalformedMessage when the data is not what its type says, and when bytes are left over. */
export const decodeRdata = (type: number, data: Reader): Rdata => {
  const decode = decoders[typeName(type)];
  if (decode === undefined) return opaque(data.rest());
  const decoded = decode(data);
  if (data.left > 0) throw new MalformedMessage('a record is longer than its type needs');
  return decoded;
};
