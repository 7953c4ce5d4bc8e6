// When a table is full, flows are put out: closed ones first, then those of one packet, then the least recently used, as a clock's hand finds them.
// What they had is added up in `others`.
import { UNANSWERED, VERDICT_COUNT } from '../verdicts.ts';
import { addFlow } from './addresses.ts';
import {
  flowAt,
  flowCount,
  freeFlow,
  MARK_CLOSED,
  MARK_ONLY_SYN,
  MARK_PENDING,
  MARK_TOUCHED,
  MARK_UNCHAINED,
  MARK_USED,
  Flow,
} from './flow-record.ts';
import { remove } from './flow-table.ts';
import { take } from './memory.ts';
import { latestTime } from './time-series.ts';
import { countVerdict, findingsCounted, freeFindings } from './tcp/findings.ts';
import { connectionAt, connectionCount, freeConnection, sharedOf } from './tcp/state.ts';
import { totals } from './tcp/totals.ts';

/** Flows looked at to put one out. */
const LOOKS: u32 = 24;

@unmanaged
class Others {
  flows: u32;
  packets: u32;
  bytes: u64;
  unanswered: u32;
}

/** Nanoseconds that a SYN may wait for its answer, and after which another one was sent because of none: the first timeout is 1 s (RFC 6298). */
const PATIENCE: i64 = 3000000000;
const SENT_AGAIN: i64 = 200000000;

const others = changetype<Others>(memory.data(offsetof<Others>(), 16));
const verdicts: usize = take(VERDICT_COUNT << 2);
let flowHand: u32 = 0;
let pending: u32 = 0;
let connectionHand: u32 = 0;

/** Whether an answer to a SYN may still come when the capture ends. */
function mayBeAnswered(flow: Flow): bool {
  if (flow.firstTime === i64.MIN_VALUE || flow.lastTime - flow.firstTime >= SENT_AGAIN) return false;
  return latestTime() - flow.firstTime < PATIENCE;
}

/** What can be said only when a flow's last packet was seen: nobody answered its SYN. Flows put out are not waited for. */
function settle(flow: Flow, atEnd: bool): bool {
  if (flow.protocol !== 6 || (flow.marks & MARK_ONLY_SYN) === 0 || flow.packetsReverse !== 0) return false;
  if (atEnd && mayBeAnswered(flow)) {
    flow.marks |= MARK_PENDING;
    pending += 1;
    return false;
  }
  totals.unanswered += 1;
  countVerdict(UNANSWERED, flow.firstNumber);
  return true;
}

/** Puts a flow out: its record may be used again. */
export function evict(flow: Flow): void {
  addFlow(flow);
  others.flows += 1;
  others.packets += flow.packetsForward + flow.packetsReverse;
  others.bytes += flow.bytesForward + flow.bytesReverse;
  if (settle(flow, false)) others.unanswered += 1;
  if (flow.connection !== 0) {
    const findings = sharedOf(flow.connection).findings;
    if (findings !== 0) {
      for (let verdict: u32 = 0; verdict < <u32>VERDICT_COUNT; verdict++) {
        const at = verdicts + <usize>(verdict << 2);
        store<u32>(at, load<u32>(at) + findingsCounted(findings, verdict));
      }
      freeFindings(findings);
    }
    freeConnection(flow.connection);
  }
  remove(flow);
  freeFlow(flow);
}

/** How little would be lost: 3 closed, 2 a single packet, 1 unused since the hand was here last, 0 in use. Takes the mark of use away. */
function worthless(flow: Flow): u32 {
  const marks = flow.marks;
  flow.marks = marks & ~MARK_TOUCHED;
  if ((marks & (MARK_CLOSED | MARK_UNCHAINED)) !== 0) return 3;
  if ((marks & MARK_TOUCHED) !== 0) return 0;
  return flow.packetsForward + flow.packetsReverse === 1 ? 2 : 1;
}

/** Puts one flow out, never `kept`. */
export function evictFlow(kept: usize): void {
  let best: usize = 0;
  let bestWorth: i32 = -1;
  for (let look: u32 = 0; look < LOOKS; look++) {
    flowHand = flowHand >= flowCount() ? 1 : flowHand + 1;
    const flow = flowAt(flowHand);
    const address = changetype<usize>(flow);
    if ((flow.marks & MARK_USED) === 0 || address === kept) continue;
    const worth = <i32>worthless(flow);
    if (worth > bestWorth) {
      best = address;
      bestWorth = worth;
      if (worth >= 2) break;
    }
  }
  if (best !== 0) evict(changetype<Flow>(best));
}

/** Puts one flow out that has a connection, never `kept`. */
export function evictConnection(kept: usize): void {
  let best: usize = 0;
  let bestWorth: i32 = -1;
  for (let look: u32 = 0; look < LOOKS; look++) {
    connectionHand = connectionHand >= connectionCount() ? 1 : connectionHand + 1;
    const address = sharedOf(connectionAt(connectionHand)).flow;
    if (address === 0 || address === kept) continue;
    const worth = <i32>worthless(changetype<Flow>(address));
    if (worth > bestWorth) {
      best = address;
      bestWorth = worth;
      if (worth >= 2) break;
    }
  }
  if (best !== 0) evict(changetype<Flow>(best));
}

/** After the last packet: settles all flows that are still known. */
export function settleFlows(): void {
  for (let index: u32 = 1; index <= flowCount(); index++) {
    const flow = flowAt(index);
    if ((flow.marks & MARK_USED) !== 0) settle(flow, true);
  }
}

// For readers.
/** Connections whose SYN may still be answered. */
export function tcpPending(): u32 {
  return pending;
}
export function otherFlows(): u32 {
  return others.flows;
}
export function otherPackets(): u32 {
  return others.packets;
}
export function otherBytes(): f64 {
  return <f64>others.bytes;
}
export function otherUnanswered(): u32 {
  return others.unanswered;
}
