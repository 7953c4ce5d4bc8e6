// Reading for layers: bounds are checked once a header with `has`, then read by offset from the layer's first byte.
import type { FieldSink, FieldSpec, FieldType, LayerInput, Next } from './layer.ts';

/** Bytes of the layer that were captured. */
export const left = ({ at, end }: LayerInput): number => Math.max(0, end - at);

/** Whether `bytes` of the layer were captured; says so when not. */
export const has = (input: LayerInput, bytes: number, sink: FieldSink): boolean => {
  if (left(input) >= bytes) return true;
  const reason = input.wire > input.end ? 'the capture cut the packet' : 'the packet ends early';
  sink.note(`${left(input)} of at least ${bytes} bytes of the header are there: ${reason}.`);
  return false;
};

// Only behind `has` or a comparison with `left`: these do not look at `end`.
export const u8 = ({ view, at }: LayerInput, offset: number): number => view.getUint8(at + offset);
export const u16 = ({ view, at }: LayerInput, offset: number): number => view.getUint16(at + offset);
export const u24 = ({ view, at }: LayerInput, offset: number): number =>
  view.getUint16(at + offset) * 256 + view.getUint8(at + offset + 2);
export const u32 = ({ view, at }: LayerInput, offset: number): number => view.getUint32(at + offset);

/** Up to `length` bytes from `offset`, as many as were captured. No copy. */
export const bytesAt = ({ bytes, at, end }: LayerInput, offset: number, length: number): Uint8Array =>
  bytes.subarray(Math.min(at + offset, end), Math.min(at + offset + Math.max(0, length), end));

/** Length of the option `kind` (kind, length, value) of an IP or TCP header at `offset`; 0, with a note, when it does not end by `end`. */
export const optionLength = (
  input: LayerInput,
  { offset, end, name }: { offset: number; end: number; name: string },
  sink: FieldSink,
): number => {
  const length = offset + 1 < end ? u8(input, offset + 1) : 0;
  if (length >= 2 && offset + length <= end) return length;
  sink.note(`${name} option ${u8(input, offset)} has an impossible length.`);
  return 0;
};

const utf8 = new TextDecoder();

/** Text as sent; what is no UTF-8 becomes U+FFFD. */
export const textAt = (input: LayerInput, offset: number, length: number): string =>
  utf8.decode(bytesAt(input, offset, length));

/** What follows a header of so many bytes; `length` of it on the wire where the header says so. */
export const after = (
  { at, end, wire }: LayerInput,
  header: number,
  layer: string,
  announced = 0,
  length = Infinity,
): Next => {
  const start = at + header;
  return { layer, at: start, end: Math.min(end, start + length), wire: Math.min(wire, start + length), announced };
};

/** Short way to say a field. */
export const spec = (type: FieldType, label: string): FieldSpec => ({ type, label });
export const uint = (label: string): FieldSpec => spec('uint', label);
export const flag = (label: string): FieldSpec => spec('boolean', label);
