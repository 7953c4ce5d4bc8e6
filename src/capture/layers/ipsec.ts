// IPsec: the headers of ESP (RFC 4303), whose payload is encrypted, and AH (RFC 4302).
import type { Layer } from './layer.ts';
import { nextHeaderLayer } from './numbers.ts';
import { after, bytesAt, has, spec, u32, u8, uint } from './read.ts';

export const esp: Layer = {
  name: 'esp',
  title: 'Encapsulating Security Payload',
  leaf: true,
  fields: { 'esp.spi': uint('Security parameters index'), 'esp.sequence': uint('Sequence number') },
  decode: (input, sink) => {
    if (!has(input, 8, sink)) return undefined;
    sink.field('esp.spi', u32(input, 0));
    sink.field('esp.sequence', u32(input, 4));
    return undefined;
  },
};

export const ah: Layer = {
  name: 'ah',
  title: 'Authentication Header',
  fields: {
    'ah.next_header': uint('Next header'),
    'ah.length': uint('Length in units of 4 bytes, less 2'),
    'ah.spi': uint('Security parameters index'),
    'ah.sequence': uint('Sequence number'),
    'ah.icv': spec('bytes', 'Check value'),
  },
  decode: (input, sink) => {
    if (!has(input, 12, sink)) return undefined;
    const length = (u8(input, 1) + 2) * 4;
    const next = u8(input, 0);
    sink.field('ah.next_header', next);
    sink.field('ah.length', u8(input, 1));
    sink.field('ah.spi', u32(input, 4));
    sink.field('ah.sequence', u32(input, 8));
    if (length < 12 || !has(input, length, sink)) return undefined;
    sink.field('ah.icv', bytesAt(input, 12, length - 12));
    return after(input, length, nextHeaderLayer(next), next);
  },
};
