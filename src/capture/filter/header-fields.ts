// Fields at fixed places of the headers that nearly every packet has, read without decoding: only where the engine's tree says that there
// is one such header, and only when all of it was captured. Everything else is the decoder's.
import { ETHERNET, IPV4, IPV6, TCP, UDP } from '../engine/protocols.ts';
import type { FieldValue } from '../layers/layer.ts';
import type { PacketView } from './packet-view.ts';

type Header = 'eth' | 'ip' | 'ipv6' | 'tcp' | 'udp';

interface Place {
  header: Header;
  offset: number;
  /** Bytes, big-endian. */
  size: 1 | 2 | 4;
  shift?: number;
  mask?: number;
  /** One bit: true or false. */
  flag?: true;
}

const flagBits: Readonly<Record<string, number>> = {
  fin: 1,
  syn: 2,
  reset: 4,
  push: 8,
  ack: 16,
  urg: 32,
  ece: 64,
  cwr: 128,
  ae: 256,
};

const tcpFlags = Object.entries(flagBits).map(([name, mask]): [string, Place] => [
  `tcp.flags.${name}`,
  { header: 'tcp', offset: 12, size: 2, mask, flag: true },
]);

const places: ReadonlyMap<string, Place> = new Map<string, Place>([
  ['eth.type', { header: 'eth', offset: 12, size: 2 }],
  ['ip.dsfield', { header: 'ip', offset: 1, size: 1 }],
  ['ip.dsfield.dscp', { header: 'ip', offset: 1, size: 1, shift: 2 }],
  ['ip.dsfield.ecn', { header: 'ip', offset: 1, size: 1, mask: 3 }],
  ['ip.len', { header: 'ip', offset: 2, size: 2 }],
  ['ip.id', { header: 'ip', offset: 4, size: 2 }],
  ['ip.flags.df', { header: 'ip', offset: 6, size: 2, mask: 0x4000, flag: true }],
  ['ip.flags.mf', { header: 'ip', offset: 6, size: 2, mask: 0x2000, flag: true }],
  ['ip.ttl', { header: 'ip', offset: 8, size: 1 }],
  ['ip.proto', { header: 'ip', offset: 9, size: 1 }],
  ['ipv6.plen', { header: 'ipv6', offset: 4, size: 2 }],
  ['ipv6.nxt', { header: 'ipv6', offset: 6, size: 1 }],
  ['ipv6.hlim', { header: 'ipv6', offset: 7, size: 1 }],
  ['tcp.seq_raw', { header: 'tcp', offset: 4, size: 4 }],
  ['tcp.ack_raw', { header: 'tcp', offset: 8, size: 4 }],
  ['tcp.flags', { header: 'tcp', offset: 12, size: 2, mask: 0xfff }],
  ['tcp.window_size_value', { header: 'tcp', offset: 14, size: 2 }],
  ['udp.length', { header: 'udp', offset: 4, size: 2 }],
  ...tcpFlags,
]);

/** An EtherType below this is a length: that field has another name then. */
const lowestType = 0x600;
const ethernetLink = 1;

/** Where the header begins in the engine's memory; 0 when the decoder must be asked. */
export const headerStart = (packet: PacketView, header: Header): number => {
  const { exact, counts, transport } = packet.facts;
  if (!exact) return 0;
  if (header === 'eth')
    return packet.link === ethernetLink && counts[ETHERNET] === 1 && packet.captured >= 14 ? packet.start : 0;
  const version = packet.family;
  const ip = version === 4 ? packet.sourceAddress - 12 : packet.sourceAddress - 8;
  if ((counts[IPV4] ?? 0) + (counts[IPV6] ?? 0) !== 1 || counts[version === 4 ? IPV4 : IPV6] !== 1) return 0;
  if (header === 'ip' || header === 'ipv6') return (header === 'ip') === (version === 4) ? ip : 0;
  const protocol = header === 'tcp' ? TCP : UDP;
  if (transport !== protocol || counts[protocol] !== 1 || packet.transport <= ip) return 0;
  const length = version === 4 ? packet.read(ip + 2, 2) : packet.read(ip + 4, 2) + 40;
  const end = packet.transport + (header === 'tcp' ? 20 : 8);
  return end <= ip + length && end <= packet.start + packet.captured ? packet.transport : 0;
};

/** The values of a field where it stands at a fixed place; undefined for packets whose decoder must be asked. */
export const headerValues = (name: string): ((packet: PacketView) => readonly FieldValue[] | undefined) | undefined => {
  const place = places.get(name);
  if (place === undefined) return undefined;
  const { header, offset, size, shift = 0, mask = 0xffff_ffff, flag } = place;
  const values: number[] = [0];
  return (packet) => {
    const start = headerStart(packet, header);
    if (start === 0) return undefined;
    const value = packet.read(start + offset, size);
    if (name === 'eth.type' && value < lowestType) return undefined;
    const bits = size === 4 ? value : (value >> shift) & mask;
    values[0] = flag === true ? Number(bits !== 0) : bits;
    return values;
  };
};

const addresses: Readonly<Record<string, readonly number[]>> = { 'eth.dst': [0], 'eth.src': [6], 'eth.addr': [0, 6] };

/** As `headerValues`, for hardware addresses. */
export const hardwareValues = (
  name: string,
): ((packet: PacketView) => readonly FieldValue[] | undefined) | undefined => {
  const offsets = addresses[name];
  if (offsets === undefined) return undefined;
  const values = offsets.map(() => new Uint8Array(6));
  return (packet) => {
    const start = headerStart(packet, 'eth');
    if (start === 0) return undefined;
    for (const [index, value] of values.entries()) packet.copy(start + (offsets[index] ?? 0), value);
    return values;
  };
};
