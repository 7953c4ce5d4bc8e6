// The verdicts of one segment, from what both sides sent before. Definitions: Wireshark User's Guide, "TCP Analysis"; sequence numbers are
// compared by serial-number arithmetic (RFC 1982), so that they may wrap.
import {
  ACKED_UNSEEN,
  DUPLICATE_ACK,
  FAST_RETRANSMISSION,
  KEEP_ALIVE,
  KEEP_ALIVE_ACK,
  LOST_SEGMENT,
  OUT_OF_ORDER,
  RETRANSMISSION,
  SPURIOUS_RETRANSMISSION,
  WINDOW_FULL,
  WINDOW_UPDATE,
  ZERO_WINDOW,
  ZERO_WINDOW_PROBE,
  ZERO_WINDOW_PROBE_ACK,
} from '../../verdicts.ts';
import { packet } from '../packet.ts';
import { ACK, FIN, RST, segment, SYN } from './segment.ts';
import {
  KNOWN_ACKNOWLEDGEABLE,
  KNOWN_ACKNOWLEDGED,
  KNOWN_NEXT,
  KNOWN_SCALE,
  KNOWN_WINDOW,
  SCALE_SHIFT,
  SCALES,
  SENT_SYN,
  UNSCALED,
  Side,
} from './state.ts';

/** A retransmission is fast within this time of the latest acknowledgment, nanoseconds. */
const FAST: i64 = 20000000;
/** Without a handshake to measure, segments closer than this are taken for reordered, nanoseconds. */
const REORDERING: i64 = 3000000;

/** Whether one sequence number comes after another. */
export function after(one: u32, other: u32): bool {
  return <i32>(one - other) > 0;
}

/** A factor holds when both SYNs offer one (RFC 7323, 2.2); that of a SYN that is not in the capture is taken for offering one. */
function windowLimit(me: Side, you: Side): u32 {
  const refused = (me.known & (SENT_SYN | SCALES)) === SENT_SYN;
  const scaled = !refused && (you.known & (SCALES | UNSCALED)) === SCALES;
  const shift: u32 = scaled ? (you.known >> SCALE_SHIFT) & 15 : 0;
  return you.acknowledged + (you.window << shift);
}

/** Verdicts of the segment for what it is in itself: everything but retransmission and its kin, and acknowledging the unseen. */
function ownVerdicts(me: Side, you: Side): u32 {
  const seq = segment.seq;
  const length = segment.length;
  const window = segment.window;
  const plain = (segment.flags & (SYN | FIN | RST)) === 0;
  const inOrder = (me.known & KNOWN_NEXT) !== 0 && seq === me.next;
  let verdicts: u32 = 0;
  if (length === 1 && inOrder && (you.known & KNOWN_WINDOW) !== 0 && you.window === 0) return 1 << ZERO_WINDOW_PROBE;
  if (plain && window === 0) verdicts |= 1 << ZERO_WINDOW;
  if ((me.known & KNOWN_NEXT) !== 0 && after(seq, me.next) && (segment.flags & RST) === 0)
    verdicts |= 1 << LOST_SEGMENT;
  if (!plain) return verdicts;
  if (length <= 1 && (me.known & KNOWN_NEXT) !== 0 && seq + 1 === me.next) verdicts |= 1 << KEEP_ALIVE;
  if (length > 0) {
    if ((you.known & KNOWN_SCALE) !== 0 && seq + length === windowLimit(me, you)) verdicts |= 1 << WINDOW_FULL;
    return verdicts;
  }
  if (!inOrder || (me.known & KNOWN_ACKNOWLEDGED) === 0) return verdicts;
  const same = segment.ack === me.acknowledged;
  if (window !== 0 && window !== me.window && same) verdicts |= 1 << WINDOW_UPDATE;
  if (window === me.window && window !== 0 && same && (you.verdicts & (1 << KEEP_ALIVE)) !== 0)
    return verdicts | (1 << KEEP_ALIVE_ACK);
  if (window === 0 && window === me.window && same && (you.verdicts & (1 << ZERO_WINDOW_PROBE)) !== 0)
    return verdicts | (1 << ZERO_WINDOW_PROBE_ACK);
  if (window !== 0 && same && window === me.window) verdicts |= 1 << DUPLICATE_ACK;
  return verdicts;
}

