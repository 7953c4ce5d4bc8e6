// DNS over UDP and TCP, mDNS and LLMNR: header, questions and records (RFC 1035, 6762, 4795, 6891).
import { dnsFields } from './dns-fields.ts';
import { nameField, readName } from './dns-name.ts';
import { recordData } from './dns-records.ts';
import { optRecord } from './dns-svcb.ts';
import { FieldReader, usesPort } from './field-reader.ts';
import type { FieldSink, Layer } from './layer.ts';

type Kind = 'dns' | 'mdns' | 'llmnr';

const ports: Readonly<Record<Kind, number>> = { dns: 53, mdns: 5353, llmnr: 5355 };
const tcp = 6;
/** Messages looked at in one TCP segment. */
const maxMessages = 16;
const optType = 41;
const srvType = 33;
const update = 5;

/** Names of the flags below the reply bit and the opcode; those of `answers` mean something in responses only. */
const bits = {
  common: [
    ['dns.flags.truncated', 0x0200],
    ['dns.flags.z', 0x0040],
    ['dns.flags.authenticated', 0x0020],
    ['dns.flags.checkdisable', 0x0010],
    ['dns.flags.recdesired', 0x0100],
  ],
  answers: [
    ['dns.flags.authoritative', 0x0400],
    ['dns.flags.recavail', 0x0080],
  ],
  llmnr: [
    ['dns.flags.conflict', 0x0400],
    ['dns.flags.truncated', 0x0200],
    ['dns.flags.tentative', 0x0100],
  ],
} as const;

const flagsOf = (kind: Kind, flags: number, sink: FieldSink): void => {
  const response = (flags & 0x8000) !== 0;
  sink.field('dns.flags.response', response);
  sink.field('dns.flags.opcode', (flags >> 11) & 0xf);
  const wanted = kind === 'llmnr' ? bits.llmnr : response ? [...bits.answers, ...bits.common] : bits.common;
  for (const [name, bit] of wanted) {
    const set = (flags & bit) !== 0;
    // In a query it asks for the bit (RFC 6840 5.7).
    if (set || response || name !== 'dns.flags.authenticated') sink.field(name, set);
  }
  if (response) sink.field('dns.flags.rcode', flags & 0xf);
};

const classOf = (reader: FieldReader, kind: Kind, names: { value: string; top: string }): void => {
  const value = reader.number(2);
  reader.field(names.value, kind === 'mdns' ? value & 0x7fff : value);
  // RFC 6762 5.4 and 10.2: the highest bit is a flag of its own.
  if (kind === 'mdns') reader.field(names.top, (value & 0x8000) !== 0);
};

const question = (reader: FieldReader, kind: Kind, base: number): void => {
  const name = nameField(reader, 'dns.qry.name', base);
  if (name === undefined) return;
  reader.field('dns.qry.name.len', name.text.length);
  reader.field('dns.count.labels', name.labels);
  reader.uint('dns.qry.type', 2);
  classOf(reader, kind, { value: 'dns.qry.class', top: 'dns.qry.qu' });
};

/** `_service._proto.name` of an SRV record, which Wireshark gives instead of one name. */
const serviceName = (reader: FieldReader, name: string): void => {
  const [service = '', proto = '', ...rest] = name.split('.');
  reader.field('dns.srv.service', service);
  if (proto === '') return;
  reader.field('dns.srv.proto', proto);
  reader.field('dns.srv.name', rest.join('.'));
};

const record = (reader: FieldReader, kind: Kind, base: number): void => {
  const name = readName(reader, base);
  const type = reader.number(2);
  if (name === undefined || reader.short) return;
  if (type === srvType) serviceName(reader, name.text);
  else reader.field('dns.resp.name', name.text);
  reader.field('dns.resp.type', type);
  if (type === optType) {
    optRecord(reader);
    return;
  }
  classOf(reader, kind, { value: 'dns.resp.class', top: 'dns.resp.cache_flush' });
  reader.uint('dns.resp.ttl', 4);
  const length = reader.uint('dns.resp.len', 2);
  if (reader.has(0)) recordData(type, reader.part(length), base);
};

const message = (reader: FieldReader, kind: Kind): void => {
  const base = reader.at;
  reader.uint('dns.id', 2);
  const flags = reader.uint('dns.flags', 2);
  if (reader.short) return;
  flagsOf(kind, flags, reader.sink);
  const updates = ((flags >> 11) & 0xf) === update;
  const questions = reader.uint(updates ? 'dns.count.zones' : 'dns.count.queries', 2);
  const answers = reader.uint(updates ? 'dns.count.prerequisites' : 'dns.count.answers', 2);
  const authorities = reader.uint(updates ? 'dns.count.updates' : 'dns.count.auth_rr', 2);
  const records = answers + authorities + reader.uint('dns.count.add_rr', 2);
  // Each takes bytes, so that the message bounds both loops whatever the counts say.
  for (let index = 0; index < questions && reader.has(0); index += 1) question(reader, kind, base);
  for (let index = 0; index < records && reader.has(0); index += 1) record(reader, kind, base);
};

const dnsLayer = (name: Kind, title: string): Layer => ({
  name,
  title,
  leaf: true,
  fields: dnsFields,
  claims: (transport, { context }) => (transport === 'udp' || name !== 'mdns') && usesPort(context, ports[name]),
  decode({ bytes, at, end, wire, context }, sink) {
    const reader = new FieldReader(bytes, at, end, sink);
    const stream = context.announced === tcp;
    for (let count = 0; count < maxMessages && reader.has(0); count += 1) {
      if (!stream) {
        message(reader, name);
        break;
      }
      if (reader.left === 0) break;
      const length = reader.uint('dns.length', 2);
      const part = reader.part(length);
      if (length > 0) message(part, name);
      reader.short ||= part.short;
    }
    if (reader.short) {
      sink.note(wire > end ? 'The capture cut this message.' : 'This message is broken or continues elsewhere.');
    }
    return undefined;
  },
});

export const dns = dnsLayer('dns', 'Domain Name System');
export const mdns = dnsLayer('mdns', 'Multicast Domain Name System');
export const llmnr = dnsLayer('llmnr', 'Link-local Multicast Name Resolution');
