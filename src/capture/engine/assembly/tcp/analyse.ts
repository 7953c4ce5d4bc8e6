// TCP analysis of the packet at hand within its flow, with Wireshark's definitions (User's Guide, "TCP Analysis").
import { OUT_OF_ORDER, PORT_REUSE, RETRANSMISSION } from '../../verdicts.ts';
import { evictConnection } from '../flow-eviction.ts';
import { MARK_KEPT, MARK_ONLY_SYN, Flow } from '../flow-record.ts';
import { packet } from '../packet.ts';
import { countVerdicts, takeFindings } from './findings.ts';
import { judge, remember } from './rules.ts';
import { timeSegment } from './rtt.ts';
import { ACK, CUT, FIN, RST, segment, SYN, WHOLE } from './segment.ts';
import { advance, knownOfSyn, noteSyn, recallSyn } from './stages.ts';
import {
  KNOWN_ACKNOWLEDGEABLE,
  KNOWN_ACKNOWLEDGED,
  KNOWN_INITIAL,
  KNOWN_NEXT,
  KNOWN_WINDOW,
  SCALE_SHIFT,
  sharedOf,
  sideOf,
  STAGE_ESTABLISHED,
  STAGE_SYN,
  STAGE_SYN_ACK,
  STAGE_TIMED,
  takeConnection,
  UNSCALED,
  Connection,
  Side,
} from './state.ts';
import { totals } from './totals.ts';

const AGAIN: u32 = (1 << RETRANSMISSION) | (1 << OUT_OF_ORDER);

/** The flow's connection, made when there is none yet; 0: there is no room. */
function connectionOf(flow: Flow): usize {
  if (flow.connection !== 0) return flow.connection;
  let at = takeConnection(flow);
  if (at === 0) {
    evictConnection(changetype<usize>(flow));
    at = takeConnection(flow);
    if (at === 0) return 0;
  }
  flow.connection = at;
  if ((flow.marks & MARK_KEPT) !== 0) {
    recallSyn(flow, at);
    flow.marks &= ~MARK_KEPT;
  }
  return at;
}

/** A flow that is one SYN so far: its record has room for it. */
function keepSyn(flow: Flow): bool {
  if ((segment.flags & (SYN | ACK | FIN | RST)) !== SYN) return false;
  flow.marks |= MARK_ONLY_SYN;
  noteSyn(flow);
  if (segment.length !== 0) return false;
  flow.marks |= MARK_KEPT;
  flow.initial = segment.seq;
  flow.window = segment.window;
  flow.known = knownOfSyn();
  return true;
}

function countSegment(): bool {
  // A header quoted by an ICMP error was sent before, or elsewhere.
  if (packet.quoted !== 0) {
    totals.quoted += 1;
    return false;
  }
  totals.segments += 1;
  if (segment.state !== WHOLE) {
    if (segment.state === CUT) totals.cut += 1;
    else totals.malformed += 1;
    return false;
  }
  if (segment.length > 0) {
    totals.dataSegments += 1;
    totals.dataBytes += segment.length;
  } else if ((segment.flags & (SYN | FIN)) !== 0) totals.bareSequenced += 1;
  else if ((segment.flags & (RST | ACK)) === ACK) totals.acknowledgments += 1;
  if (packet.flow !== 0) return true;
  totals.homeless += 1;
  return false;
}

const FULLY_KNOWN: u32 = KNOWN_NEXT | KNOWN_ACKNOWLEDGEABLE | KNOWN_INITIAL;
const HANDSHAKE: u32 = STAGE_SYN | STAGE_SYN_ACK | STAGE_ESTABLISHED;

/**
 * Whether no rule has anything to say of the segment and the connection's stage stays: data in order, or an acknowledgment that moves on, of a
 * connection whose sides are known. False says nothing: most segments need no more than this, and the rules look at the others.
 */
function isUsual(shared: Connection, me: Side, you: Side): bool {
  const seq = segment.seq;
  const ack = segment.ack;
  const length = segment.length;
  if ((segment.flags & (SYN | FIN | RST | ACK)) !== ACK || seq !== me.next || segment.window === 0 || you.window === 0)
    return false;
  if ((me.known & FULLY_KNOWN) !== FULLY_KNOWN || (you.known & FULLY_KNOWN) !== FULLY_KNOWN) return false;
  if (<i32>(ack - you.acknowledgeable) > 0) return false;
  const stage = shared.stage;
  if ((stage & (STAGE_SYN | STAGE_TIMED)) === STAGE_SYN || (stage & HANDSHAKE) === (STAGE_SYN | STAGE_SYN_ACK))
    return false;
  if (length === 0) return ack !== me.acknowledged;
  const flight = seq + length - you.acknowledged;
  if ((you.known & KNOWN_ACKNOWLEDGED) === 0 || <i32>flight <= 0) return false;
  // The window, whether it is scaled or not, would be full.
  return flight !== you.window && flight !== you.window << ((you.known >> SCALE_SHIFT) & 15);
}

/** What `remember` keeps, of a usual segment. */
function rememberUsual(me: Side): void {
  const ack = segment.ack;
  const time = packet.time;
  const end = segment.seq + segment.length;
  if (me.acknowledgeable === me.next) me.acknowledgeable = end;
  if (segment.length > 0) {
    me.next = end;
    me.nextTime = time;
  }
  if (ack !== me.acknowledged) me.duplicates = 0;
  me.known = (me.known & ~UNSCALED) | KNOWN_WINDOW | KNOWN_ACKNOWLEDGED;
  me.window = segment.window;
  me.acknowledged = ack;
  me.acknowledgedTime = time;
  me.verdicts = 0;
}

export function analyse(): void {
  if (!countSegment()) return;
  const flow = changetype<Flow>(packet.flow);
  let reused = packet.verdicts & (1 << PORT_REUSE);
  if (flow.packetsForward + flow.packetsReverse === 1 && reused === 0 && keepSyn(flow)) return;
  const at = connectionOf(flow);
  if (at === 0) {
    totals.homeless += 1;
    return;
  }
  const me = sideOf(at, packet.direction);
  const you = sideOf(at, 1 - packet.direction);
  const shared = sharedOf(at);
  if (reused === 0 && isUsual(shared, me, you)) {
    flow.marks &= ~MARK_ONLY_SYN;
    timeSegment(shared, me, you, false);
    rememberUsual(me);
    return;
  }
  // Without ACK the field means nothing; the initial number stands for nothing acknowledged.
  if ((segment.flags & ACK) === 0) segment.ack = you.initial;
  if ((segment.flags & (SYN | ACK)) === (SYN | ACK) && (me.known & KNOWN_INITIAL) !== 0 && me.initial !== segment.seq)
    reused = 1 << PORT_REUSE;
  let verdicts = judge(me, you, (shared.stage & STAGE_TIMED) !== 0 ? shared.handshake : 0);
  timeSegment(shared, me, you, (verdicts & AGAIN) !== 0);
  verdicts |= reused | advance(flow, shared, me, you);
  remember(me, verdicts);
  if (verdicts === 0) return;
  packet.verdicts |= verdicts;
  if (shared.findings === 0) shared.findings = takeFindings(packet.flow);
  countVerdicts(verdicts, shared.findings);
}
