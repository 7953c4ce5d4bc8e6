// ICMP echo packets of both families: what is sent, and what of a received one may be believed.
import type { IpVersion, ProbeAnswer } from '../../model/probe.ts';
import type { QueuedError } from './control.ts';

/** Bytes of a payload that tell our own packets from others with the same id. */
export const cookieBytes = 8;
/** Of ICMP and of UDP alike. */
export const headerBytes = 8;

const echoRequest = { 4: 8, 6: 128 } as const;
const echoReply = { 4: 0, 6: 129 } as const;

/** A payload that begins with the cookie, as far as it fits, and goes on counting. */
export const buildPayload = (bytes: number, cookie: Buffer): Buffer => {
  const payload = Buffer.alloc(bytes);
  for (let index = 0; index < bytes; index += 1) payload[index] = index & 0xff;
  cookie.copy(payload);
  return payload;
};

/** RFC 1071. */
export const internetChecksum = (bytes: Buffer): number => {
  let sum = 0;
  const even = bytes.length & ~1;
  for (let index = 0; index < even; index += 2) sum += bytes.readUInt16BE(index);
  if (even < bytes.length) sum += bytes.readUInt8(even) << 8;
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return ~sum & 0xffff;
};

/** An echo request; the kernel replaces id and checksum where that is its business. */
export const buildEcho = (family: IpVersion, id: number, sequence: number, payload: Buffer): Buffer => {
  const packet = Buffer.alloc(headerBytes + payload.length);
  packet.writeUInt8(echoRequest[family], 0);
  packet.writeUInt16BE(id, 4);
  packet.writeUInt16BE(sequence, 6);
  payload.copy(packet, headerBytes);
  if (family === 4) packet.writeUInt16BE(internetChecksum(packet), 2);
  return packet;
};

export interface EchoRules {
  family: IpVersion;
  /** Undefined: the kernel has compared it. */
  id: number | undefined;
  /** The first payload bytes that every reply must have. */
  cookie: Buffer;
  /** Raw IPv4 sockets give the IP header too. */
  withIpHeader: boolean;
}

const withoutIpHeader = (bytes: Buffer): { packet: Buffer; hopLimit: number } | undefined => {
  if (bytes.length < 20) return undefined;
  const first = bytes.readUInt8(0);
  const length = (first & 0xf) * 4;
  if (first >> 4 !== 4 || length < 20 || bytes.length < length) return undefined;
  return { packet: bytes.subarray(length), hopLimit: bytes.readUInt8(8) };
};

/** The sequence number of an echo reply to us, and the TTL if its header was there; undefined for anything else. */
export const readEchoReply = (
  bytes: Buffer,
  rules: EchoRules,
): { sequence: number; hopLimit: number | undefined } | undefined => {
  const inner = rules.withIpHeader ? withoutIpHeader(bytes) : { packet: bytes, hopLimit: undefined };
  if (inner === undefined) return undefined;
  const { packet, hopLimit } = inner;
  if (packet.length < headerBytes + rules.cookie.length) return undefined;
  // The kernel gives raw IPv4 sockets packets as they came; elsewhere it has looked at the checksum.
  if (rules.withIpHeader && internetChecksum(packet) !== 0) return undefined;
  if (packet.readUInt8(0) !== echoReply[rules.family] || packet.readUInt8(1) !== 0) return undefined;
  if (rules.id !== undefined && packet.readUInt16BE(4) !== rules.id) return undefined;
  if (!packet.subarray(headerBytes, headerBytes + rules.cookie.length).equals(rules.cookie)) return undefined;
  return { sequence: packet.readUInt16BE(6), hopLimit };
};

/**
 * Whether what an ICMP error quotes of a payload may be ours: as much of the cookie as is quoted, or zeros, with which routers fill a
 * short quote up (RFC 4884, 4).
 */
export const mayBeOurs = (payload: Buffer, cookie: Buffer): boolean => {
  const quoted = payload.subarray(0, cookie.length);
  return quoted.equals(cookie.subarray(0, quoted.length)) || quoted.every((byte) => byte === 0);
};

/** The sequence number of our own request as an ICMP error quotes it; routers quote at least its header. */
export const readQuotedEcho = (bytes: Buffer, { family, id, cookie }: EchoRules): number | undefined => {
  if (bytes.length < headerBytes || bytes.readUInt8(0) !== echoRequest[family]) return undefined;
  if (id !== undefined && bytes.readUInt16BE(4) !== id) return undefined;
  if (!mayBeOurs(bytes.subarray(headerBytes), cookie)) return undefined;
  return bytes.readUInt16BE(6);
};

type Told = Pick<ProbeAnswer, 'kind' | 'code' | 'mtu'>;

/** What an ICMP error says (RFC 792, RFC 1191, RFC 4443); undefined for types that are no verdict on a probe. */
export const meaningOf = ({ origin, type, code, info }: QueuedError): Told | undefined => {
  const mtu = info > 0 ? info : null;
  if (origin === 'icmp') {
    if (type === 11) return { kind: 'time_exceeded', code, mtu: null };
    if (type !== 3) return undefined;
    return code === 4 ? { kind: 'too_big', code, mtu } : { kind: 'unreachable', code, mtu: null };
  }
  if (origin !== 'icmp6') return undefined;
  if (type === 1) return { kind: 'unreachable', code, mtu: null };
  if (type === 2) return { kind: 'too_big', code, mtu };
  return type === 3 ? { kind: 'time_exceeded', code, mtu: null } : undefined;
};
