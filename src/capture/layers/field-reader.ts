// Reads a header from front to back and hands its fields on: what is missing at the end turns the reader short, after which it reads nothing more.
import type { FieldSink, FieldSpec, FieldType, LayerContext, LayerInput } from './layer.ts';
import { flag, spec, uint } from './read.ts';

export { flag, uint };

const labelled =
  (type: FieldType) =>
  (label: string): FieldSpec =>
    spec(type, label);

/** Short ways to say a field. */
export const ipv4 = labelled('ipv4');
export const ipv6 = labelled('ipv6');
export const ether = labelled('ether');
export const text = labelled('string');
export const raw = labelled('bytes');
export const time = labelled('time');

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Bytes as text: UTF-8, with U+FFFD for what is none. */
export const textOf = (bytes: Uint8Array): string => decoder.decode(bytes);

/** Whether one side of the TCP or UDP packet outside has one of the ports. */
export const usesPort = ({ sourcePort, destinationPort }: LayerContext, ...ports: readonly number[]): boolean =>
  ports.includes(sourcePort) || ports.includes(destinationPort);

/** Says of a message that was read whole that it was not all there. */
export const noteShort = ({ short }: FieldReader, { wire, end }: LayerInput, sink: FieldSink): void => {
  if (short) sink.note(wire > end ? 'The capture cut this message.' : 'This message is too short.');
};

export class FieldReader {
  at: number;
  /** A read went beyond the end: that field and all behind it are missing. */
  short = false;
  readonly bytes: Uint8Array;
  readonly end: number;
  readonly sink: FieldSink;

  constructor(bytes: Uint8Array, at: number, end: number, sink: FieldSink) {
    this.bytes = bytes;
    this.end = Math.max(0, Math.min(end, bytes.length));
    this.at = Math.max(0, Math.min(at, this.end));
    this.sink = sink;
  }

  get left(): number {
    return this.short ? 0 : this.end - this.at;
  }

  /** Whether `size` more bytes are there; if not, the reader is short from now on. */
  has(size: number): boolean {
    if (!this.short && size >= 0 && this.end - this.at >= size) return true;
    this.short = true;
    return false;
  }

  /** Big-endian number of up to 6 bytes; 0 when short. */
  number(size: number): number {
    if (!this.has(size)) return 0;
    let value = 0;
    for (let index = 0; index < size; index += 1) value = value * 256 + (this.bytes[this.at + index] ?? 0);
    this.at += size;
    return value;
  }

  uint(name: string, size: number): number {
    const value = this.number(size);
    if (!this.short) this.sink.field(name, value);
    return value;
  }

  skip(size: number): void {
    if (this.has(size)) this.at += size;
  }

  /** Empty when short. */
  take(size: number): Uint8Array {
    if (!this.has(size)) return new Uint8Array(0);
    this.at += size;
    return this.bytes.subarray(this.at - size, this.at);
  }

  raw(name: string, size: number): Uint8Array {
    const value = this.take(size);
    if (!this.short) this.sink.field(name, value);
    return value;
  }

  text(name: string, size: number): string {
    const value = textOf(this.take(size));
    if (!this.short) this.sink.field(name, value);
    return value;
  }

  /** A value that was computed from what was read before: nothing when that was short. */
  field(name: string, value: number | bigint | boolean | string | Uint8Array): void {
    if (!this.short) this.sink.field(name, value);
  }

  /** The next `size` bytes as a reader of their own, ending sooner where these end sooner; this one moves behind them. */
  part(size: number): FieldReader {
    const from = this.at;
    const to = Math.min(from + Math.max(0, size), this.end);
    if (this.has(size)) this.at = to;
    return new FieldReader(this.bytes, from, to, this.sink);
  }
}
