// Geneve (RFC 8926) with its options.
import type { FieldSink, Layer, LayerInput } from './layer.ts';
import { tunnelLayer } from './numbers.ts';
import { after, bytesAt, flag, has, spec, u16, u24, u8, uint } from './read.ts';

const port = 6081;

const options = (input: LayerInput, end: number, sink: FieldSink): void => {
  for (let at = 8; at + 4 <= end;) {
    const length = 4 + (u8(input, at + 3) & 0x1f) * 4;
    sink.field('geneve.option.class', u16(input, at));
    sink.field('geneve.option.type', u8(input, at + 2));
    sink.field('geneve.option.length', length);
    if (at + length > end) {
      sink.note('An option is longer than the header.');
      return;
    }
    if (length > 4) sink.field('geneve.option.unknown.data', bytesAt(input, at + 4, length - 4));
    at += length;
  }
};

export const geneve: Layer = {
  name: 'geneve',
  title: 'Generic Network Virtualization Encapsulation',
  fields: {
    'geneve.version': uint('Version'),
    'geneve.flags.oam': flag('Management'),
    'geneve.flags.critical': flag('Has critical options'),
    'geneve.proto_type': uint('EtherType of the payload'),
    'geneve.vni': uint('Network identifier'),
    'geneve.option.class': uint('Option class'),
    'geneve.option.type': uint('Option type'),
    'geneve.option.length': uint('Lengths of all options, then of each, bytes'),
    'geneve.option.unknown.data': spec('bytes', 'Option data'),
  },
  claims: (transport, { context }) =>
    transport === 'udp' && (context.destinationPort === port || context.sourcePort === port),
  decode: (input, sink) => {
    if (!has(input, 8, sink)) return undefined;
    const type = u16(input, 2);
    const header = 8 + (u8(input, 0) & 0x3f) * 4;
    sink.field('geneve.version', u8(input, 0) >> 6);
    sink.field('geneve.option.length', header - 8);
    sink.field('geneve.flags.oam', (u8(input, 1) & 0x80) !== 0);
    sink.field('geneve.flags.critical', (u8(input, 1) & 0x40) !== 0);
    sink.field('geneve.proto_type', type);
    sink.field('geneve.vni', u24(input, 4));
    if (u8(input, 0) >> 6 !== 0) {
      sink.note('An unknown version of Geneve.');
      return undefined;
    }
    if (!has(input, header, sink)) return undefined;
    if (!input.brief) options(input, header, sink);
    return after(input, header, tunnelLayer(type), type);
  },
};
