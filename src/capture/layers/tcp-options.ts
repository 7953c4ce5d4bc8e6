// The options of a TCP header (RFC 9293, 7323, 2018, 7413).
import type { FieldSink, FieldSpecs, LayerInput } from './layer.ts';
import { bytesAt, optionLength, spec, u16, u32, u8, uint } from './read.ts';

export const optionFields: FieldSpecs = {
  'tcp.options': spec('bytes', 'Options'),
  'tcp.option_kind': uint('Option kind'),
  'tcp.option_len': uint('Option length'),
  'tcp.options.mss_val': uint('Maximum segment size'),
  'tcp.options.wscale.shift': uint('Window scale, shift'),
  'tcp.options.wscale.multiplier': uint('Window scale, factor'),
  'tcp.options.sack_perm': spec('protocol', 'SACK permitted'),
  'tcp.options.sack.count': uint('SACK blocks'),
  'tcp.options.sack_le': uint('SACK left edge (raw)'),
  'tcp.options.sack_re': uint('SACK right edge (raw)'),
  'tcp.options.timestamp.tsval': uint('Timestamp'),
  'tcp.options.timestamp.tsecr': uint('Timestamp echoed'),
  'tcp.options.tfo': spec('protocol', 'Fast open'),
};

const sack = (input: LayerInput, at: number, length: number, sink: FieldSink): void => {
  for (let edge = at + 2; edge + 8 <= at + length; edge += 8) {
    sink.field('tcp.options.sack_le', u32(input, edge));
    sink.field('tcp.options.sack_re', u32(input, edge + 4));
  }
  sink.field('tcp.options.sack.count', Math.floor((length - 2) / 8));
};

const option = (input: LayerInput, at: number, length: number, sink: FieldSink): void => {
  const kind = u8(input, at);
  if (kind === 2 && length === 4) sink.field('tcp.options.mss_val', u16(input, at + 2));
  else if (kind === 3 && length === 3) {
    const shift = u8(input, at + 2);
    sink.field('tcp.options.wscale.shift', shift);
    // RFC 7323: a larger shift counts as 14.
    sink.field('tcp.options.wscale.multiplier', 2 ** Math.min(shift, 14));
  } else if (kind === 4) sink.field('tcp.options.sack_perm', true);
  else if (kind === 5 && length >= 10) sack(input, at, length, sink);
  else if (kind === 8 && length === 10) {
    sink.field('tcp.options.timestamp.tsval', u32(input, at + 2));
    sink.field('tcp.options.timestamp.tsecr', u32(input, at + 6));
  } else if (kind === 34) sink.field('tcp.options.tfo', true);
};

/** The header's bytes up to `end` must be there. */
export const tcpOptions = (input: LayerInput, end: number, sink: FieldSink): void => {
  if (end > 20) sink.field('tcp.options', bytesAt(input, 20, end - 20));
  for (let at = 20; at < end;) {
    const kind = u8(input, at);
    sink.field('tcp.option_kind', kind);
    // 0 ends the list; more of them are padding.
    if (kind === 0 && (at + 1 >= end || u8(input, at + 1) !== 0)) return;
    if (kind <= 1) {
      at += 1;
      continue;
    }
    const length = optionLength(input, { offset: at, end, name: 'TCP' }, sink);
    if (length === 0) return;
    sink.field('tcp.option_len', length);
    option(input, at, length, sink);
    at += length;
  }
};
