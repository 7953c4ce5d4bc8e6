// GRE (RFC 2784, 2890) and its version 1 of PPTP (RFC 2637).
import type { FieldSink, Layer, LayerInput } from './layer.ts';
import { tunnelLayer } from './numbers.ts';
import { after, flag, has, u16, u32, u8, uint } from './read.ts';

const CHECKSUM = 0x8000;
const ROUTING = 0x4000;
const KEY = 0x2000;
const SEQUENCE = 0x1000;
const ACK = 0x80;
const erspanType = 0x88be;
/** Announced to ERSPAN: there is no header of its own without a sequence number (type I). */
export const ERSPAN_TYPE_I = 0x10000;

const flagFields = (flags: number, sink: FieldSink): void => {
  sink.field('gre.flags_and_version', flags);
  sink.field('gre.flags.checksum', (flags & CHECKSUM) !== 0);
  sink.field('gre.flags.routing', (flags & ROUTING) !== 0);
  sink.field('gre.flags.key', (flags & KEY) !== 0);
  sink.field('gre.flags.sequence_number', (flags & SEQUENCE) !== 0);
  sink.field('gre.flags.version', flags & 7);
};

/** Behind the list of source routes (RFC 1701), which an entry of length 0 ends; undefined when it does not end. */
const behindRoutes = (input: LayerInput, from: number, sink: FieldSink): number | undefined => {
  for (let at = from; has(input, at + 4, sink); at += 4 + u8(input, at + 3))
    if (u16(input, at) === 0 && u8(input, at + 3) === 0) return at + 4;
  return undefined;
};

/** Key, sequence and acknowledgment numbers; answers with where the header ends. */
const numbers = (input: LayerInput, from: number, sink: FieldSink): number | undefined => {
  const flags = u16(input, 0);
  const pptp = (flags & 7) === 1;
  let at = from;
  for (const [bit, name] of [
    [KEY, 'gre.key'],
    [SEQUENCE, 'gre.sequence_number'],
    [ACK, 'gre.ack_number'],
  ] as const) {
    if ((flags & bit) === 0 || (bit === ACK && !pptp)) continue;
    if (!has(input, at + 4, sink)) return undefined;
    if (bit !== KEY || !pptp) sink.field(name, u32(input, at));
    else {
      sink.field('gre.key.payload_length', u16(input, at));
      sink.field('gre.key.call_id', u16(input, at + 2));
    }
    at += 4;
  }
  return at;
};

export const gre: Layer = {
  name: 'gre',
  title: 'Generic Routing Encapsulation',
  fields: {
    'gre.flags_and_version': uint('Flags and version'),
    'gre.flags.checksum': flag('Has a checksum'),
    'gre.flags.routing': flag('Has routes'),
    'gre.flags.key': flag('Has a key'),
    'gre.flags.sequence_number': flag('Has a sequence number'),
    'gre.flags.version': uint('Version'),
    'gre.proto': uint('EtherType of the payload'),
    'gre.checksum': uint('Checksum'),
    'gre.key': uint('Key'),
    'gre.key.payload_length': uint('Payload length (PPTP)'),
    'gre.key.call_id': uint('Call (PPTP)'),
    'gre.sequence_number': uint('Sequence number'),
    'gre.ack_number': uint('Acknowledgment number (PPTP)'),
  },
  decode: (input, sink) => {
    if (!has(input, 4, sink)) return undefined;
    const flags = u16(input, 0);
    const type = u16(input, 2);
    if (!input.brief) flagFields(flags, sink);
    sink.field('gre.proto', type);
    let at: number | undefined = 4;
    if ((flags & (CHECKSUM | ROUTING)) !== 0) {
      if (!has(input, 8, sink)) return undefined;
      if ((flags & CHECKSUM) !== 0) sink.field('gre.checksum', u16(input, 4));
      at = 8;
    }
    at = numbers(input, at, sink);
    if (at !== undefined && (flags & ROUTING) !== 0) at = behindRoutes(input, at, sink);
    if (at === undefined) return undefined;
    const bare = type === erspanType && (flags & SEQUENCE) === 0;
    return after(input, at, tunnelLayer(type), bare ? ERSPAN_TYPE_I : type);
  },
};
