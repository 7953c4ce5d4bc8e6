// IGMP versions 1 to 3 (RFC 1112, 2236, 3376).
import { messageChecksum, plainStatus, UNVERIFIED } from './checksum.ts';
import type { FieldSink, Layer, LayerInput } from './layer.ts';
import { bytesAt, flag, has, left, spec, u16, u8, uint } from './read.ts';

const query = 0x11;
const reportV3 = 0x22;
/** Query, and version 2's report and leave. */
const timed: ReadonlySet<number> = new Set([query, 0x16, 0x17]);

const queryV3 = (input: LayerInput, sink: FieldSink): void => {
  sink.field('igmp.s', (u8(input, 8) & 8) !== 0);
  sink.field('igmp.qrv', u8(input, 8) & 7);
  sink.field('igmp.qqic', u8(input, 9));
  sink.field('igmp.num_src', u16(input, 10));
  for (let source = 0; source < u16(input, 10) && 16 + source * 4 <= left(input); source += 1)
    sink.field('igmp.saddr', bytesAt(input, 12 + source * 4, 4));
};

/** Each record has its own number of sources, and words of auxiliary data. */
const records = (input: LayerInput, sink: FieldSink): void => {
  sink.field('igmp.num_grp_recs', u16(input, 6));
  for (let at = 8; at + 8 <= left(input);) {
    const sources = u16(input, at + 2);
    sink.field('igmp.record_type', u8(input, at));
    sink.field('igmp.num_src', sources);
    sink.field('igmp.maddr', bytesAt(input, at + 4, 4));
    for (let source = 0; source < sources && at + 12 + source * 4 <= left(input); source += 1)
      sink.field('igmp.saddr', bytesAt(input, at + 8 + source * 4, 4));
    at += 8 + sources * 4 + u8(input, at + 1) * 4;
  }
};

export const igmp: Layer = {
  name: 'igmp',
  title: 'Internet Group Management Protocol',
  leaf: true,
  fields: {
    'igmp.type': uint('Type: 17 query, 18, 22 and 34 report, 23 leave'),
    'igmp.max_resp': uint('Time to answer, tenths of a second'),
    'igmp.checksum': uint('Checksum'),
    'igmp.checksum.status': uint('Checksum: 0 bad, 1 good, 2 not verified'),
    'igmp.maddr': spec('ipv4', 'Group'),
    'igmp.saddr': spec('ipv4', 'Source'),
    'igmp.s': flag('Suppress processing'),
    'igmp.qrv': uint("Querier's robustness"),
    'igmp.qqic': uint("Querier's interval code"),
    'igmp.num_src': uint('Sources'),
    'igmp.num_grp_recs': uint('Records'),
    'igmp.record_type': uint('Record type'),
  },
  decode: (input, sink) => {
    if (!has(input, 8, sink)) return undefined;
    const type = u8(input, 0);
    sink.field('igmp.type', type);
    const whole = input.wire === input.end;
    messageChecksum(input, sink, 'igmp', whole ? plainStatus(input, left(input)) : UNVERIFIED);
    if (type === reportV3) {
      records(input, sink);
      return undefined;
    }
    if (timed.has(type)) sink.field('igmp.max_resp', u8(input, 1));
    sink.field('igmp.maddr', bytesAt(input, 4, 4));
    if (type === query && left(input) >= 12) queryV3(input, sink);
    return undefined;
  },
};
