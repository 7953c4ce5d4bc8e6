// What TCP and UDP carry, and how long it is, where the header says so and the engine has the bytes: nothing is copied or decoded.
import { LLC, PPPOE_SESSION } from '../engine/protocols.ts';
import type { FieldValue } from '../layers/layer.ts';
import { headerStart } from './header-fields.ts';
import type { PacketView } from './packet-view.ts';

type Reader = (packet: PacketView) => readonly FieldValue[] | undefined;

const none: readonly FieldValue[] = [];
/** Bytes of a packet that the decoder looks at. */
const longest = 262_144;

/** Behind the last byte of the IP packet on the wire; 0 when what is around it is shorter than its header says, or may be. */
const wireEnd = (packet: PacketView): number => {
  const { counts } = packet.facts;
  if (counts[PPPOE_SESSION] !== 0 || counts[LLC] !== 0) return 0;
  const { family, sourceAddress, start } = packet;
  const ip = sourceAddress - (family === 4 ? 12 : 8);
  const end = ip + (family === 4 ? packet.read(ip + 2, 2) : packet.read(ip + 4, 2) + 40);
  return end <= start + packet.original && packet.captured <= longest ? end : 0;
};

/** Behind the TCP header; 0 when its length is impossible or not all of it was captured. */
const tcpData = (packet: PacketView, tcp: number, end: number): number => {
  const length = (packet.read(tcp + 12, 1) >> 4) * 4;
  return length >= 20 && tcp + length <= Math.min(end, packet.start + packet.captured) ? tcp + length : 0;
};

const tcpLength: Reader = (packet) => {
  const tcp = headerStart(packet, 'tcp');
  const end = tcp === 0 ? 0 : wireEnd(packet);
  const data = end === 0 ? 0 : tcpData(packet, tcp, end);
  return data === 0 ? undefined : [end - data];
};

const tcpPayload: Reader = (packet) => {
  const tcp = headerStart(packet, 'tcp');
  const end = tcp === 0 ? 0 : wireEnd(packet);
  const data = end === 0 ? 0 : tcpData(packet, tcp, end);
  if (data === 0) return undefined;
  const last = Math.min(end, packet.start + packet.captured);
  return last > data ? [packet.bytes(data, last)] : none;
};

const udpPayload: Reader = (packet) => {
  const udp = headerStart(packet, 'udp');
  const end = udp === 0 ? 0 : wireEnd(packet);
  const said = end === 0 ? 0 : packet.read(udp + 4, 2);
  if (said < 8 || udp + said > end) return undefined;
  const last = Math.min(udp + said, packet.start + packet.captured);
  return last > udp + 8 ? [packet.bytes(udp + 8, last)] : none;
};

const readers: Readonly<Record<string, Reader>> = {
  'tcp.len': tcpLength,
  'tcp.payload': tcpPayload,
  'udp.payload': udpPayload,
};

/** As `headerValues`: undefined for packets whose decoder must be asked. */
export const payloadValues = (name: string): Reader | undefined => readers[name];
