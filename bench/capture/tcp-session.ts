// A generated TCP conversation, one packet at a time: handshake, data one way with an acknowledgement for every second segment, now and then
// a segment that is missing and sent again after duplicate acknowledgements, close. SYNs have the options of Linux.
import { type Carrier, type Endpoint, place, template, type Template } from './headers.ts';
import type { Random } from './random.ts';
import { type Content, contentFor } from './streams.ts';

const headerBytes = 32;
const segment = 1448;

const SYN = 2;
const ACK = 16;
const FIN = 1;

export interface Session {
  /** Writes its next packet; the number of bytes, or 0 when it is over. */
  next(target: Buffer, at: number): number;
}

type Step = readonly [fromServer: boolean, flags: number, sequence: number, acknowledged: number, payload: number];

/** The steps of one conversation. Sequence numbers are relative. */
function* steps(segments: number, request: number, random: Random): Generator<Step> {
  yield [false, SYN, 0, 0, 0];
  yield [true, SYN | ACK, 0, 1, 0];
  yield [false, ACK, 1, 1, 0];
  yield [false, ACK | 8, 1, 1, request];
  const asked = 1 + request;
  yield [true, ACK, 1, asked, 0];
  let sent = 1;
  for (let number = 0; number < segments; number += 1) {
    if (random.onceIn(400) && number + 4 < segments) {
      // One segment is lost before it reaches the capture; three arrive behind it.
      const hole = sent;
      sent += segment;
      for (let behind = 0; behind < 3; behind += 1) {
        yield [true, ACK, sent, asked, segment];
        sent += segment;
        yield [false, ACK, asked, hole, 0];
      }
      yield [true, ACK, hole, asked, segment];
      yield [false, ACK, asked, sent, 0];
      number += 3;
      continue;
    }
    yield [true, ACK, sent, asked, segment];
    sent += segment;
    if (number % 2 === 1) yield [false, ACK, asked, sent, 0];
  }
  yield [true, ACK | FIN, sent, asked, 0];
  yield [false, ACK | FIN, asked, sent + 1, 0];
  yield [true, ACK, sent + 1, asked + 1, 0];
}

const setOptions = ({ bytes, transport }: Template): void => {
  // NOP, NOP, timestamps (RFC 7323).
  bytes.writeUInt32BE(0x0101_080a, transport + 20);
};

/** Behind the timestamps of a SYN: most segment size 1460, selective acknowledgements, window scale 7. */
const synOptions = Buffer.from([2, 4, 0x05, 0xb4, 4, 2, 1, 3, 3, 7, 1, 1]);

export const tcpSession = (
  carrier: Carrier,
  ends: readonly [client: Endpoint, server: Endpoint],
  segments: number,
  random: Random,
): Session => {
  const [client, server] = ends;
  const initial = [random.below(2 ** 32), random.below(2 ** 32)] as const;
  const ways = [
    template(carrier, 6, headerBytes, [client, server]),
    template(carrier, 6, headerBytes, [server, client]),
  ] as const;
  for (const way of ways) setOptions(way);
  const content: Content = contentFor(server.port, segments * segment, random);
  const walk = steps(segments, content.request.length, random);
  let stamp = random.below(1 << 30);
  return {
    next: (target, at) => {
      const turn = walk.next();
      if (turn.done === true) return 0;
      const [fromServer, flags, sequence, acknowledged, payload] = turn.value;
      const side = fromServer ? 1 : 0;
      const way = ways[side];
      const options = (flags & SYN) === 0 ? 0 : synOptions.length;
      const body = place(way, target, at, options + payload);
      const tcp = at + way.transport;
      if (options > 0) synOptions.copy(target, body);
      else if (payload > 0 && fromServer) content.response(target, body, sequence - 1, payload);
      else if (payload > 0) content.request.copy(target, body);
      target.writeUInt32BE((initial[side] + sequence) >>> 0, tcp + 4);
      target.writeUInt32BE((flags & ACK) === 0 ? 0 : (initial[1 - side === 1 ? 1 : 0] + acknowledged) >>> 0, tcp + 8);
      target.writeUInt8(((headerBytes + options) / 4) << 4, tcp + 12);
      target.writeUInt8(flags, tcp + 13);
      target.writeUInt16BE(0xfff0, tcp + 14);
      stamp += 1;
      target.writeUInt32BE(stamp, tcp + 24);
      return body - at + options + payload;
    },
  };
};
