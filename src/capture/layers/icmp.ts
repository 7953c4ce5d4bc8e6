// ICMP (RFC 792, 4884). An error goes on with the packet that it quotes.
import { messageChecksum, plainStatus, UNVERIFIED } from './checksum.ts';
import type { FieldSink, Layer, LayerInput, Next } from './layer.ts';
import { after, bytesAt, has, left, spec, u16, u32, u8, uint } from './read.ts';

const unreachable = 3;
const redirect = 5;
const parameter = 12;
const errors: ReadonlySet<number> = new Set([unreachable, 4, redirect, 11, parameter]);
const echo: ReadonlySet<number> = new Set([0, 8]);
/** Timestamp and its reply. */
const timestamps: ReadonlySet<number> = new Set([13, 14]);
/** With identifier and sequence number: those, information and address mask. */
const numbered: ReadonlySet<number> = new Set([0, 8, 13, 14, 15, 16, 17, 18]);

const checksum = (input: LayerInput, sink: FieldSink): void => {
  const whole = input.wire === input.end && input.context.quoted !== true;
  messageChecksum(input, sink, 'icmp', whole ? plainStatus(input, left(input)) : UNVERIFIED);
};

const detail = (input: LayerInput, type: number, sink: FieldSink): void => {
  if (numbered.has(type)) {
    sink.field('icmp.ident', u16(input, 4));
    sink.field('icmp.seq', u16(input, 6));
  }
  if (type === unreachable && u8(input, 1) === 4) sink.field('icmp.mtu', u16(input, 6));
  if (type === redirect) sink.field('icmp.redir_gw', bytesAt(input, 4, 4));
  if (type === parameter) sink.field('icmp.pointer', u8(input, 4));
  if (timestamps.has(type) && left(input) >= 20) {
    sink.field('icmp.originate_timestamp', u32(input, 8));
    sink.field('icmp.receive_timestamp', u32(input, 12));
    sink.field('icmp.transmit_timestamp', u32(input, 16));
  }
};

const follow = (input: LayerInput, type: number): Next | undefined => {
  if (left(input) <= 8) return undefined;
  if (echo.has(type)) return after(input, 8, 'data');
  // An error is never sent about an error: what a quoted one quotes is not looked at.
  if (!errors.has(type) || input.context.quoted === true) return undefined;
  input.context.quoted = true;
  // The length of the quoted packet in words, where extensions follow it (RFC 4884).
  const words = type === redirect || type === 4 ? 0 : u8(input, 5);
  return after(input, 8, 'ip', 0, words === 0 ? Infinity : words * 4);
};

export const icmp: Layer = {
  name: 'icmp',
  title: 'Internet Control Message Protocol',
  fields: {
    'icmp.type': uint('Type: 0 echo reply, 3 unreachable, 5 redirect, 8 echo request, 11 time exceeded'),
    'icmp.code': uint('Code'),
    'icmp.checksum': uint('Checksum'),
    'icmp.checksum.status': uint('Checksum: 0 bad, 1 good, 2 not verified'),
    'icmp.ident': uint('Identifier'),
    'icmp.seq': uint('Sequence number'),
    'icmp.mtu': uint('MTU of the next hop'),
    'icmp.redir_gw': spec('ipv4', 'Better gateway'),
    'icmp.pointer': uint('Byte with the problem'),
    'icmp.originate_timestamp': uint('Sent, milliseconds since midnight UTC'),
    'icmp.receive_timestamp': uint('Received, milliseconds since midnight UTC'),
    'icmp.transmit_timestamp': uint('Answered, milliseconds since midnight UTC'),
  },
  decode: (input, sink) => {
    if (!has(input, 4, sink)) return undefined;
    const type = u8(input, 0);
    sink.field('icmp.type', type);
    sink.field('icmp.code', u8(input, 1));
    if (!input.brief) checksum(input, sink);
    if (!has(input, 8, sink)) return undefined;
    detail(input, type, sink);
    return follow(input, type);
  },
};
