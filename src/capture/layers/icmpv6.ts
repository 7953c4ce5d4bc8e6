// ICMPv6 (RFC 4443). An error goes on with the packet that it quotes.
import { messageChecksum, transportStatus } from './checksum.ts';
import { discovery, discoveryFields } from './icmpv6-discovery.ts';
import type { FieldSink, Layer, LayerInput, Next } from './layer.ts';
import { after, has, left, u16, u32, u8, uint } from './read.ts';

const tooBig = 2;
const parameter = 4;
const echo: ReadonlySet<number> = new Set([128, 129]);

const detail = (input: LayerInput, type: number, sink: FieldSink): void => {
  if (echo.has(type)) {
    sink.field('icmpv6.echo.identifier', u16(input, 4));
    sink.field('icmpv6.echo.sequence_number', u16(input, 6));
  } else if (type === tooBig) sink.field('icmpv6.mtu', u32(input, 4));
  else if (type === parameter) sink.field('icmpv6.pointer', u32(input, 4));
  else discovery(input, type, sink);
};

const follow = (input: LayerInput, type: number): Next | undefined => {
  if (left(input) <= 8) return undefined;
  if (echo.has(type)) return after(input, 8, 'data');
  if (type < 1 || type > parameter || input.context.quoted === true) return undefined;
  input.context.quoted = true;
  return after(input, 8, 'ipv6');
};

export const icmpv6: Layer = {
  name: 'icmpv6',
  title: 'Internet Control Message Protocol v6',
  fields: {
    'icmpv6.type': uint('Type: 1 unreachable, 2 too big, 3 time exceeded, 128 echo request, 133 to 137 discovery'),
    'icmpv6.code': uint('Code'),
    'icmpv6.checksum': uint('Checksum'),
    'icmpv6.checksum.status': uint('Checksum: 0 bad, 1 good, 2 not verified'),
    'icmpv6.mtu': uint('MTU of the next hop'),
    'icmpv6.pointer': uint('Byte with the problem'),
    'icmpv6.echo.identifier': uint('Identifier'),
    'icmpv6.echo.sequence_number': uint('Sequence number'),
    ...discoveryFields,
  },
  decode: (input, sink) => {
    if (!has(input, 4, sink)) return undefined;
    const type = u8(input, 0);
    sink.field('icmpv6.type', type);
    sink.field('icmpv6.code', u8(input, 1));
    if (!input.brief) messageChecksum(input, sink, 'icmpv6', transportStatus(input, 58, input.wire - input.at).status);
    if (!has(input, 8, sink)) return undefined;
    if (!input.brief) detail(input, type, sink);
    return follow(input, type);
  },
};
