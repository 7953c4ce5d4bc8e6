// IPv6 (RFC 8200): the fixed header. Extension headers are layers of their own (ipv6-extensions.ts).
import type { FieldSink, Layer, LayerInput } from './layer.ts';
import { nextHeaderLayer } from './numbers.ts';
import { after, bytesAt, has, spec, u16, u24, u32, u8, uint } from './read.ts';

const headerFields = (input: LayerInput, sink: FieldSink): void => {
  const first = u32(input, 0);
  const trafficClass = (first >>> 20) & 0xff;
  const { source, destination } = input.context;
  sink.field('ipv6.version', first >>> 28);
  sink.field('ip.version', first >>> 28);
  sink.field('ipv6.tclass', trafficClass);
  sink.field('ipv6.tclass.dscp', trafficClass >> 2);
  sink.field('ipv6.tclass.ecn', trafficClass & 3);
  sink.field('ipv6.flow', u24(input, 1) & 0xfffff);
  sink.field('ipv6.plen', u16(input, 4));
  sink.field('ipv6.nxt', u8(input, 6));
  sink.field('ipv6.hlim', u8(input, 7));
  if (source === undefined || destination === undefined) return;
  sink.field('ipv6.src', source);
  sink.field('ipv6.addr', source);
  sink.field('ipv6.dst', destination);
  sink.field('ipv6.addr', destination);
};

export const ipv6: Layer = {
  name: 'ipv6',
  title: 'Internet Protocol Version 6',
  fields: {
    'ipv6.version': uint('Version'),
    'ip.version': uint('Version of either IP'),
    'ipv6.tclass': uint('Traffic class'),
    'ipv6.tclass.dscp': uint('DSCP'),
    'ipv6.tclass.ecn': uint('ECN'),
    'ipv6.flow': uint('Flow label'),
    'ipv6.plen': uint('Payload length'),
    'ipv6.nxt': uint('Next header'),
    'ipv6.hlim': uint('Hop limit'),
    'ipv6.src': spec('ipv6', 'Source'),
    'ipv6.dst': spec('ipv6', 'Destination'),
    'ipv6.addr': spec('ipv6', 'Source or destination'),
  },
  decode: (input, sink) => {
    if (!has(input, 40, sink)) return undefined;
    input.context.source = bytesAt(input, 8, 16);
    input.context.destination = bytesAt(input, 24, 16);
    if (!input.brief) headerFields(input, sink);
    if (u8(input, 0) >> 4 !== 6) {
      sink.note('Not the version of IPv6.');
      return undefined;
    }
    const length = u16(input, 4);
    const onWire = input.wire - input.at - 40;
    if (length > onWire && input.context.quoted !== true)
      sink.note(`The payload length of ${length} bytes is more than the packet's ${onWire}.`);
    const next = u8(input, 6);
    // 0 is a jumbogram (RFC 2675), or a segment larger than 64 KiB, captured before it was cut.
    return after(input, 40, nextHeaderLayer(next), next, length === 0 ? Infinity : length);
  },
};
