// Domain names of a DNS message with compression pointers (RFC 1035 4.1.4): only backwards, bounded in length and jumps.
import { type FieldReader, textOf } from './field-reader.ts';

/** RFC 1035 2.3.4: 255 bytes with the length bytes. */
const maxNameBytes = 255;
const maxJumps = 127;

export interface DomainName {
  /** Labels joined by dots; `<Root>` for the empty name, as Wireshark writes it. */
  text: string;
  labels: number;
}

const joined = (labels: readonly string[]): DomainName => ({
  text: labels.length === 0 ? '<Root>' : labels.join('.'),
  labels: labels.length,
});

/** Reads the name at the reader and moves behind it. `base` is where the message starts. Undefined when it is cut or broken. */
export const readName = (reader: FieldReader, base: number): DomainName | undefined => {
  if (reader.short) return undefined;
  const { bytes, end } = reader;
  const labels: string[] = [];
  let at = reader.at;
  let behind = -1;
  let lowest = at;
  let size = 1;
  for (let jumps = 0; at < end;) {
    const length = bytes[at] ?? 0;
    if (length === 0) {
      reader.at = behind === -1 ? at + 1 : behind;
      return joined(labels);
    }
    if (length >= 0xc0) {
      if (at + 1 >= end) break;
      const target = base + (length - 0xc0) * 256 + (bytes[at + 1] ?? 0);
      if (behind === -1) behind = at + 2;
      jumps += 1;
      // Every pointer leads before all that was read so far, so that no chain of them can loop.
      if (target >= lowest || jumps > maxJumps) break;
      at = target;
      lowest = target;
      continue;
    }
    size += length + 1;
    if (length > 63 || size > maxNameBytes || at + 1 + length > end) break;
    labels.push(textOf(bytes.subarray(at + 1, at + 1 + length)));
    at += 1 + length;
  }
  reader.short = true;
  return undefined;
};

/** Reads a name and gives it as a field. */
export const nameField = (reader: FieldReader, name: string, base: number): DomainName | undefined => {
  const value = readName(reader, base);
  if (value !== undefined) reader.sink.field(name, value.text);
  return value;
};
