// The Internet checksum (RFC 1071), with the pseudo header of IPv4 (RFC 793) and IPv6 (RFC 8200).
import type { FieldSink, LayerInput } from './layer.ts';
import { u16 } from './read.ts';

/** Status values as Wireshark's. */
export const BAD = 0;
const GOOD = 1;
export const UNVERIFIED = 2;

const sumOf = (view: DataView, from: number, to: number, start: number): number => {
  let sum = start;
  let at = from;
  for (; at + 1 < to; at += 2) sum += view.getUint16(at);
  if (at < to) sum += view.getUint8(at) * 256;
  return sum;
};

const fold = (sum: number): number => {
  let folded = sum;
  while (folded > 0xffff) folded = (folded % 0x10000) + Math.floor(folded / 0x10000);
  return folded;
};

/** Whether the header's own checksum is right; the bytes must be there. */
export const plainStatus = ({ view, at }: LayerInput, length: number): number =>
  fold(sumOf(view, at, at + length, 0)) === 0xffff ? GOOD : BAD;

/** The fields of a checksum behind type and code, as ICMP and IGMP have it. */
export const messageChecksum = (input: LayerInput, sink: FieldSink, layer: string, status: number): void => {
  sink.field(`${layer}.checksum`, u16(input, 2));
  sink.field(`${layer}.checksum.status`, status);
  if (status === BAD) sink.note('The checksum is wrong.');
};

const sumOfBytes = (bytes: Uint8Array): number => {
  let sum = 0;
  for (const [index, byte] of bytes.entries()) sum += index % 2 === 0 ? byte * 256 : byte;
  return sum;
};

/**
 * Status of a transport checksum over `length` bytes. Unverified without addresses (a fragment, a quoted packet) or where the capture cut it.
 * `partial`: only the sum of the pseudo header is there, as in packets captured before the network card wrote the checksum.
 */
export const transportStatus = (
  input: LayerInput,
  protocol: number,
  length: number,
): { status: number; partial: boolean } => {
  const { source, destination, quoted } = input.context;
  if (source === undefined || destination === undefined || quoted === true || input.at + length > input.end)
    return { status: UNVERIFIED, partial: false };
  const pseudo = fold(sumOfBytes(source) + sumOfBytes(destination) + protocol + fold(length));
  const found = fold(sumOf(input.view, input.at, input.at + length, pseudo));
  const at = input.at + (protocol === 6 ? 16 : 6);
  const partial = (protocol === 6 || protocol === 17) && input.view.getUint16(at) === pseudo;
  return { status: found === 0xffff ? GOOD : BAD, partial };
};
