// Generated conversations without connection: DNS with its answers, QUIC-like streams, echo, ARP.
import { type Carrier, type Endpoint, place, template } from './headers.ts';
import type { Random } from './random.ts';
import type { Session } from './tcp-session.ts';

const label = (text: string): Buffer => Buffer.concat([Buffer.from([text.length]), Buffer.from(text)]);

const dnsQuestion = (id: number, name: number): Buffer => {
  const head = Buffer.alloc(12);
  head.writeUInt16BE(id, 0);
  head.writeUInt16BE(0x0100, 2);
  head.writeUInt16BE(1, 4);
  return Buffer.concat([head, label(`host-${name}`), label('example'), label('com'), Buffer.from([0, 0, 1, 0, 1])]);
};

const dnsAnswer = (question: Buffer, rcode: number): Buffer => {
  const bytes = Buffer.concat([question, Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1])]);
  bytes.writeUInt16BE(0x8180 | rcode, 2);
  bytes.writeUInt16BE(1, 6);
  return rcode === 0
    ? bytes
    : Buffer.concat([bytes.subarray(0, 6), Buffer.from([0, 0]), bytes.subarray(8, question.length)]);
};

/** A question and, mostly, its answer; some fail. */
export const dnsExchange = (ends: readonly [Endpoint, Endpoint], name: number, random: Random): Session => {
  const [client, server] = ends;
  const question = dnsQuestion(random.below(65_536), name);
  const answer = dnsAnswer(question, random.onceIn(30) ? 3 : 0);
  const messages = random.onceIn(100) ? [question] : [question, answer];
  let sent = 0;
  return {
    next: (target, at) => {
      const message = messages[sent];
      if (message === undefined) return 0;
      const way = template('ipv4', 17, 8, sent === 0 ? [client, server] : [server, client]);
      sent += 1;
      const body = place(way, target, at, message.length);
      message.copy(target, body);
      return body - at + message.length;
    },
  };
};

/** Datagrams of a stream, mostly from the server. */
export const datagramStream = (
  carrier: Carrier,
  [client, server]: readonly [Endpoint, Endpoint],
  count: number,
  random: Random,
): Session => {
  const ways = [template(carrier, 17, 8, [client, server]), template(carrier, 17, 8, [server, client])] as const;
  let left = count;
  return {
    next: (target, at) => {
      if (left === 0) return 0;
      left -= 1;
      const fromClient = random.onceIn(3);
      const payload = fromClient ? 40 : 1200;
      const body = place(ways[fromClient ? 0 : 1], target, at, payload);
      // A short header with the fixed bit (RFC 9000, 17.3).
      target.writeUInt8(0x40, body);
      return body - at + payload;
    },
  };
};

/** Who has an address, and the answer: 42 bytes each, padded to 60 on the wire. */
export const arpExchange = (host: number): Session => {
  let operation = 0;
  return {
    next: (target, at) => {
      if (operation === 2) return 0;
      operation += 1;
      target.fill(0, at, at + 60);
      target.writeUInt16BE(0x0806, at + 12);
      target.writeUInt32BE(0x0001_0800, at + 14);
      target.writeUInt16BE(0x0604, at + 18);
      target.writeUInt16BE(operation, at + 20);
      target.writeUInt32BE(0x0a00_0000 + host, at + 28);
      return 60;
    },
  };
};
