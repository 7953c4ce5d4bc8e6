// The control messages of a received datagram: kernel's time of reception, TTL, and what the error queue tells.
import { decodeAddress, type SocketAddress } from './address.ts';

const SOL_SOCKET = 1;
const SCM_TIMESTAMPNS = 35;
const IPPROTO_IP = 0;
const IP_TTL = 2;
const IP_RECVERR = 11;
const IPPROTO_IPV6 = 41;
const IPV6_RECVERR = 25;
const IPV6_HOPLIMIT = 52;

/** struct cmsghdr where size_t has 64 bits; every message starts at a multiple of 8. */
const headerBytes = 16;

/** struct sock_extended_err with the offender's address behind it (linux/errqueue.h). */
export interface QueuedError {
  errno: number;
  origin: 'local' | 'icmp' | 'icmp6' | 'other';
  type: number;
  code: number;
  /** The MTU, for what is too big. */
  info: number;
  offender: SocketAddress | undefined;
}

export interface Control {
  /** Seconds since the epoch and nanoseconds. */
  received: { seconds: bigint; nanoseconds: number } | undefined;
  hopLimit: number | undefined;
  error: QueuedError | undefined;
}

const origins: Readonly<Record<number, QueuedError['origin']>> = { 1: 'local', 2: 'icmp', 3: 'icmp6' };

const readError = (bytes: Buffer): QueuedError | undefined =>
  bytes.length < 16
    ? undefined
    : {
        errno: bytes.readUInt32LE(0),
        origin: origins[bytes.readUInt8(4)] ?? 'other',
        type: bytes.readUInt8(5),
        code: bytes.readUInt8(6),
        info: bytes.readUInt32LE(8),
        offender: decodeAddress(bytes.subarray(16)),
      };

/** What is cut or unknown is passed over. */
export const readControl = (bytes: Buffer): Control => {
  const control: Control = { received: undefined, hopLimit: undefined, error: undefined };
  let offset = 0;
  while (offset + headerBytes <= bytes.length) {
    const length = Number(bytes.readBigUInt64LE(offset));
    if (length < headerBytes || length > bytes.length - offset) break;
    const value = bytes.subarray(offset + headerBytes, offset + length);
    readOne(control, [bytes.readInt32LE(offset + 8), bytes.readInt32LE(offset + 12)], value);
    offset += Math.ceil(length / 8) * 8;
  }
  return control;
};

const readOne = (control: Control, [level, type]: readonly [number, number], value: Buffer): void => {
  if (level === SOL_SOCKET && type === SCM_TIMESTAMPNS && value.length >= 16) {
    control.received = { seconds: value.readBigInt64LE(0), nanoseconds: Number(value.readBigInt64LE(8)) };
  } else if (level === IPPROTO_IP && type === IP_TTL && value.length >= 4) {
    control.hopLimit = value.readInt32LE(0);
  } else if (level === IPPROTO_IPV6 && type === IPV6_HOPLIMIT && value.length >= 4) {
    control.hopLimit = value.readInt32LE(0);
  } else if ((level === IPPROTO_IP && type === IP_RECVERR) || (level === IPPROTO_IPV6 && type === IPV6_RECVERR)) {
    control.error = readError(value);
  }
};
