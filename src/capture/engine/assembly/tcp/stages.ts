// How far a connection has come: handshake, refusal, FIN, RST and who sent it.
import { REFUSED, RESET } from '../../verdicts.ts';
import { MARK_CLOSED, MARK_ONLY_SYN, MARK_SYN, MARK_UNTIMED, Flow } from '../flow-record.ts';
import { packet } from '../packet.ts';
import { ACK, FIN, offeredScale, RST, segment, SYN } from './segment.ts';
import {
  KNOWN_ACKNOWLEDGEABLE,
  KNOWN_INITIAL,
  KNOWN_NEXT,
  KNOWN_SCALE,
  KNOWN_WINDOW,
  SCALE_SHIFT,
  SCALES,
  SENT_FIN,
  SENT_SYN,
  sharedOf,
  sideOf,
  STAGE_ESTABLISHED,
  STAGE_FIN,
  STAGE_REFUSED,
  STAGE_RESET,
  STAGE_SYN,
  STAGE_SYN_ACK,
  STAGE_SYN_REVERSE,
  STAGE_TIMED,
  UNSCALED,
  Connection,
  Side,
} from './state.ts';
import {
  countReset,
  handshakes,
  RESET_AFTER_FIN,
  RESET_DATA,
  RESET_HANDSHAKE,
  RESET_REFUSING,
  RESET_UNKNOWN,
  sample,
  totals,
} from './totals.ts';

/** KNOWN_ bits of a side by the SYN at hand. */
export function knownOfSyn(): u32 {
  const scale = offeredScale();
  return SENT_SYN | KNOWN_INITIAL | KNOWN_SCALE | (scale < 0 ? 0 : SCALES | ((<u32>scale) << SCALE_SHIFT));
}

/** Fills a new connection from the SYN that its flow's record kept. */
export function recallSyn(flow: Flow, at: usize): void {
  const side = sideOf(at, 0);
  side.initial = flow.initial;
  side.next = flow.initial + 1;
  side.acknowledgeable = side.next;
  side.window = flow.window;
  side.nextTime = flow.firstTime;
  side.known = flow.known | UNSCALED | KNOWN_NEXT | KNOWN_ACKNOWLEDGEABLE | KNOWN_WINDOW;
  if ((side.known & SCALES) === 0) sideOf(at, 1).known = KNOWN_SCALE;
  const shared = sharedOf(at);
  shared.stage = STAGE_SYN;
  shared.handshake = flow.firstTime;
}

/** Counts the flow as one whose SYN was seen, once. */
export function noteSyn(flow: Flow): void {
  if ((flow.marks & MARK_SYN) !== 0) return;
  flow.marks |= MARK_SYN;
  totals.opened += 1;
}

function handleSyn(flow: Flow, shared: Connection, me: Side, you: Side): void {
  me.initial = segment.seq;
  // The first SYN's options count.
  if ((me.known & KNOWN_SCALE) === 0 || (me.known & SENT_SYN) === 0)
    me.known = (me.known & 0x7f) | (me.known & UNSCALED) | knownOfSyn();
  // Who does not offer a factor allows none to the other.
  if ((me.known & SCALES) === 0) you.known |= KNOWN_SCALE;
  if ((segment.flags & ACK) !== 0) {
    shared.stage |= STAGE_SYN_ACK;
    return;
  }
  noteSyn(flow);
  if ((shared.stage & STAGE_TIMED) !== 0) return;
  shared.stage |= STAGE_SYN | (packet.direction === 0 ? 0 : STAGE_SYN_REVERSE);
  shared.handshake = packet.time;
}

