// IPv4 (RFC 791, 2474, 3168). A fragment is shown as it is: what it carries is decoded only in an unfragmented packet.
import { BAD, plainStatus, UNVERIFIED } from './checksum.ts';
import { ipOptions } from './ip-options.ts';
import type { FieldSink, Layer, LayerInput, Next } from './layer.ts';
import { ipProtocolLayer } from './numbers.ts';
import { after, bytesAt, flag, has, left, spec, u16, u8, uint } from './read.ts';

const headerFields = (input: LayerInput, headerLength: number, sink: FieldSink): void => {
  const fragment = u16(input, 6);
  sink.field('ip.version', u8(input, 0) >> 4);
  sink.field('ip.hdr_len', headerLength);
  sink.field('ip.dsfield', u8(input, 1));
  sink.field('ip.dsfield.dscp', u8(input, 1) >> 2);
  sink.field('ip.dsfield.ecn', u8(input, 1) & 3);
  sink.field('ip.len', u16(input, 2));
  sink.field('ip.id', u16(input, 4));
  sink.field('ip.flags', fragment >> 13);
  sink.field('ip.flags.rb', (fragment & 0x8000) !== 0);
  sink.field('ip.flags.df', (fragment & 0x4000) !== 0);
  sink.field('ip.flags.mf', (fragment & 0x2000) !== 0);
  sink.field('ip.frag_offset', fragment & 0x1fff);
  sink.field('ip.ttl', u8(input, 8));
  sink.field('ip.proto', u8(input, 9));
  sink.field('ip.checksum', u16(input, 10));
};

const addressFields = ({ context: { source, destination } }: LayerInput, sink: FieldSink): void => {
  if (source === undefined || destination === undefined) return;
  sink.field('ip.src', source);
  sink.field('ip.addr', source);
  sink.field('ip.dst', destination);
  sink.field('ip.addr', destination);
};

const checksumField = (input: LayerInput, headerLength: number, sink: FieldSink): void => {
  if (sink.wants?.('ip.checksum.status') === false) return;
  const complete = headerLength >= 20 && left(input) >= headerLength;
  const status = complete ? plainStatus(input, headerLength) : UNVERIFIED;
  sink.field('ip.checksum.status', status);
  if (status === BAD)
    sink.note(
      u16(input, 10) === 0
        ? 'The header checksum is 0: offloaded to the network card.'
        : 'The header checksum is wrong.',
    );
};

/** Total length as said; what the packet has where it says 0: a segment larger than 64 KiB, captured before it was cut. */
const totalLength = (input: LayerInput, sink: FieldSink): number => {
  const total = u16(input, 2);
  const onWire = input.wire - input.at;
  if (total > onWire && input.context.quoted !== true)
    sink.note(`The total length of ${total} bytes is more than the packet's ${onWire}.`);
  return total === 0 ? Infinity : total;
};

const follow = (input: LayerInput, headerLength: number, sink: FieldSink): Next | undefined => {
  const total = totalLength(input, sink);
  if (total < headerLength) {
    sink.note(`The total length of ${total} bytes is less than the header.`);
    return undefined;
  }
  const protocol = u8(input, 9);
  const length = total - headerLength;
  if ((u16(input, 6) & 0x3fff) === 0) return after(input, headerLength, ipProtocolLayer(protocol), protocol, length);
  sink.note('A fragment: what it carries is not put together.');
  return after(input, headerLength, 'data', protocol, length);
};

export const ip: Layer = {
  name: 'ip',
  title: 'Internet Protocol Version 4',
  fields: {
    'ip.version': uint('Version'),
    'ip.hdr_len': uint('Header length'),
    'ip.dsfield': uint('Differentiated services field'),
    'ip.dsfield.dscp': uint('DSCP'),
    'ip.dsfield.ecn': uint('ECN'),
    'ip.len': uint('Total length'),
    'ip.id': uint('Identification'),
    'ip.flags': uint('Flags'),
    'ip.flags.rb': flag('Reserved bit'),
    'ip.flags.df': flag("Don't fragment"),
    'ip.flags.mf': flag('More fragments'),
    'ip.frag_offset': uint('Fragment offset in units of 8 bytes'),
    'ip.ttl': uint('Time to live'),
    'ip.proto': uint('Protocol'),
    'ip.checksum': uint('Header checksum'),
    'ip.checksum.status': uint('Header checksum: 0 bad, 1 good, 2 not verified'),
    'ip.src': spec('ipv4', 'Source'),
    'ip.dst': spec('ipv4', 'Destination'),
    'ip.addr': spec('ipv4', 'Source or destination'),
    'ip.opt.type': uint('Option'),
    'ip.opt.len': uint('Option length'),
    'ip.opt.ptr': uint('Option pointer'),
    'ip.opt.ra': uint('Router alert'),
    'ip.rec_rt': spec('ipv4', 'Recorded route'),
    'ip.src_rt': spec('ipv4', 'Source route'),
  },
  decode: (input, sink) => {
    if (!has(input, 20, sink)) return undefined;
    const headerLength = (u8(input, 0) & 15) * 4;
    input.context.source = bytesAt(input, 12, 4);
    input.context.destination = bytesAt(input, 16, 4);
    if (!input.brief) {
      headerFields(input, headerLength, sink);
      checksumField(input, headerLength, sink);
      addressFields(input, sink);
    }
    if (u8(input, 0) >> 4 !== 4 || headerLength < 20) {
      sink.note('Not the version or the header length of IPv4.');
      return undefined;
    }
    if (!has(input, headerLength, sink)) return undefined;
    if (!input.brief && headerLength > 20) ipOptions(input, headerLength, sink);
    return follow(input, headerLength, sink);
  },
};
