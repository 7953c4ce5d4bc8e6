// What is remembered of a flow's application protocol, so that messages over several segments count where Wireshark counts them:
// in the segment that ends them. Only flows whose protocol was recognised have one.
import { Flow } from '../flow-record.ts';
import { take } from '../memory.ts';
import { packet } from '../packet.ts';

/** One direction. */
@unmanaged
export class Side {
  /** Next byte expected, a sequence number. */
  expected: u32;
  /** Bytes left of the message, chunk or record; or what is known of its header. */
  left: u32;
  /** Of the protocol's own reading; 0 between messages. */
  mode: u8;
  held: u8;
  flags: u8;
  /** Bytes of the message at hand are missing. */
  gap: u8;
  /** Whether `expected` is known. */
  begun: u32;
}

@unmanaged
export class Stream {
  /** The flow's first packet: another one's record is another flow's. */
  owner: u32;
  /** Protocol. */
  kind: u16;
  /** HTTP: the last request was HEAD. */
  head: u16;
}

const SIDE: u32 = offsetof<Side>();
const SIZE: u32 = offsetof<Stream>() + 2 * SIDE;
const PER_CHUNK: u32 = 1024;
/** Streams at a time; the oldest gives way, and its flow's next message begins anew. */
const LIMIT: u32 = 1 << 17;
const chunks: usize = take((LIMIT / PER_CHUNK) << 2);
let made: u32 = 0;

/** Of the packet's flow; null when none was made or it gave way. */
export function streamOf(): Stream | null {
  if (packet.flow === 0) return null;
  const flow = changetype<Flow>(packet.flow);
  if (flow.application === 0) return null;
  const number = flow.application - 1;
  const chunk = <usize>load<u32>(chunks + <usize>((number / PER_CHUNK) << 2));
  const stream = changetype<Stream>(chunk + <usize>((number % PER_CHUNK) * SIZE));
  return stream.owner === flow.firstNumber ? stream : null;
}

/** Makes one for the packet's flow, whose protocol is known now; null without a flow, or when memory is at its end. */
export function makeStream(kind: u32): Stream | null {
  if (packet.flow === 0) return null;
  const number = made % LIMIT;
  const slot = chunks + <usize>((number / PER_CHUNK) << 2);
  if (load<u32>(slot) === 0) store<u32>(slot, <u32>take(<usize>(PER_CHUNK * SIZE)));
  const chunk = <usize>load<u32>(slot);
  if (chunk === 0) return null;
  made += 1;
  const flow = changetype<Flow>(packet.flow);
  const address = chunk + <usize>((number % PER_CHUNK) * SIZE);
  memory.fill(address, 0, SIZE);
  const stream = changetype<Stream>(address);
  stream.owner = flow.firstNumber;
  stream.kind = <u16>kind;
  flow.application = number + 1;
  return stream;
}

/** The direction that the packet goes. */
export function sideOf(stream: Stream): Side {
  return changetype<Side>(changetype<usize>(stream) + offsetof<Stream>() + <usize>(packet.direction * SIDE));
}