function handleReset(flow: Flow, shared: Connection, me: Side, you: Side): u32 {
  const opener: u32 = (shared.stage & STAGE_SYN_REVERSE) !== 0 ? 1 : 0;
  const sender: u32 = packet.direction === opener ? 0 : 1;
  const silent = (me.known & (KNOWN_NEXT | SENT_SYN)) === 0;
  const refusing = silent && (you.known & SENT_SYN) !== 0 && (shared.stage & (STAGE_SYN_ACK | STAGE_SYN)) === STAGE_SYN;
  let stage = RESET_UNKNOWN;
  if (refusing) stage = RESET_REFUSING;
  else if ((shared.stage & STAGE_REFUSED) !== 0) stage = RESET_REFUSING;
  else if ((shared.stage & STAGE_FIN) !== 0) stage = RESET_AFTER_FIN;
  else if ((shared.stage & STAGE_ESTABLISHED) !== 0) stage = RESET_DATA;
  else if ((shared.stage & STAGE_SYN) !== 0) stage = RESET_HANDSHAKE;
  countReset(stage, sender);
  if (refusing && (shared.stage & STAGE_REFUSED) === 0) totals.refused += 1;
  if (!refusing && stage !== RESET_REFUSING && (shared.stage & STAGE_RESET) === 0) totals.reset += 1;
  shared.stage |= STAGE_RESET | (refusing ? STAGE_REFUSED : 0);
  flow.marks |= MARK_CLOSED;
  return refusing ? (1 << RESET) | (1 << REFUSED) : 1 << RESET;
}

/** The handshake is complete with the opener's first segment that acknowledges the SYN+ACK. */
function completes(shared: Connection, me: Side, you: Side): bool {
  const opener: u32 = (shared.stage & STAGE_SYN_REVERSE) !== 0 ? 1 : 0;
  return (
    (shared.stage & (STAGE_SYN | STAGE_SYN_ACK | STAGE_ESTABLISHED)) === (STAGE_SYN | STAGE_SYN_ACK) &&
    packet.direction === opener &&
    (segment.flags & (SYN | ACK | RST)) === ACK &&
    (me.known & SENT_SYN) !== 0 &&
    <i32>(segment.ack - you.initial) > 0
  );
}

/** Initial sequence numbers of a connection whose SYNs were not seen: before the first byte sent or acknowledged. */
function guessInitial(me: Side, you: Side): void {
  if ((me.known & KNOWN_INITIAL) === 0) {
    me.known |= KNOWN_INITIAL;
    me.initial = segment.seq - 1;
  }
  if ((you.known & KNOWN_INITIAL) === 0 && (segment.flags & ACK) !== 0) {
    you.known |= KNOWN_INITIAL;
    you.initial = segment.ack - 1;
  }
}

/** Moves the connection on; answers with the verdicts RESET and REFUSED. */
export function advance(flow: Flow, shared: Connection, me: Side, you: Side): u32 {
  const flags = segment.flags;
  if ((flags & (SYN | RST)) === SYN) handleSyn(flow, shared, me, you);
  else if ((flags & SYN) === 0) flow.marks &= ~MARK_ONLY_SYN;
  guessInitial(me, you);
  const first = (shared.stage & (STAGE_SYN | STAGE_TIMED)) === STAGE_SYN && (flags & (SYN | ACK)) === ACK;
  if (first) {
    shared.stage |= STAGE_TIMED;
    shared.handshake = max<i64>(1, packet.time - shared.handshake);
  }
  if (completes(shared, me, you)) {
    shared.stage |= STAGE_ESTABLISHED;
    totals.established += 1;
    if (first && (flow.marks & MARK_UNTIMED) === 0) {
      totals.handshakeSum += shared.handshake;
      sample(handshakes, shared.handshake);
    }
  }
  if ((flags & FIN) !== 0) {
    me.known |= SENT_FIN;
    shared.stage |= STAGE_FIN;
    if ((you.known & SENT_FIN) !== 0 && (flow.marks & MARK_CLOSED) === 0) {
      flow.marks |= MARK_CLOSED;
      totals.closed += 1;
    }
  }
  return (flags & RST) !== 0 ? handleReset(flow, shared, me, you) : 0;
}
