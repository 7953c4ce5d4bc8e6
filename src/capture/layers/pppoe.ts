// PPP over Ethernet (RFC 2516): the discovery stage with its tags, and the session stage around PPP.
import type { FieldSink, FieldSpecs, Layer, LayerInput } from './layer.ts';
import { after, bytesAt, has, left, spec, textAt, u16, u8, uint } from './read.ts';

const common: FieldSpecs = {
  'pppoe.version': uint('Version'),
  'pppoe.type': uint('Type'),
  'pppoe.code': uint('Code: 0 session data, 9 PADI, 7 PADO, 25 PADR, 101 PADS, 167 PADT'),
  'pppoe.session_id': uint('Session'),
  'pppoe.payload_length': uint('Payload length'),
};

const header = (input: LayerInput, sink: FieldSink): void => {
  sink.field('pppoe.version', u8(input, 0) >> 4);
  sink.field('pppoe.type', u8(input, 0) & 15);
  sink.field('pppoe.code', u8(input, 1));
  sink.field('pppoe.session_id', u16(input, 2));
  sink.field('pppoe.payload_length', u16(input, 4));
};

const texts: Readonly<Record<number, string>> = {
  0x0101: 'pppoed.tags.service_name',
  0x0102: 'pppoed.tags.ac_name',
  0x0201: 'pppoed.tags.service_name_error',
  0x0202: 'pppoed.tags.ac_system_error',
  0x0203: 'pppoed.tags.generic_error',
};

const opaque: Readonly<Record<number, string>> = { 0x0103: 'pppoed.tags.host_uniq', 0x0104: 'pppoed.tags.ac_cookie' };

const tags = (input: LayerInput, end: number, sink: FieldSink): void => {
  for (let at = 6; at + 4 <= end;) {
    const tag = u16(input, at);
    const length = u16(input, at + 2);
    const text = texts[tag];
    const bytes = opaque[tag];
    if (text !== undefined && length > 0) sink.field(text, textAt(input, at + 4, length));
    if (bytes !== undefined) sink.field(bytes, bytesAt(input, at + 4, length));
    if (tag === 0) return;
    at += 4 + length;
  }
};

export const pppoed: Layer = {
  name: 'pppoed',
  title: 'PPP-over-Ethernet Discovery',
  leaf: true,
  fields: {
    ...common,
    'pppoed.tags.service_name': spec('string', 'Service name'),
    'pppoed.tags.ac_name': spec('string', 'Access concentrator'),
    'pppoed.tags.service_name_error': spec('string', 'Error of the service name'),
    'pppoed.tags.ac_system_error': spec('string', 'Error of the access concentrator'),
    'pppoed.tags.generic_error': spec('string', 'Error'),
    'pppoed.tags.host_uniq': spec('bytes', 'Host-Uniq'),
    'pppoed.tags.ac_cookie': spec('bytes', 'AC-Cookie'),
  },
  decode: (input, sink) => {
    if (!has(input, 6, sink)) return undefined;
    header(input, sink);
    tags(input, Math.min(left(input), 6 + u16(input, 4)), sink);
    return undefined;
  },
};

export const pppoes: Layer = {
  name: 'pppoes',
  title: 'PPP-over-Ethernet Session',
  fields: common,
  decode: (input, sink) => {
    if (!has(input, 6, sink)) return undefined;
    header(input, sink);
    return after(input, 6, 'ppp', 0, u16(input, 4));
  },
};
