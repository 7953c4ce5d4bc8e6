// ERSPAN (draft-foschiano-erspan): mirrored Ethernet frames in GRE, types I to III.
import { ERSPAN_TYPE_I } from './gre.ts';
import type { FieldSink, Layer, LayerInput } from './layer.ts';
import { after, has, left, u16, u32, u8, uint } from './read.ts';

const common = (input: LayerInput, sink: FieldSink): void => {
  sink.field('erspan.version', u16(input, 0) >> 12);
  sink.field('erspan.vlan', u16(input, 0) & 0xfff);
  sink.field('erspan.cos', u16(input, 2) >> 13);
  sink.field('erspan.truncated', (u16(input, 2) >> 10) & 1);
  sink.field('erspan.spanid', u16(input, 2) & 0x3ff);
};

export const erspan: Layer = {
  name: 'erspan',
  title: 'Encapsulated Remote Switch Packet Analysis',
  fields: {
    'erspan.version': uint('Version: 1 is type II, 2 is type III'),
    'erspan.vlan': uint('VLAN of the mirrored frame'),
    'erspan.cos': uint('Class of service'),
    'erspan.encap': uint('How the frame was tagged'),
    'erspan.truncated': uint('The frame was cut'),
    'erspan.spanid': uint('Session'),
    'erspan.index': uint('Port index'),
    'erspan.timestamp': uint('Timestamp'),
    'erspan.sgt': uint('Security group'),
  },
  decode: (input, sink) => {
    if (input.context.announced === ERSPAN_TYPE_I) return after(input, 0, 'eth');
    if (!has(input, 8, sink)) return undefined;
    const version = u8(input, 0) >> 4;
    common(input, sink);
    if (version === 1) {
      sink.field('erspan.encap', (u16(input, 2) >> 11) & 3);
      sink.field('erspan.index', u32(input, 4) & 0xfffff);
      return after(input, 8, 'eth');
    }
    if (version !== 2 || !has(input, 12, sink)) return undefined;
    sink.field('erspan.timestamp', u32(input, 4));
    sink.field('erspan.sgt', u16(input, 8));
    // The last bit: eight more bytes follow.
    const header = (u8(input, 11) & 1) === 1 ? 20 : 12;
    if (left(input) <= header) return undefined;
    // Frame type 2: IP without Ethernet.
    if (((u8(input, 10) >> 2) & 31) !== 2) return after(input, header, 'eth');
    return after(input, header, u8(input, header) >> 4 === 6 ? 'ipv6' : 'ip');
  },
};
