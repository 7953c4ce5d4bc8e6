// Answers echo requests in its namespace with everything a hostile host may send, and among it the honest reply. Run by the tests; it
// prints a line once it listens and runs until it is killed.
import { setTimeout as sleep } from 'node:timers/promises';
import { decodeAddress } from '../../src/host/probe-sockets/address.ts';
import { socketCalls, type SocketCalls } from '../../src/host/probe-sockets/libc.ts';
import { buildEcho, internetChecksum } from '../../src/host/probe-sockets/packets.ts';
import { ipHeader, withChecksum6 } from './ip-header.ts';

const SOCK_RAW_NONBLOCK = 3 | 0o4000;

/** The request as a reply, changed as wanted, with a checksum that is right unless it is not to be. */
const replyTo = (request: Buffer, family: 4 | 6, change: (packet: Buffer) => void = () => undefined): Buffer => {
  const packet = Buffer.from(request);
  packet.writeUInt8(family === 4 ? 0 : 129, 0);
  packet.writeUInt16BE(0, 2);
  change(packet);
  if (family === 4) packet.writeUInt16BE(internetChecksum(packet), 2);
  return packet;
};

const longer = (packet: Buffer, bytes: number): Buffer => Buffer.concat([packet, Buffer.alloc(bytes, 0x41)]);

const answersTo = (request: Buffer, family: 4 | 6): Buffer[] => {
  const wrongCookie = (packet: Buffer): void => {
    packet.writeUInt8(packet.readUInt8(8) ^ 0xff, 8);
  };
  const wrongChecksum = replyTo(request, family);
  wrongChecksum.writeUInt16BE(wrongChecksum.readUInt16BE(2) ^ 0x5555, 2);
  return [
    Buffer.alloc(0),
    replyTo(request.subarray(0, 4), family),
    replyTo(request.subarray(0, 12), family),
    replyTo(request, family, (packet) => {
      packet.writeUInt16BE(packet.readUInt16BE(4) ^ 0xff, 4);
    }),
    replyTo(request, family, wrongCookie),
    replyTo(longer(request, 60_000), family, wrongCookie),
    ...(family === 4 ? [wrongChecksum] : []),
    // A time exceeded that quotes nothing of use.
    buildEcho(4, 0, 0, Buffer.alloc(0)).fill(family === 4 ? 11 : 3, 0, 1),
    replyTo(request, family),
    replyTo(request, family),
    replyTo(longer(request, 30_000), family),
  ];
};

/** The right reply with the address of somebody else as its source, header and all. */
const foreignReply = (request: Buffer, family: 4 | 6, client: string): Buffer => {
  const way = [family === 4 ? '10.2.0.77' : 'fd02::77', client] as const;
  const reply = family === 4 ? replyTo(request, 4) : withChecksum6(replyTo(request, 6), way);
  return Buffer.concat([ipHeader(family, family === 4 ? 1 : 58, way, reply.length), reply]);
};

const listen = (calls: SocketCalls, family: 4 | 6): (() => void) => {
  const fd = calls.socket(family === 4 ? 2 : 10, SOCK_RAW_NONBLOCK, family === 4 ? 1 : 58);
  const withHeader = calls.socket(family === 4 ? 2 : 10, SOCK_RAW_NONBLOCK, 255);
  if (fd < 0 || withHeader < 0) throw new Error(`no raw socket: errno ${-fd}, ${-withHeader}`);
  return () => {
    for (let message = calls.receive(fd, 'data'); typeof message !== 'number'; message = calls.receive(fd, 'data')) {
      const bytes = Buffer.from(message.data);
      const packet = family === 4 ? bytes.subarray((bytes.readUInt8(0) & 0xf) * 4) : bytes;
      if (packet.length < 16 || packet.readUInt8(0) !== (family === 4 ? 8 : 128)) continue;
      const to = Buffer.from(message.name);
      const client = decodeAddress(to)?.address ?? '';
      const errno = calls.sendTo(withHeader, foreignReply(packet, family, client), to);
      if (errno !== 0) throw new Error(`no foreign reply: errno ${errno}`);
      for (const answer of answersTo(packet, family)) calls.sendTo(fd, answer, to);
    }
  };
};

/** The line it prints. */
export const listening = 'listening';

const serve = async (): Promise<never> => {
  const calls = await socketCalls();
  const handlers = [listen(calls, 4), listen(calls, 6)];
  console.log(listening);
  for (;;) {
    for (const handle of handlers) handle();
    await sleep(1);
  }
};

if (process.argv[2] === 'serve') await serve();
