// UDP (RFC 768). Who carries on is asked of the layers that claim ports.
import { BAD, transportStatus, UNVERIFIED } from './checksum.ts';
import { PAYLOAD, type FieldSink, type Layer, type LayerInput } from './layer.ts';
import { after, bytesAt, flag, has, left, spec, u16, uint } from './read.ts';

const checksumFields = (input: LayerInput, length: number, sink: FieldSink): void => {
  sink.field('udp.checksum', u16(input, 6));
  if (sink.wants?.('udp.checksum.status') === false) return;
  if (u16(input, 6) === 0) {
    // RFC 8200 8.1: IPv6 has no checksum of its own, so UDP must have one.
    const illegal = input.context.source?.length === 16 && input.context.quoted !== true;
    sink.field('udp.checksum.status', illegal ? 4 : 3);
    if (illegal) sink.note('There is no checksum, which IPv6 wants.');
    return;
  }
  const { status, partial } = length < 8 ? { status: UNVERIFIED, partial: false } : transportStatus(input, 17, length);
  sink.field('udp.checksum.status', status);
  if (status === BAD) sink.note(partial ? 'The checksum was left to the network card.' : 'The checksum is wrong.');
};

export const udp: Layer = {
  name: 'udp',
  title: 'User Datagram Protocol',
  fields: {
    'udp.srcport': uint('Source port'),
    'udp.dstport': uint('Destination port'),
    'udp.port': uint('Source or destination port'),
    'udp.length': uint('Length, header included'),
    'udp.checksum': uint('Checksum'),
    'udp.checksum.status': uint('Checksum: 0 bad, 1 good, 2 not verified, 3 not sent, 4 not sent in IPv6'),
    'udp.payload': spec('bytes', 'Payload'),
    'udp.length.bad': flag('Length is impossible'),
  },
  decode: (input, sink) => {
    if (!has(input, 8, sink)) return undefined;
    const { context } = input;
    context.sourcePort = u16(input, 0);
    context.destinationPort = u16(input, 2);
    const said = u16(input, 4);
    // 0 is a datagram larger than 64 KiB (RFC 2675), or one before segmentation by the network card.
    const length = said === 0 ? input.wire - input.at : said;
    if (!input.brief) {
      for (const [name, port] of [
        ['udp.srcport', context.sourcePort],
        ['udp.dstport', context.destinationPort],
      ] as const) {
        sink.field(name, port);
        sink.field('udp.port', port);
      }
      sink.field('udp.length', said);
      checksumFields(input, length, sink);
      if (left(input) > 8 && length > 8) sink.field('udp.payload', bytesAt(input, 8, length - 8));
    }
    if (length < 8 || (length > input.wire - input.at && context.quoted !== true)) {
      sink.note(`The length of ${length} bytes is not that of the datagram.`);
      sink.field('udp.length.bad', true);
    }
    return after(input, 8, PAYLOAD, 17, Math.max(0, length - 8));
  },
};
