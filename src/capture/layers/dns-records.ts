// The data of resource records, by type. What a type of ours does not describe stays undescribed: its length is a field already.
import { nameField } from './dns-name.ts';
import { svcbData } from './dns-svcb.ts';
import type { FieldReader } from './field-reader.ts';

/** Reads one record's data; `base` is where the message starts, for names. */
type Data = (reader: FieldReader, base: number) => void;

const base32 = (bytes: Uint8Array): string => {
  const alphabet = '0123456789abcdefghijklmnopqrstuv';
  let text = '';
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xfff;
    for (bits += 8; bits >= 5; bits -= 5) text += alphabet[(value >> (bits - 5)) & 31] ?? '';
  }
  return bits === 0 ? text : text + (alphabet[(value << (5 - bits)) & 31] ?? '');
};

const name =
  (field: string): Data =>
  (reader, base) => {
    nameField(reader, field, base);
  };

const soa: Data = (reader, base) => {
  nameField(reader, 'dns.soa.mname', base);
  nameField(reader, 'dns.soa.rname', base);
  for (const field of ['serial_number', 'refresh_interval', 'retry_interval', 'expire_limit', 'minimum_ttl']) {
    reader.uint(`dns.soa.${field}`, 4);
  }
};

const mx: Data = (reader, base) => {
  reader.uint('dns.mx.preference', 2);
  nameField(reader, 'dns.mx.mail_exchange', base);
};

const txt: Data = (reader) => {
  while (reader.left > 0) reader.text('dns.txt', reader.uint('dns.txt.length', 1));
};

const srv: Data = (reader, base) => {
  reader.uint('dns.srv.priority', 2);
  reader.uint('dns.srv.weight', 2);
  reader.uint('dns.srv.port', 2);
  nameField(reader, 'dns.srv.target', base);
};

const caa: Data = (reader) => {
  reader.uint('dns.caa.flags', 1);
  const tag = reader.text('dns.caa.tag', reader.uint('dns.caa.tag_length', 1));
  const known = tag === 'issue' || tag === 'issuewild' || tag === 'iodef';
  reader.text(known ? `dns.caa.${tag}` : 'dns.caa.unknown', reader.left);
};

const ds: Data = (reader) => {
  reader.uint('dns.ds.key_id', 2);
  reader.uint('dns.ds.algorithm', 1);
  reader.uint('dns.ds.digest_type', 1);
  reader.raw('dns.ds.digest', reader.left);
};

const dnskey: Data = (reader) => {
  reader.uint('dns.dnskey.flags', 2);
  reader.uint('dns.dnskey.protocol', 1);
  reader.uint('dns.dnskey.algorithm', 1);
  reader.raw('dns.dnskey.public_key', reader.left);
};

const rrsig: Data = (reader, base) => {
  reader.uint('dns.rrsig.type_covered', 2);
  reader.uint('dns.rrsig.algorithm', 1);
  reader.uint('dns.rrsig.labels', 1);
  reader.uint('dns.rrsig.original_ttl', 4);
  reader.uint('dns.rrsig.signature_expiration', 4);
  reader.uint('dns.rrsig.signature_inception', 4);
  reader.uint('dns.rrsig.key_tag', 2);
  nameField(reader, 'dns.rrsig.signers_name', base);
  reader.raw('dns.rrsig.signature', reader.left);
};

/** Types that exist at a name (RFC 4034 4.1.2): blocks of up to 32 bytes, a bit a type. Each is a `dns.resp.type`, as in Wireshark. */
const typeBitmap = (reader: FieldReader): void => {
  while (reader.left > 0) {
    const window = reader.number(1);
    const bits = reader.take(reader.number(1));
    for (let bit = 0; bit < bits.length * 8; bit += 1) {
      if ((((bits[bit >> 3] ?? 0) << (bit & 7)) & 0x80) !== 0) reader.field('dns.resp.type', window * 256 + bit);
    }
  }
};

const nsec: Data = (reader, base) => {
  nameField(reader, 'dns.nsec.next_domain_name', base);
  typeBitmap(reader);
};

const nsec3: Data = (reader) => {
  reader.uint('dns.nsec3.algo', 1);
  reader.uint('dns.nsec3.flags', 1);
  reader.uint('dns.nsec3.iterations', 2);
  reader.raw('dns.nsec3.salt_value', reader.uint('dns.nsec3.salt_length', 1));
  const hash = reader.take(reader.uint('dns.nsec3.hash_length', 1));
  reader.field('dns.nsec3.hash_value', base32(hash));
  typeBitmap(reader);
};

const data: ReadonlyMap<number, Data> = new Map<number, Data>([
  [1, (reader) => reader.raw('dns.a', 4)],
  [2, name('dns.ns')],
  [5, name('dns.cname')],
  [6, soa],
  [12, name('dns.ptr.domain_name')],
  [15, mx],
  [16, txt],
  [28, (reader) => reader.raw('dns.aaaa', 16)],
  [33, srv],
  [39, name('dns.dname')],
  [43, ds],
  [46, rrsig],
  [47, nsec],
  [48, dnskey],
  [50, nsec3],
  [64, svcbData],
  [65, svcbData],
  [257, caa],
]);

/** Gives the fields of a record's data. */
export const recordData = (type: number, reader: FieldReader, base: number): void => {
  data.get(type)?.(reader, base);
};
