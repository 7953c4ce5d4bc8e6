// TCP (RFC 9293): one segment. Sequence numbers are as sent; what its stream makes of it are the engine's verdicts (frame.ts).
import { BAD, transportStatus } from './checksum.ts';
import { PAYLOAD, type FieldSink, type Layer, type LayerInput } from './layer.ts';
import { after, bytesAt, flag, has, left, spec, u16, u32, u8, uint } from './read.ts';
import { optionFields, tcpOptions } from './tcp-options.ts';

const flagBits = { fin: 1, syn: 2, reset: 4, push: 8, ack: 16, urg: 32, ece: 64, cwr: 128, ae: 256 };

/** Names made once: every packet needs them. */
const flagFields = Object.entries(flagBits).map(([name, bit]) => ({ name: `tcp.flags.${name}`, bit }));

const checksumStatus = (input: LayerInput, sink: FieldSink): void => {
  if (sink.wants?.('tcp.checksum.status') === false) return;
  const { status, partial } = transportStatus(input, 6, input.wire - input.at);
  sink.field('tcp.checksum.status', status);
  if (status === BAD) sink.note(partial ? 'The checksum was left to the network card.' : 'The checksum is wrong.');
};

const headerFields = (input: LayerInput, headerLength: number, sink: FieldSink): void => {
  const { sourcePort, destinationPort } = input.context;
  sink.field('tcp.srcport', sourcePort);
  sink.field('tcp.port', sourcePort);
  sink.field('tcp.dstport', destinationPort);
  sink.field('tcp.port', destinationPort);
  sink.field('tcp.len', Math.max(0, input.wire - input.at - headerLength));
  sink.field('tcp.seq_raw', u32(input, 4));
  sink.field('tcp.ack_raw', u32(input, 8));
  sink.field('tcp.hdr_len', headerLength);
  const flags = u16(input, 12) & 0x0fff;
  sink.field('tcp.flags', flags);
  for (const { name, bit } of flagFields) sink.field(name, (flags & bit) !== 0);
  sink.field('tcp.window_size_value', u16(input, 14));
  sink.field('tcp.checksum', u16(input, 16));
  checksumStatus(input, sink);
  sink.field('tcp.urgent_pointer', u16(input, 18));
};

export const tcp: Layer = {
  name: 'tcp',
  title: 'Transmission Control Protocol',
  fields: {
    'tcp.srcport': uint('Source port'),
    'tcp.dstport': uint('Destination port'),
    'tcp.port': uint('Source or destination port'),
    'tcp.len': uint('Bytes of payload on the wire'),
    'tcp.seq_raw': uint('Sequence number as sent'),
    'tcp.ack_raw': uint('Acknowledgment number as sent'),
    'tcp.hdr_len': uint('Header length'),
    'tcp.flags': uint('Flags'),
    ...Object.fromEntries(Object.keys(flagBits).map((name) => [`tcp.flags.${name}`, flag(name.toUpperCase())])),
    'tcp.window_size_value': uint('Window as sent, not scaled'),
    'tcp.checksum': uint('Checksum'),
    'tcp.checksum.status': uint('Checksum: 0 bad, 1 good, 2 not verified'),
    'tcp.urgent_pointer': uint('Urgent pointer'),
    'tcp.payload': spec('bytes', 'Payload'),
    ...optionFields,
  },
  decode: (input, sink) => {
    if (!has(input, 20, sink)) {
      if (left(input) >= 4) ports(input, sink);
      return undefined;
    }
    input.context.sourcePort = u16(input, 0);
    input.context.destinationPort = u16(input, 2);
    const headerLength = (u8(input, 12) >> 4) * 4;
    if (!input.brief) headerFields(input, headerLength, sink);
    if (headerLength < 20) {
      sink.note(`A header length of ${headerLength} bytes is less than a TCP header.`);
      return undefined;
    }
    const complete = has(input, headerLength, sink);
    if (!input.brief) tcpOptions(input, Math.min(headerLength, left(input)), sink);
    if (!complete) return undefined;
    if (!input.brief && left(input) > headerLength)
      sink.field('tcp.payload', bytesAt(input, headerLength, left(input)));
    return after(input, headerLength, PAYLOAD, 6);
  },
};

/** Of a header that is cut: a quoted segment has eight bytes of it. */
const ports = (input: LayerInput, sink: FieldSink): void => {
  input.context.sourcePort = u16(input, 0);
  input.context.destinationPort = u16(input, 2);
  sink.field('tcp.srcport', u16(input, 0));
  sink.field('tcp.port', u16(input, 0));
  sink.field('tcp.dstport', u16(input, 2));
  sink.field('tcp.port', u16(input, 2));
  if (left(input) >= 8) sink.field('tcp.seq_raw', u32(input, 4));
};
