// Radiotap (radiotap.org): what a wireless card says of a frame, before the 802.11 header. All numbers are little endian.
import type { FieldSink, Layer, LayerInput } from './layer.ts';
import { after, has, left, spec, u8, uint } from './read.ts';

/** Announced to 802.11: its header is padded to 32 bits. */
export const PADDED = 0x10000;

/** The first fields in the order of their bits: size and alignment in bytes. Later ones are not shown. */
const layout = [
  { bit: 0, size: 8, align: 8 },
  { bit: 1, size: 1, align: 1 },
  { bit: 2, size: 1, align: 1 },
  { bit: 3, size: 4, align: 2 },
  { bit: 4, size: 2, align: 1 },
  { bit: 5, size: 1, align: 1 },
  { bit: 6, size: 1, align: 1 },
] as const;

const show = (bit: number, { view, at }: LayerInput, offset: number, sink: FieldSink): void => {
  if (bit === 0) sink.field('radiotap.mactime', view.getBigUint64(at + offset, true));
  if (bit === 1) sink.field('radiotap.flags', view.getUint8(at + offset));
  if (bit === 3) sink.field('radiotap.channel.freq', view.getUint16(at + offset, true));
  if (bit === 5) sink.field('radiotap.dbm_antsignal', view.getInt8(at + offset));
  if (bit === 6) sink.field('radiotap.dbm_antnoise', view.getInt8(at + offset));
};

/** Words that say which fields there are, and where the fields begin. */
const presentWords = (
  { view, at }: LayerInput,
  length: number,
  sink: FieldSink,
): { present: number; start: number } => {
  const present = view.getUint32(at + 4, true);
  let word = present;
  let start = 8;
  sink.field('radiotap.present.word', word);
  while (word >>> 31 === 1 && start + 4 <= length) {
    word = view.getUint32(at + start, true);
    sink.field('radiotap.present.word', word);
    start += 4;
  }
  return { present, start };
};

/** Shows the fields; answers with the flags, which say how the frame is padded and whether it ends with a check sequence. */
const fieldsOf = (input: LayerInput, length: number, sink: FieldSink): number => {
  const { present, start } = presentWords(input, length, sink);
  let offset = start;
  let flags = 0;
  for (const { bit, size, align } of layout) {
    if (((present >>> bit) & 1) === 0) continue;
    offset = Math.ceil(offset / align) * align;
    if (offset + size > length) break;
    if (bit === 1) flags = u8(input, offset);
    show(bit, input, offset, sink);
    offset += size;
  }
  return flags;
};

export const radiotap: Layer = {
  name: 'radiotap',
  title: 'Radiotap Header',
  fields: {
    'radiotap.version': uint('Version'),
    'radiotap.length': uint('Header length'),
    'radiotap.present.word': uint('Which fields there are'),
    'radiotap.mactime': uint('Time of the card, microseconds'),
    'radiotap.flags': uint('Flags'),
    'radiotap.channel.freq': uint('Channel, MHz'),
    'radiotap.dbm_antsignal': spec('uint', 'Signal, dBm (negative)'),
    'radiotap.dbm_antnoise': spec('uint', 'Noise, dBm (negative)'),
  },
  decode: (input, sink) => {
    if (!has(input, 8, sink)) return undefined;
    const length = input.view.getUint16(input.at + 2, true);
    sink.field('radiotap.version', u8(input, 0));
    sink.field('radiotap.length', length);
    if (length < 8) {
      sink.note(`A header length of ${length} bytes is less than a radiotap header.`);
      return undefined;
    }
    if (!has(input, length, sink)) return undefined;
    const flags = fieldsOf(input, length, sink);
    const next = after(input, length, 'wlan', (flags & 0x20) === 0 ? 0 : PADDED);
    // 0x10: the frame ends with its check sequence.
    if ((flags & 0x10) === 0 || left(input) < length + 4) return next;
    const wire = Math.max(next.at, next.wire - 4);
    return { ...next, wire, end: Math.min(next.end, wire) };
  },
};
