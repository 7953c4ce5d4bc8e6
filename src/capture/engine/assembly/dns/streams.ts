// DNS over TCP (RFC 1035, 4.2.2): messages behind two bytes of length, put together in order from the segments of each direction.
// Bounded: so many directions at a time, of each message its first KEPT bytes.
import { CUT, OVER_TCP, TCP_LOST } from '../../dns-layout.ts';
import { be16, be32 } from '../bytes.ts';
import { flowIndex } from '../flow-record.ts';
import { take } from '../memory.ts';
import { packet } from '../packet.ts';
import { add } from './counters.ts';
import { message } from './message.ts';

/** Bytes of a message in pieces that are kept: header, question and what usually follows. */
const KEPT: u32 = 2048;
const SETS: u32 = 256;
const WAYS: u32 = 4;
/** A segment that begins so far before what is expected belongs to another connection. */
const OLD: i32 = -(1 << 20);

@unmanaged
class Stream {
  /** Twice the flow's number, and its direction; 0: nobody's. */
  key: u32;
  /** Sequence number expected next. */
  next: u32;
  /** Bytes of the message under way that came, its length's two included; 0: between two messages. */
  have: u32;
  /** Packet number of its latest segment. */
  used: u32;
  /** Where its first bytes are kept. */
  bytes: usize;
}

const SIZE: u32 = offsetof<Stream>();
let streams: usize = 0;

/** Sequence number of the segment's first byte: a SYN takes one itself. */
function sequenceNumber(): u32 {
  return be32(packet.transport + 4) + (((<u32>load<u8>(packet.transport + 13)) >>> 1) & 1);
}

/** The stream of the packet at hand; the longest idle one of its set makes room. */
function find(key: u32): Stream {
  const first = streams + <usize>(((key * 0x9e3779b1) >>> 24) * WAYS * SIZE);
  let oldest = changetype<Stream>(first);
  for (let way: u32 = 0; way < WAYS; way++) {
    const stream = changetype<Stream>(first + <usize>(way * SIZE));
    if (stream.key === key) return stream;
    if (stream.used < oldest.used) oldest = stream;
  }
  if (oldest.have > 0) add(TCP_LOST, 1);
  oldest.key = key;
  oldest.have = 0;
  oldest.next = sequenceNumber();
  if (oldest.bytes === 0) oldest.bytes = take(KEPT);
  return oldest;
}

/** Keeps bytes of the message under way. */
function keep(stream: Stream, from: usize, bytes: u32): void {
  if (stream.have < KEPT && stream.bytes !== 0)
    memory.copy(stream.bytes + stream.have, from, min(bytes, KEPT - stream.have));
  stream.have += bytes;
}

/** Length on the wire of the message under way, its two bytes included; 2 while they are not there. */
function needed(stream: Stream): u32 {
  return stream.have < 2 ? 2 : 2 + be16(stream.bytes);
}

/** Takes the segment from `at`; answers with the messages that end in it. */
function consume(stream: Stream, from: usize, end: usize): u32 {
  let at = from;
  let ended: u32 = 0;
  while (at < end) {
    if (stream.have === 0 && at + 2 <= end && at + 2 + be16(at) <= end) {
      const behind = at + 2 + be16(at);
      if (message(at + 2, behind, behind, OVER_TCP)) ended += 1;
      at = behind;
      continue;
    }
    const bytes = min(needed(stream) - stream.have, <u32>(end - at));
    keep(stream, at, bytes);
    at += bytes;
    if (stream.have < 2 || stream.have < needed(stream)) continue;
    const kept = stream.bytes + min(stream.have, KEPT);
    if (message(stream.bytes + 2, kept, stream.bytes + stream.have, OVER_TCP)) ended += 1;
    stream.have = 0;
  }
  return ended;
}

/** What is captured of a message whose rest the capture cut Answers 1 when it can be told. Where the next one begins is not known: it is expected with the next segment. */
function endCut(stream: Stream): u32 {
  const have = min(stream.have, KEPT);
  stream.have = 0;
  if (have < 2) {
    add(TCP_LOST, 1);
    return 0;
  }
  add(CUT, 1);
  return message(stream.bytes + 2, stream.bytes + have, stream.bytes + 2 + be16(stream.bytes), OVER_TCP) ? 1 : 0;
}

/** The direction of the packet at hand; a new one without a number of its flow, which then holds no message of several segments. */
function current(): Stream {
  const flow = flowIndex(packet.flow);
  const stream = find(flow === 0 ? 1 : (flow << 1) | packet.direction);
  if (flow === 0) stream.have = 0;
  stream.used = packet.number;
  return stream;
}

/** Takes the segment at hand; answers with the number of messages that end in it. */
export function segment(): u32 {
  if (streams === 0) streams = take(SETS * WAYS * SIZE);
  if (streams === 0) return 0;
  const stream = current();
  if (stream.bytes === 0) return 0;
  const length = <u32>(packet.wire - packet.at);
  const sequence = sequenceNumber();
  const ahead = <i32>(sequence - stream.next);
  let from = packet.at;
  if (ahead < 0 && ahead > OLD) {
    // Seen before, as a whole or in part.
    if (<u32>-ahead >= length) return 0;
    from += <usize>-ahead;
  } else if (ahead !== 0) {
    if (stream.have > 0) add(TCP_LOST, 1);
    stream.have = 0;
  }
  stream.next = sequence + length;
  let ended = from < packet.end ? consume(stream, from, packet.end) : 0;
  if (packet.end < packet.wire) ended += endCut(stream);
  return ended;
}