/** Sequence number behind the segment; SYN and FIN count. */
function endOf(): u32 {
  return segment.seq + segment.length + ((segment.flags & (SYN | FIN)) !== 0 ? 1 : 0);
}

/** RETRANSMISSION and its kinds, or OUT_OF_ORDER, of a segment that has data, SYN or FIN. */
function resent(me: Side, you: Side, handshake: i64): u32 {
  const again: u32 = 1 << RETRANSMISSION;
  const acknowledged = (you.known & KNOWN_ACKNOWLEDGED) !== 0;
  if (segment.length > 0 && acknowledged && !after(segment.seq + segment.length, you.acknowledged))
    return again | (1 << SPURIOUS_RETRANSMISSION);
  if ((me.known & KNOWN_NEXT) === 0 || !after(me.next, segment.seq)) return 0;
  // A keep-alive's sequence number, and more than a keep-alive has: new data.
  if (segment.length > 1 && segment.seq + 1 === me.next) return 0;
  if (
    you.duplicates >= 2 &&
    acknowledged &&
    you.acknowledged === segment.seq &&
    packet.time - you.acknowledgedTime < FAST
  )
    return again | (1 << FAST_RETRANSMISSION);
  const threshold = handshake > 0 ? handshake : REORDERING;
  return packet.time - me.nextTime < threshold && me.next !== endOf() ? 1 << OUT_OF_ORDER : again;
}

/**
 * Whether it acknowledges what was not seen: a hole, or, once until the other side's acknowledgments move, what lies behind all that was seen. The
 * latter counts like duplicate acknowledgments for what is sent then.
 */
function acknowledgesUnseen(you: Side): bool {
  if ((segment.flags & ACK) === 0 || (you.known & KNOWN_ACKNOWLEDGEABLE) === 0) return false;
  if (!after(segment.ack, you.acknowledgeable)) return false;
  if (you.acknowledgeable === you.next) {
    const before = you.duplicates;
    you.duplicates += 2;
    if (before > 0) return false;
  }
  you.acknowledgeable = you.next;
  return true;
}

/** The segment's verdicts; `handshake` is the connection's handshake time, 0 when unknown. */
export function judge(me: Side, you: Side, handshake: i64): u32 {
  let verdicts = ownVerdicts(me, you);
  if (segment.ack !== me.acknowledged) me.duplicates = 0;
  else if ((verdicts & (1 << DUPLICATE_ACK)) !== 0) me.duplicates += 1;
  if (acknowledgesUnseen(you)) verdicts |= 1 << ACKED_UNSEEN;
  if ((verdicts & (1 << KEEP_ALIVE)) === 0 && (segment.length > 0 || (segment.flags & (SYN | FIN)) !== 0))
    verdicts |= resent(me, you, handshake);
  return verdicts;
}

/** What later segments are compared with. */
export function remember(me: Side, verdicts: u32): void {
  const end = endOf();
  const probe = (verdicts & (1 << ZERO_WINDOW_PROBE)) !== 0;
  if ((me.known & KNOWN_NEXT) === 0 || (after(end, me.next) && !probe)) {
    me.next = end;
    me.nextTime = packet.time;
  }
  if ((me.known & KNOWN_ACKNOWLEDGEABLE) === 0 || segment.seq === me.acknowledgeable) me.acknowledgeable = me.next;
  me.known |= KNOWN_NEXT | KNOWN_ACKNOWLEDGEABLE | KNOWN_WINDOW;
  me.window = segment.window;
  me.known = (segment.flags & SYN) !== 0 ? me.known | UNSCALED : me.known & ~UNSCALED;
  me.known = (segment.flags & ACK) !== 0 ? me.known | KNOWN_ACKNOWLEDGED : me.known & ~KNOWN_ACKNOWLEDGED;
  me.acknowledged = segment.ack;
  me.acknowledgedTime = packet.time;
  me.verdicts = verdicts;
}
