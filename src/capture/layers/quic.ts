// QUIC packets of one datagram: headers of versions 1 and 2, and what a client's Initial packet says of the TLS handshake (RFC 9000, 9001, 9369).
import { FieldReader, flag, raw, text, uint, usesPort } from './field-reader.ts';
import type { Layer } from './layer.ts';
import { initialFrames, variable } from './quic-frames.ts';
import { isKnownVersion, openInitial } from './quic-initial.ts';
import { handshakeFields } from './tls-handshake.ts';

const version2 = 0x6b3343cf;
/** RFC 9000 17.2. */
const maxConnectionId = 20;
/** Packets looked at in one datagram, and those that are decrypted. */
const maxPackets = 16;
const maxOpened = 4;
const retryTagBytes = 16;
const types = ['initial', '0-rtt', 'handshake', 'retry'] as const;

const versionAt = (bytes: Uint8Array, at: number): number =>
  new DataView(bytes.buffer, bytes.byteOffset + at, 4).getUint32(0);

/** A long header of a version we know or of a version negotiation, with connection IDs that fit. */
const isLong = (bytes: Uint8Array, at: number, end: number): boolean => {
  if (end - at < 7 || ((bytes[at] ?? 0) & 0x80) === 0) return false;
  const version = versionAt(bytes, at + 1);
  const fixed = ((bytes[at] ?? 0) & 0x40) !== 0;
  const length = bytes[at + 5] ?? 0;
  if (length > maxConnectionId || at + 7 + length > end || (bytes[at + 6 + length] ?? 0) > maxConnectionId)
    return false;
  // Behind the connection IDs of a version negotiation stand versions.
  const rest = end - at - 7 - length - (bytes[at + 6 + length] ?? 0);
  return version === 0 ? rest > 0 && rest % 4 === 0 : fixed && isKnownVersion(version);
};

interface Datagram {
  reader: FieldReader;
  opened: number;
}

const initialPacket = (
  datagram: Datagram,
  start: number,
  header: { version: number; connectionId: Uint8Array },
): void => {
  const { reader } = datagram;
  const token = variable(reader);
  reader.field('quic.token_length', token);
  if (token > 0) reader.raw('quic.token', token);
  const numberAt = reader.at - start;
  protectedPart(reader, (packetEnd, behindLength) => {
    if (datagram.opened >= maxOpened) return;
    datagram.opened += 1;
    const packet = reader.bytes.subarray(start, packetEnd);
    const opened = openInitial({ ...header, packet, numberAt: numberAt + behindLength });
    if (opened === undefined) return;
    reader.field('quic.packet_number_length', opened.packetNumberLength - 1);
    reader.field('quic.packet_number', opened.packetNumber);
    initialFrames(opened.payload, reader.sink);
  });
};

/** The length and what it covers; `whole` is told where that ends when all of it is there. */
const protectedPart = (reader: FieldReader, whole: (end: number, lengthBytes: number) => void): void => {
  const before = reader.at;
  const length = variable(reader);
  reader.field('quic.length', length);
  const lengthBytes = reader.at - before;
  reader.skip(length);
  if (reader.has(0)) whole(reader.at, lengthBytes);
};

const typeOf = (first: number, version: number): (typeof types)[number] => {
  const bits = (first >> 4) & 3;
  return types[version === version2 ? (bits + 3) & 3 : bits] ?? 'initial';
};

