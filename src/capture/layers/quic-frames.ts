// Frames of an opened Initial packet: which there are, and the start of the handshake from its CRYPTO frames (RFC 9000 section 19).
import { FieldReader } from './field-reader.ts';
import type { FieldSink } from './layer.ts';
import { handshakeMessages } from './tls-handshake.ts';

const maxFrames = 256;

/** Variable-length integer (RFC 9000 section 16); what does not fit into 2^53 cannot be a length or an offset here and turns the reader short. */
export const variable = (reader: FieldReader): number => {
  if (!reader.has(1)) return 0;
  const first = reader.bytes[reader.at] ?? 0;
  const size = 1 << (first >> 6);
  if (size < 8) return reader.number(size) % 2 ** (8 * size - 2);
  const high = reader.number(4) % 0x40000000;
  const low = reader.number(4);
  if (high >= 0x200000) reader.short = true;
  return reader.has(0) ? high * 0x1_0000_0000 + low : 0;
};

interface Piece {
  offset: number;
  bytes: Uint8Array;
}

const ack = (reader: FieldReader, type: number): void => {
  variable(reader);
  variable(reader);
  const ranges = variable(reader);
  variable(reader);
  for (let index = 0; index < ranges && reader.left > 0; index += 1) {
    variable(reader);
    variable(reader);
  }
  if (type === 3) for (let index = 0; index < 3; index += 1) variable(reader);
};

const crypto = (reader: FieldReader, pieces: Piece[]): void => {
  const offset = variable(reader);
  const length = variable(reader);
  const bytes = reader.take(length);
  if (!reader.has(0)) return;
  reader.field('quic.crypto.offset', offset);
  reader.field('quic.crypto.length', length);
  pieces.push({ offset, bytes });
};

const close = (reader: FieldReader): void => {
  reader.field('quic.cc.error_code', variable(reader));
  reader.field('quic.cc.frame_type', variable(reader));
  const length = variable(reader);
  reader.text('quic.cc.reason_phrase', length);
};

/** What is there without a gap from the stream's first byte. */
const joined = (pieces: readonly Piece[]): Uint8Array => {
  const total = pieces.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const stream = new Uint8Array(total);
  let end = 0;
  for (const { offset, bytes } of pieces.toSorted((one, other) => one.offset - other.offset)) {
    if (offset > end) break;
    const fresh = bytes.subarray(Math.min(end - offset, bytes.length));
    stream.set(fresh, end);
    end += fresh.length;
  }
  return stream.subarray(0, end);
};

/** Frames in the order of the packet; padding counts once a run. */
const readFrames = (reader: FieldReader): Piece[] => {
  const pieces: Piece[] = [];
  for (let count = 0; count < maxFrames && reader.left > 0; count += 1) {
    const type = variable(reader);
    reader.field('quic.frame_type', type);
    if (type === 0) while (reader.left > 0 && reader.bytes[reader.at] === 0) reader.at += 1;
    else if (type === 2 || type === 3) ack(reader, type);
    else if (type === 6) crypto(reader, pieces);
    else if (type === 0x1c) {
      close(reader);
      break;
    } else if (type !== 1) break;
  }
  return pieces;
};

export const initialFrames = (payload: Uint8Array, sink: FieldSink): void => {
  const stream = joined(readFrames(new FieldReader(payload, 0, payload.length, sink)));
  if (stream.length === 0) return;
  const handshake = new FieldReader(stream, 0, stream.length, sink);
  handshakeMessages(handshake);
  if (!handshake.has(0)) sink.note('The handshake continues in another packet.');
};
