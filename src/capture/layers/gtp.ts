// GTP-U version 1 (3GPP TS 29.281): user packets in mobile networks, with extension headers.
import type { Layer, LayerInput, Next } from './layer.ts';
import { after, flag, has, left, u16, u32, u8, uint } from './read.ts';

const port = 2152;
const gPdu = 255;

/** Behind the chain of extension headers, whose lengths count units of 4 bytes; undefined when it is cut or does not move. */
const behindExtensions = (input: LayerInput): number | undefined => {
  let at = 12;
  let next = u8(input, 11);
  while (next !== 0) {
    if (left(input) <= at) return undefined;
    const length = u8(input, at) * 4;
    if (length === 0 || left(input) < at + length) return undefined;
    next = u8(input, at + length - 1);
    at += length;
  }
  return at;
};

const follow = (input: LayerInput, header: number): Next | undefined => {
  if (u8(input, 1) !== gPdu || left(input) <= header) return undefined;
  const version = u8(input, header) >> 4;
  return after(input, header, version === 4 ? 'ip' : version === 6 ? 'ipv6' : 'data', 0, 8 + u16(input, 2) - header);
};

export const gtp: Layer = {
  name: 'gtp',
  title: 'GPRS Tunneling Protocol',
  fields: {
    'gtp.flags': uint('Flags'),
    'gtp.flags.version': uint('Version'),
    'gtp.flags.e': flag('Has extension headers'),
    'gtp.flags.s': flag('Has a sequence number'),
    'gtp.flags.pn': flag('Has an N-PDU number'),
    'gtp.message': uint('Message: 255 is a user packet'),
    'gtp.length': uint('Length'),
    'gtp.teid': uint('Tunnel'),
    'gtp.seq_number': uint('Sequence number'),
    'gtp.npdu_number': uint('N-PDU number'),
  },
  claims: (transport, { context }) =>
    transport === 'udp' && (context.destinationPort === port || context.sourcePort === port),
  decode: (input, sink) => {
    if (!has(input, 8, sink)) return undefined;
    const flags = u8(input, 0);
    sink.field('gtp.flags', flags);
    sink.field('gtp.flags.version', flags >> 5);
    sink.field('gtp.flags.e', (flags & 4) !== 0);
    sink.field('gtp.flags.s', (flags & 2) !== 0);
    sink.field('gtp.flags.pn', (flags & 1) !== 0);
    sink.field('gtp.message', u8(input, 1));
    sink.field('gtp.length', u16(input, 2));
    sink.field('gtp.teid', u32(input, 4));
    if (flags >> 4 !== 3) {
      sink.note('Not version 1 of GTP: not looked into.');
      return undefined;
    }
    if ((flags & 7) === 0) return follow(input, 8);
    if (!has(input, 12, sink)) return undefined;
    if ((flags & 2) !== 0) sink.field('gtp.seq_number', u16(input, 8));
    if ((flags & 1) !== 0) sink.field('gtp.npdu_number', u8(input, 10));
    const header = (flags & 4) === 0 ? 12 : behindExtensions(input);
    if (header === undefined) {
      sink.note('The extension headers do not end.');
      return undefined;
    }
    return follow(input, header);
  },
};
