// Reads DNS wire format within bounds. Whatever the bytes are, it ends after few steps and throws nothing but MalformedMessage.
import type { Labels } from './name.ts';
import { MalformedMessage, Work } from './work.ts';

/** Real messages point once or twice in a name; RFC 1035 sets no bound. */
export const maxPointers = 16;

const maxNameBytes = 255;

interface ReadName {
  labels: Labels;
  /** On the wire without compression, the root's zero left out. */
  length: number;
  pointers: number;
  /** Where what follows the name begins. */
  next: number;
}

/** What all readers of one message have in common. */
class Message {
  readonly bytes: Buffer;
  readonly work: Work;
  /** By offset: what many records point to is read once. */
  private readonly names = new Map<number, ReadName>();

  constructor(bytes: Buffer, work: Work) {
    this.bytes = bytes;
    this.work = work;
  }

  private byteAt(at: number, end: number): number {
    if (at >= end) throw new MalformedMessage('it ends too early');
    return this.bytes.readUInt8(at);
  }

  /** A pointer leads only to before the part of the name it is in, so that it can never loop. */
  name(start: number, end: number, depth = 0): ReadName {
    const known = this.names.get(start);
    if (known !== undefined) return known;
    const labels: Buffer[] = [];
    let [at, length] = [start, 0];
    for (;;) {
      this.work.step();
      const head = this.byteAt(at, end);
      at += 1;
      if (head === 0) return this.keep(start, { labels, length, pointers: 0, next: at });
      if ((head & 0xc0) === 0xc0) {
        const target = ((head & 0x3f) << 8) | this.byteAt(at, end);
        return this.keep(start, this.joined(labels, length, this.target(start, target, depth), at + 1));
      }
      if ((head & 0xc0) !== 0) throw new MalformedMessage('a name has a label of an unknown kind');
      if (at + head > end) throw new MalformedMessage('it ends too early');
      labels.push(this.bytes.subarray(at, at + head));
      at += head;
      length += head + 1;
      if (length >= maxNameBytes) throw new MalformedMessage('a name is longer than 255 bytes');
    }
  }

  private target(start: number, target: number, depth: number): ReadName {
    if (target >= start) throw new MalformedMessage('a compressed name points forward or at itself');
    if (depth >= maxPointers) throw new MalformedMessage('a name has too many pointers');
    return this.name(target, this.bytes.length, depth + 1);
  }

  private joined(labels: Buffer[], length: number, tail: ReadName, next: number): ReadName {
    const pointers = tail.pointers + 1;
    if (pointers > maxPointers) throw new MalformedMessage('a name has too many pointers');
    if (length + tail.length >= maxNameBytes) throw new MalformedMessage('a name is longer than 255 bytes');
    if (labels.length === 0) return { ...tail, pointers, next };
    this.work.step(tail.labels.length);
    return { labels: [...labels, ...tail.labels], length: length + tail.length, pointers, next };
  }

  private keep(start: number, name: ReadName): ReadName {
    this.names.set(start, name);
    return name;
  }
}

export class Reader {
  private readonly message: Message;
  private readonly end: number;
  private at: number;

  private constructor(message: Message, start: number, end: number) {
    this.message = message;
    this.at = start;
    this.end = end;
  }

  /** `work` counts what is read of this message. */
  static of(bytes: Buffer, start = 0, work = new Work()): Reader {
    return new Reader(new Message(bytes, work), start, bytes.length);
  }

  get left(): number {
    return this.end - this.at;
  }

  /** Another reader at the same place. */
  mark(): Reader {
    return new Reader(this.message, this.at, this.end);
  }

  private advance(length: number): number {
    this.message.work.step();
    if (length > this.left) throw new MalformedMessage('it ends too early');
    const start = this.at;
    this.at += length;
    return start;
  }

  u8(): number {
    return this.message.bytes.readUInt8(this.advance(1));
  }

  u16(): number {
    return this.message.bytes.readUInt16BE(this.advance(2));
  }

  u32(): number {
    return this.message.bytes.readUInt32BE(this.advance(4));
  }

  take(length: number): Buffer {
    const start = this.advance(length);
    return this.message.bytes.subarray(start, start + length);
  }

  rest(): Buffer {
    return this.take(this.left);
  }

  /** A reader of the next bytes alone; compressed names in them may still point before. */
  part(length: number): Reader {
    const start = this.advance(length);
    return new Reader(this.message, start, start + length);
  }

  /** A length byte and as many bytes. */
  string(): Buffer {
    return this.take(this.u8());
  }

  /** A name, compressed or not. */
  name(): Labels {
    this.message.work.step();
    const { labels, next } = this.message.name(this.at, this.end);
    if (next > this.end) throw new MalformedMessage('it ends too early');
    this.at = next;
    return labels;
  }
}
