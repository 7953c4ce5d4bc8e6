// VLAN tags: 802.1Q, and 802.1ad with the provider's tag (QinQ).
import type { FieldSink, Layer, LayerInput, Next } from './layer.ts';
import { etherTypeLayer } from './numbers.ts';
import { after, flag, has, u16, uint } from './read.ts';

const follow = (input: LayerInput): Next => {
  const type = u16(input, 2);
  return type <= 1500 ? after(input, 4, 'llc', type, type) : after(input, 4, etherTypeLayer(type), type);
};

export const vlan: Layer = {
  name: 'vlan',
  title: '802.1Q Virtual LAN',
  fields: {
    'vlan.priority': uint('Priority'),
    'vlan.dei': flag('May be dropped first'),
    'vlan.id': uint('VLAN'),
    'vlan.etype': uint('EtherType'),
    'vlan.len': uint('Length (802.3)'),
  },
  decode: (input, sink) => {
    if (!has(input, 4, sink)) return undefined;
    const tag = u16(input, 0);
    const type = u16(input, 2);
    sink.field('vlan.priority', tag >> 13);
    sink.field('vlan.dei', (tag & 0x1000) !== 0);
    sink.field('vlan.id', tag & 0xfff);
    sink.field(type <= 1500 ? 'vlan.len' : 'vlan.etype', type);
    return follow(input);
  },
};

const providerFields = (tag: number, sink: FieldSink): void => {
  sink.field('ieee8021ad.priority', tag >> 13);
  sink.field('ieee8021ad.dei', (tag >> 12) & 1);
  sink.field('ieee8021ad.id', tag & 0xfff);
};

export const ieee8021ad: Layer = {
  name: 'ieee8021ad',
  title: 'IEEE 802.1ad',
  fields: {
    'ieee8021ad.priority': uint('Priority'),
    'ieee8021ad.dei': uint('May be dropped first'),
    'ieee8021ad.id': uint("Provider's VLAN"),
  },
  decode: (input, sink) => {
    if (!has(input, 4, sink)) return undefined;
    providerFields(u16(input, 0), sink);
    return follow(input);
  },
};
