// Round trip times of data (RFC 6298, Karn's rule): one segment a side is timed at a time, never one that was sent twice or overtaken; so there is
// at most one sample a round trip, and nothing to remember for each segment. And bytes in flight.
import { Flow, MARK_UNTIMED } from '../flow-record.ts';
import { packet } from '../packet.ts';
import { ACK, segment } from './segment.ts';
import { KNOWN_ACKNOWLEDGED, KNOWN_NEXT, TIMING, Connection, Side } from './state.ts';
import { rtts, sample, totals } from './totals.ts';
import { after } from './rules.ts';

function note(shared: Connection, direction: u32, time: i64): void {
  // Between packets of which some have no time nothing is measured.
  if ((changetype<Flow>(shared.flow).marks & MARK_UNTIMED) !== 0) return;
  const elapsed = max<i64>(0, time);
  sample(rtts, elapsed);
  totals.rttSum += elapsed;
  const micros = <u32>min<i64>(0xffffffff, elapsed / 1000);
  if (direction === 0) {
    shared.leastForward = shared.samplesForward === 0 ? micros : min(shared.leastForward, micros);
    shared.mostForward = max(shared.mostForward, micros);
    shared.sumForward += micros;
    shared.samplesForward += 1;
  } else {
    shared.leastReverse = shared.samplesReverse === 0 ? micros : min(shared.leastReverse, micros);
    shared.mostReverse = max(shared.mostReverse, micros);
    shared.sumReverse += micros;
    shared.samplesReverse += 1;
  }
}

/** After the segment's verdicts were found and before it is remembered: `resent` when it is a retransmission or out of order. */
export function timeSegment(shared: Connection, me: Side, you: Side, resent: bool): void {
  if ((segment.flags & ACK) !== 0 && (you.known & TIMING) !== 0 && !after(you.timedEnd, segment.ack)) {
    you.known &= ~TIMING;
    note(shared, 1 - packet.direction, packet.time - you.timedTime);
  }
  if (segment.length === 0) return;
  const end = segment.seq + segment.length;
  if (resent) me.known &= ~TIMING;
  else if ((me.known & (TIMING | KNOWN_NEXT)) === KNOWN_NEXT && after(end, me.next)) {
    me.known |= TIMING;
    me.timedEnd = end;
    me.timedTime = packet.time;
  }
  if ((you.known & KNOWN_ACKNOWLEDGED) === 0) return;
  const flight = end - you.acknowledged;
  if (<i32>flight > 0 && flight < 1 << 30 && flight > me.flight) {
    me.flight = flight;
    if (flight > totals.flight) totals.flight = flight;
  }
}
