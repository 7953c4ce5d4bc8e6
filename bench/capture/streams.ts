// What the generated TCP connections carry, in both directions: TLS 1.3 (RFC 8446) on port 443, HTTP/1.1 (RFC 9112) elsewhere, as most real traffic is.
import type { Random } from './random.ts';

export interface Content {
  /** The client's only message. */
  readonly request: Buffer;
  /** Writes what stands in the server's stream from `offset` on, so many bytes; the inside of messages is left as it is. */
  response(target: Buffer, at: number, offset: number, length: number): void;
}

const be16 = (value: number): Buffer => Buffer.from([value >>> 8, value & 0xff]);

/** With its length before it, in 1, 2 or 3 bytes. */
const counted = (size: 1 | 2 | 3, ...parts: Buffer[]): Buffer => {
  const inside = Buffer.concat(parts);
  const head = Buffer.alloc(size);
  head.writeUIntBE(inside.length, 0, size);
  return Buffer.concat([head, inside]);
};

const record = (type: number, ...parts: Buffer[]): Buffer =>
  Buffer.concat([Buffer.from([type, 3, 3]), counted(2, ...parts)]);
const extension = (type: number, ...parts: Buffer[]): Buffer => Buffer.concat([be16(type), counted(2, ...parts)]);
const handshake = (type: number, ...parts: Buffer[]): Buffer =>
  record(22, Buffer.concat([Buffer.from([type]), counted(3, ...parts)]));

const helloStart = Buffer.concat([be16(0x0303), Buffer.alloc(32, 7)]);
const keyShare = Buffer.concat([be16(29), counted(2, Buffer.alloc(32, 9))]);

const clientHello = (name: string): Buffer =>
  handshake(
    1,
    helloStart,
    counted(1, Buffer.alloc(32, 5)),
    counted(2, Buffer.from('130113021303c02bc02fc02cc030', 'hex')),
    counted(1, Buffer.from([0])),
    counted(
      2,
      extension(0, counted(2, Buffer.from([0]), counted(2, Buffer.from(name)))),
      extension(10, counted(2, be16(29), be16(23), be16(24))),
      extension(16, counted(2, counted(1, Buffer.from('h2')), counted(1, Buffer.from('http/1.1')))),
      extension(43, counted(1, be16(0x0304), be16(0x0303))),
      extension(51, counted(2, keyShare)),
      extension(21, Buffer.alloc(180)),
    ),
  );

/** ServerHello and ChangeCipherSpec; what follows is encrypted. */
const serverHello = Buffer.concat([
  handshake(
    2,
    helloStart,
    counted(1, Buffer.alloc(32, 5)),
    be16(0x1301),
    Buffer.from([0]),
    counted(2, extension(43, be16(0x0304)), extension(51, keyShare)),
  ),
  record(20, Buffer.from([1])),
]);

const applicationData = Buffer.from([23, 3, 3, 0, 0]);

const tls = (random: Random): Content => {
  const inside = 500 + random.below(15_884);
  const whole = applicationData.length + inside;
  return {
    request: clientHello(`host-${random.below(5000)}.example.com`),
    response: (target, at, offset, length) => {
      // A copy writes nothing where its source ends before it begins.
      if (offset < serverHello.length) serverHello.copy(target, at, offset, offset + length);
      const end = offset + length;
      let start = serverHello.length + Math.max(0, Math.floor((offset - serverHello.length) / whole)) * whole;
      for (; start < end; start += whole) {
        applicationData.writeUInt16BE(inside, 3);
        const from = Math.max(start, offset);
        const to = Math.min(start + applicationData.length, end);
        if (from < to) applicationData.copy(target, at + from - offset, from - start, to - start);
      }
    },
  };
};

const http = (bytes: number, random: Random): Content => {
  const host = `host-${random.below(5000)}.example.com`;
  const agent = 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0';
  const page = `/files/${random.below(100_000)}.html`;
  const head = (length: number): Buffer =>
    Buffer.from(
      `HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: text/html\r\nContent-Length: ${String(length).padStart(9, '0')}\r\n\r\n`,
    );
  const start = head(Math.max(0, bytes - head(0).length));
  return {
    request: Buffer.from(`GET ${page} HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: ${agent}\r\nAccept: text/html\r\n\r\n`),
    response: (target, at, offset, length) => {
      if (offset < start.length) start.copy(target, at, offset, offset + length);
    },
  };
};

/** For a server that will send so many bytes. */
export const contentFor = (port: number, bytes: number, random: Random): Content =>
  port === 443 ? tls(random) : http(bytes, random);
