// Reads DNS wire format within bounds. Whatever the bytes are, it ends and throws nothing but MalformedMessage.
import type { Labels } from './name.ts';

export class MalformedMessage extends Error {
  constructor(why: string) {
    super(why);
    this.name = 'MalformedMessage';
  }
}

/** More pointers than any name of 127 labels needs. */
const maxPointers = 128;

export class Reader {
  private readonly bytes: Buffer;
  private readonly end: number;
  private at: number;

  constructor(bytes: Buffer, start = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
  }

  get left(): number {
    return this.end - this.at;
  }

  /** Another reader at the same place. */
  mark(): Reader {
    return new Reader(this.bytes, this.at, this.end);
  }

  private advance(length: number): number {
    if (length > this.left) throw new MalformedMessage('it ends too early');
    const start = this.at;
    this.at += length;
    return start;
  }

  u8(): number {
    return this.bytes.readUInt8(this.advance(1));
  }

  u16(): number {
    return this.bytes.readUInt16BE(this.advance(2));
  }

  u32(): number {
    return this.bytes.readUInt32BE(this.advance(4));
  }

  take(length: number): Buffer {
    const start = this.advance(length);
    return this.bytes.subarray(start, start + length);
  }

  rest(): Buffer {
    return this.take(this.left);
  }

  /** A reader of the next bytes alone; compressed names in them may still point before. */
  part(length: number): Reader {
    const start = this.advance(length);
    return new Reader(this.bytes, start, start + length);
  }

  /** A length byte and as many bytes. */
  string(): Buffer {
    return this.take(this.u8());
  }

  /** A name, compressed or not. A pointer leads only to before the name it is in, so that it can never loop. */
  name(): Labels {
    const labels: Buffer[] = [];
    let before = this.at;
    let length = 1;
    let pointers = 0;
    let cursor: Reader = new Reader(this.bytes, this.at, this.end);
    let afterFirst: number | undefined;
    for (;;) {
      const head = cursor.u8();
      if (head === 0) break;
      if ((head & 0xc0) === 0xc0) {
        const target = ((head & 0x3f) << 8) | cursor.u8();
        afterFirst ??= cursor.at;
        pointers += 1;
        if (target >= before) throw new MalformedMessage('a compressed name points forward or at itself');
        if (pointers > maxPointers) throw new MalformedMessage('a name has too many pointers');
        before = target;
        cursor = new Reader(this.bytes, target, this.bytes.length);
      } else if ((head & 0xc0) === 0) {
        length += head + 1;
        if (length > 255) throw new MalformedMessage('a name is longer than 255 bytes');
        labels.push(cursor.take(head));
      } else throw new MalformedMessage('a name has a label of an unknown kind');
    }
    this.at = afterFirst ?? cursor.at;
    return labels;
  }
}
