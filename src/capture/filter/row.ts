// A packet in one line: who to whom, which protocol, and what it says. Texts from the packet are made safe and short, without secrets.
import { plainText } from '../../model/plain-text.ts';
import type { DecodedLayer } from '../decode.ts';
import type { FieldValue } from '../layers/layer.ts';
import { withoutSecrets } from '../secrets.ts';
import { verdictNames } from '../verdict-names.ts';
import { addressText } from './addresses.ts';
import type { PacketView } from './packet-view.ts';

export interface Row {
  number: number;
  /** Null: its record has no time. */
  time_offset_s: number | null;
  src: string;
  dst: string;
  protocol: string;
  length: number;
  info: string;
}

type Fields = (name: string) => FieldValue | undefined;

const hardware = (value: Uint8Array): string =>
  Array.from(value, (byte) => byte.toString(16).padStart(2, '0')).join(':');

const text = (value: FieldValue | undefined, cap = 60): string => {
  if (value === undefined) return '';
  if (!(value instanceof Uint8Array)) return plainText(String(value), cap);
  return value.length === 4 || value.length === 16 ? addressText(value) : hardware(value.subarray(0, 6));
};

const flagNames = ['SYN', 'ACK', 'FIN', 'RST', 'PSH', 'URG', 'ECE', 'CWR'];
const flagFields = ['syn', 'ack', 'fin', 'reset', 'push', 'urg', 'ece', 'cwr'];

const tcpInfo = (fields: Fields): string => {
  const flags = flagNames.filter((_, index) => fields(`tcp.flags.${flagFields[index] ?? ''}`) === true);
  const ack = fields('tcp.flags.ack') === true ? ` ack=${text(fields('tcp.ack_raw'))}` : '';
  const ports = `${text(fields('tcp.srcport'))} > ${text(fields('tcp.dstport'))}`;
  if (fields('tcp.flags') === undefined) return ports;
  return `${ports} [${flags.join(',')}] seq=${text(fields('tcp.seq_raw'))}${ack} len=${text(fields('tcp.len'))} win=${text(fields('tcp.window_size_value'))}`;
};

const dnsTypes: Readonly<Record<number, string>> = {
  1: 'A',
  2: 'NS',
  5: 'CNAME',
  6: 'SOA',
  12: 'PTR',
  15: 'MX',
  16: 'TXT',
  28: 'AAAA',
  33: 'SRV',
  64: 'SVCB',
  65: 'HTTPS',
  255: 'ANY',
};
const dnsCodes = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'];

const dnsInfo = (fields: Fields): string => {
  const type = Number(fields('dns.qry.type'));
  const kind = dnsTypes[type] ?? `type ${type}`;
  const question = Number.isNaN(type) ? 'without a question' : `${kind} ${text(fields('dns.qry.name'), 80)}`;
  if (fields('dns.flags.response') !== true) return `query ${question}`;
  const code = Number(fields('dns.flags.rcode'));
  return `response ${question} ${dnsCodes[code] ?? `rcode ${code}`}, ${text(fields('dns.count.answers'))} answers`;
};

const tlsInfo = (fields: Fields): string => {
  const name = text(fields('tls.handshake.extensions_server_name'), 80);
  const handshakes: Readonly<Record<number, string>> = { 1: 'ClientHello', 2: 'ServerHello', 11: 'Certificate' };
  const handshake = handshakes[Number(fields('tls.handshake.type'))] ?? '';
  const alert = fields('tls.alert_message.desc');
  return [handshake, name, alert === undefined ? '' : `alert ${text(alert)}`].filter((part) => part !== '').join(' ');
};

const httpInfo = (fields: Fields): string => {
  const code = fields('http.response.code');
  if (code !== undefined) return `HTTP ${text(code)} ${text(fields('http.response.phrase'), 30)}`.trim();
  const parts = [fields('http.request.method'), fields('http.host'), fields('http.request.uri')];
  return parts
    .map((part) => text(part))
    .filter((part) => part !== '')
    .join(' ');
};

const arpInfo = (fields: Fields): string => {
  const [sender, target] = [text(fields('arp.src.proto_ipv4')), text(fields('arp.dst.proto_ipv4'))];
  return Number(fields('arp.opcode')) === 2
    ? `${sender} is at ${text(fields('arp.src.hw_mac'))}`
    : `who has ${target}? tell ${sender}`;
};

const infos: Readonly<Record<string, (fields: Fields) => string>> = {
  tcp: tcpInfo,
  udp: (fields) => `${text(fields('udp.srcport'))} > ${text(fields('udp.dstport'))} len=${text(fields('udp.length'))}`,
  dns: dnsInfo,
  mdns: dnsInfo,
  llmnr: dnsInfo,
  tls: tlsInfo,
  http: httpInfo,
  arp: arpInfo,
  icmp: (fields) => `type ${text(fields('icmp.type'))} code ${text(fields('icmp.code'))}`,
  icmpv6: (fields) => `type ${text(fields('icmpv6.type'))} code ${text(fields('icmpv6.code'))}`,
};

/** Without what an ICMP error quotes, which stands behind it. */
const ownLayers = (layers: readonly DecodedLayer[]): readonly DecodedLayer[] => {
  const quoting = layers.findIndex(({ layer }) => layer.name === 'icmp' || layer.name === 'icmpv6');
  return quoting === -1 ? layers : layers.slice(0, quoting + 1);
};

const openValue = (name: string, value: FieldValue | undefined): FieldValue | undefined =>
  value === undefined ? undefined : withoutSecrets(name, value);

const infoOf = (layers: readonly DecodedLayer[]): string => {
  const parts = ownLayers(layers).flatMap(
    ({ layer, fields }) => infos[layer.name]?.((name) => openValue(name, fields.get(name)?.[0])) ?? [],
  );
  return parts
    .slice(-2)
    .filter((part) => part !== '')
    .join('; ');
};

const ends = (layers: readonly DecodedLayer[]): { src: string; dst: string } => {
  const own = ownLayers(layers);
  const kinds = [['ip'], ['ipv6']];
  const inner = own.findLast(
    ({ layer, fields }) => kinds.flat().includes(layer.name) && fields.has(`${layer.name}.src`),
  );
  const found = inner ?? own.find(({ layer }) => layer.name === 'eth' || layer.name === 'wlan');
  if (found === undefined) return { src: '', dst: '' };
  const side = (end: string): string =>
    text(found.fields.get(`${found.layer.name === 'wlan' ? 'wlan.' : `${found.layer.name}.`}${end}`)?.[0]);
  return { src: side('src'), dst: side('dst') };
};

/** Characters of `info`. */
const infoCharacters = 160;

export const rowOf = (packet: PacketView): Row => {
  const layers = packet.decoded;
  const innermost = ownLayers(layers).findLast(({ layer }) => layer.name !== 'data');
  const verdicts = verdictNames(packet.verdicts);
  const info = [infoOf(layers), ...(verdicts.length === 0 ? [] : [`[${verdicts.join(', ')}]`])];
  return {
    number: packet.number,
    time_offset_s: packet.timed ? Math.round(packet.relativeTime * 1e6) / 1e6 : null,
    ...ends(layers),
    protocol: innermost?.layer.name ?? 'data',
    length: packet.original,
    info: plainText(info.filter((part) => part !== '').join(' '), infoCharacters),
  };
};
