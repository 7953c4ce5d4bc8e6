// SCTP (RFC 9260): the common header and its chunks. Checksums are not verified.
import type { FieldSink, Layer, LayerInput } from './layer.ts';
import { flag, has, left, u16, u32, u8, uint } from './read.ts';

const dataChunk = (input: LayerInput, at: number, sink: FieldSink): void => {
  const flags = u8(input, at + 1);
  sink.field('sctp.data_e_bit', (flags & 1) !== 0);
  sink.field('sctp.data_b_bit', (flags & 2) !== 0);
  sink.field('sctp.data_u_bit', (flags & 4) !== 0);
  sink.field('sctp.data_tsn_raw', u32(input, at + 4));
  sink.field('sctp.data_sid', u16(input, at + 8));
  sink.field('sctp.data_ssn', u16(input, at + 10));
  sink.field('sctp.data_payload_proto_id', u32(input, at + 12));
};

const initChunk = (input: LayerInput, at: number, sink: FieldSink): void => {
  const kind = u8(input, at) === 1 ? 'init' : 'initack';
  sink.field(`sctp.${kind}_initiate_tag`, u32(input, at + 4));
  sink.field(`sctp.${kind}_credit`, u32(input, at + 8));
  sink.field(`sctp.${kind}_nr_out_streams`, u16(input, at + 12));
  sink.field(`sctp.${kind}_nr_in_streams`, u16(input, at + 14));
  sink.field(`sctp.${kind}_initial_tsn`, u32(input, at + 16));
};

const sackChunk = (input: LayerInput, at: number, sink: FieldSink): void => {
  sink.field('sctp.sack_cumulative_tsn_ack_raw', u32(input, at + 4));
  sink.field('sctp.sack_a_rwnd', u32(input, at + 8));
  sink.field('sctp.sack_number_of_gap_blocks', u16(input, at + 12));
  sink.field('sctp.sack_number_of_duplicated_tsns', u16(input, at + 14));
};

const kinds: Readonly<Record<number, { length: number; show: typeof dataChunk }>> = {
  0: { length: 16, show: dataChunk },
  1: { length: 20, show: initChunk },
  2: { length: 20, show: initChunk },
  3: { length: 16, show: sackChunk },
};

const chunks = (input: LayerInput, sink: FieldSink): void => {
  for (let at = 12; at + 4 <= left(input);) {
    const type = u8(input, at);
    const length = u16(input, at + 2);
    sink.field('sctp.chunk_type', type);
    sink.field('sctp.chunk_flags', u8(input, at + 1));
    sink.field('sctp.chunk_length', length);
    if (length < 4) {
      sink.note(`A chunk of type ${type} has the impossible length ${length}.`);
      return;
    }
    const kind = kinds[type];
    if (kind !== undefined && length >= kind.length && at + kind.length <= left(input)) kind.show(input, at, sink);
    // Chunks are padded to 32 bits.
    at += Math.ceil(length / 4) * 4;
  }
};

const initFields = (kind: string) => ({
  [`sctp.${kind}_initiate_tag`]: uint('Initiate tag'),
  [`sctp.${kind}_credit`]: uint('Receiver window'),
  [`sctp.${kind}_nr_out_streams`]: uint('Streams out'),
  [`sctp.${kind}_nr_in_streams`]: uint('Streams in'),
  [`sctp.${kind}_initial_tsn`]: uint('First sequence number'),
});

export const sctp: Layer = {
  name: 'sctp',
  title: 'Stream Control Transmission Protocol',
  leaf: true,
  fields: {
    'sctp.srcport': uint('Source port'),
    'sctp.dstport': uint('Destination port'),
    'sctp.port': uint('Source or destination port'),
    'sctp.verification_tag': uint('Verification tag'),
    'sctp.checksum': uint('Checksum'),
    'sctp.chunk_type': uint('Chunk: 0 data, 1 init, 2 init ack, 3 sack, 4 heartbeat, 6 abort, 7 shutdown'),
    'sctp.chunk_flags': uint('Chunk flags'),
    'sctp.chunk_length': uint('Chunk length'),
    'sctp.data_e_bit': flag('Last fragment of a message'),
    'sctp.data_b_bit': flag('First fragment of a message'),
    'sctp.data_u_bit': flag('Not ordered'),
    'sctp.data_tsn_raw': uint('Transmission sequence number as sent'),
    'sctp.data_sid': uint('Stream'),
    'sctp.data_ssn': uint('Sequence number in its stream'),
    'sctp.data_payload_proto_id': uint('Payload protocol'),
    'sctp.sack_cumulative_tsn_ack_raw': uint('Acknowledged up to, as sent'),
    'sctp.sack_a_rwnd': uint('Receiver window'),
    'sctp.sack_number_of_gap_blocks': uint('Gap blocks'),
    'sctp.sack_number_of_duplicated_tsns': uint('Duplicates'),
    ...initFields('init'),
    ...initFields('initack'),
  },
  decode: (input, sink) => {
    if (!has(input, 12, sink)) return undefined;
    const { context } = input;
    context.sourcePort = u16(input, 0);
    context.destinationPort = u16(input, 2);
    sink.field('sctp.srcport', context.sourcePort);
    sink.field('sctp.port', context.sourcePort);
    sink.field('sctp.dstport', context.destinationPort);
    sink.field('sctp.port', context.destinationPort);
    sink.field('sctp.verification_tag', u32(input, 4));
    sink.field('sctp.checksum', u32(input, 8));
    chunks(input, sink);
    return undefined;
  },
};
