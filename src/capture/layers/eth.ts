// Ethernet II and 802.3 (IEEE 802.3): addresses and EtherType, or a length and LLC.
import type { FieldSink, Layer, LayerInput } from './layer.ts';
import { etherTypeLayer } from './numbers.ts';
import { after, bytesAt, has, spec, u16, u8, uint } from './read.ts';

const addressFields = (input: LayerInput, sink: FieldSink): void => {
  for (const [offset, side] of [
    [0, 'eth.dst'],
    [6, 'eth.src'],
  ] as const) {
    const address = bytesAt(input, offset, 6);
    sink.field(side, address);
    sink.field('eth.addr', address);
    sink.field(`${side}.ig`, (u8(input, offset) & 1) !== 0);
    sink.field(`${side}.lg`, (u8(input, offset) & 2) !== 0);
  }
};

export const eth: Layer = {
  name: 'eth',
  title: 'Ethernet',
  fields: {
    'eth.dst': spec('ether', 'Destination'),
    'eth.src': spec('ether', 'Source'),
    'eth.addr': spec('ether', 'Source or destination'),
    'eth.dst.ig': spec('boolean', 'Destination is a group'),
    'eth.dst.lg': spec('boolean', 'Destination is locally administered'),
    'eth.src.ig': spec('boolean', 'Source is a group'),
    'eth.src.lg': spec('boolean', 'Source is locally administered'),
    'eth.type': uint('EtherType'),
    'eth.len': uint('Length (802.3)'),
  },
  decode: (input, sink) => {
    if (!has(input, 14, sink)) return undefined;
    const type = u16(input, 12);
    if (!input.brief) {
      addressFields(input, sink);
      sink.field(type <= 1500 ? 'eth.len' : 'eth.type', type);
    }
    return type <= 1500 ? after(input, 14, 'llc', type, type) : after(input, 14, etherTypeLayer(type), type);
  },
};