const longPacket = (datagram: Datagram): void => {
  const { reader } = datagram;
  const start = reader.at;
  const first = reader.number(1);
  const version = reader.number(4);
  reader.field('quic.header_form', 1);
  const type = typeOf(first, version);
  if (version !== 0) {
    if (type !== 'retry') reader.field('quic.fixed_bit', (first & 0x40) !== 0);
    reader.field(version === version2 ? 'quic.long.packet_type_v2' : 'quic.long.packet_type', (first >> 4) & 3);
  }
  reader.field('quic.version', version);
  const destination = reader.uint('quic.dcil', 1);
  const connectionId = destination === 0 ? reader.take(0) : reader.raw('quic.dcid', destination);
  const source = reader.uint('quic.scil', 1);
  if (source > 0) reader.raw('quic.scid', source);
  if (version === 0) {
    while (reader.left >= 4) reader.uint('quic.supported_version', 4);
    reader.skip(reader.left);
    return;
  }
  if (type === 'initial') initialPacket(datagram, start, { version, connectionId });
  else if (type === 'retry') {
    reader.raw('quic.retry_token', reader.left - retryTagBytes);
    reader.raw('quic.retry_integrity_tag', retryTagBytes);
  } else protectedPart(reader, () => undefined);
};

/** `alone`: no long header stands before it in the datagram. */
const shortPacket = (reader: FieldReader, alone: boolean): void => {
  const first = reader.number(1);
  reader.field('quic.header_form', 0);
  reader.field('quic.fixed_bit', (first & 0x40) !== 0);
  reader.field('quic.spin_bit', (first & 0x20) !== 0);
  reader.raw('quic.remaining_payload', reader.left);
  if (alone) reader.sink.note('Taken for QUIC because of port 443: a short header does not tell.');
};

export const quic: Layer = {
  name: 'quic',
  title: 'QUIC',
  leaf: true,
  fields: {
    'quic.header_form': uint('Header form: 1 long, 0 short'),
    'quic.fixed_bit': flag('Fixed bit'),
    'quic.spin_bit': flag('Spin bit'),
    'quic.long.packet_type': uint('Packet type: 0 initial, 1 0-RTT, 2 handshake, 3 retry'),
    'quic.long.packet_type_v2': uint('Packet type of version 2: 1 initial, 2 0-RTT, 3 handshake, 0 retry'),
    'quic.version': uint('Version'),
    'quic.dcil': uint('Destination connection ID length'),
    'quic.dcid': raw('Destination connection ID'),
    'quic.scil': uint('Source connection ID length'),
    'quic.scid': raw('Source connection ID'),
    'quic.supported_version': uint('Supported version'),
    'quic.token_length': uint('Token length'),
    'quic.token': raw('Token'),
    'quic.length': uint('Length of packet number and payload'),
    'quic.packet_number_length': uint('Packet number length less 1'),
    'quic.packet_number': uint('Packet number'),
    'quic.retry_token': raw('Retry token'),
    'quic.retry_integrity_tag': raw('Retry integrity tag'),
    'quic.remaining_payload': raw('Connection ID, packet number and payload, protected'),
    'quic.frame_type': uint('Frame type'),
    'quic.crypto.offset': uint('CRYPTO offset'),
    'quic.crypto.length': uint('CRYPTO length'),
    'quic.cc.error_code': uint('Error code'),
    'quic.cc.frame_type': uint('Frame type that caused it'),
    'quic.cc.reason_phrase': text('Reason'),
    ...handshakeFields,
  },
  claims: (transport, { bytes, at, end, context }) =>
    transport === 'udp' &&
    (isLong(bytes, at, end) || (usesPort(context, 443) && ((bytes[at] ?? 0) & 0xc0) === 0x40 && at < end)),
  decode({ bytes, at, end, wire }, sink) {
    const reader = new FieldReader(bytes, at, end, sink);
    const datagram = { reader, opened: 0 };
    for (let count = 0; count < maxPackets && reader.left > 0; count += 1) {
      const first = bytes[reader.at] ?? 0;
      // Padding or noise behind the last packet.
      if ((first & 0xc0) === 0 || (count > 0 && (first & 0x80) !== 0 && !isLong(bytes, reader.at, reader.end))) break;
      if ((first & 0x80) === 0) shortPacket(reader, count === 0);
      else longPacket(datagram);
    }
    if (!reader.has(0)) sink.note(wire > end ? 'The capture cut this packet.' : 'This packet is too short.');
    return undefined;
  },
};
