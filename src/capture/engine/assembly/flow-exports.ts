// The flow table for readers: one small function a field. Flows are numbered from 1.
import { flowAt, MARK_KEPT, MARK_ONLY_SYN, MARK_PENDING, MARK_UNTIMED, MARK_USED, Flow } from './flow-record.ts';
import { Connection, SCALE_SHIFT, SCALES, SENT_SYN, sharedOf, sideOf, STAGE_ESTABLISHED } from './tcp/state.ts';
import { findingsFlow } from './tcp/findings.ts';

/** Whether the record is in use: the flow it stood for may have been put out. */
export function flowUsed(index: u32): u32 {
  return (flowAt(index).marks & MARK_USED) !== 0 ? 1 : 0;
}
/** Whether some of its packets have no time. */
export function flowUntimed(index: u32): u32 {
  return (flowAt(index).marks & MARK_UNTIMED) !== 0 ? 1 : 0;
}
/** Where the address of its first sender stands: 4 or 16 bytes; and the other's. */
export function flowSource(index: u32): usize {
  return changetype<usize>(flowAt(index));
}
export function flowDestination(index: u32): usize {
  return changetype<usize>(flowAt(index)) + 16;
}
export function flowFamily(index: u32): u32 {
  return flowAt(index).family;
}
export function flowProtocol(index: u32): u32 {
  return flowAt(index).protocol;
}
export function flowSourcePort(index: u32): u32 {
  return flowAt(index).sourcePort;
}
export function flowDestinationPort(index: u32): u32 {
  return flowAt(index).destinationPort;
}
export function flowFirstNumber(index: u32): u32 {
  return flowAt(index).firstNumber;
}
export function flowFirstTime(index: u32): i64 {
  return flowAt(index).firstTime;
}
export function flowLastTime(index: u32): i64 {
  return flowAt(index).lastTime;
}
export function flowPackets(index: u32, direction: u32): u32 {
  const flow = flowAt(index);
  return direction === 0 ? flow.packetsForward : flow.packetsReverse;
}
export function flowBytes(index: u32, direction: u32): f64 {
  const flow = flowAt(index);
  return <f64>(direction === 0 ? flow.bytesForward : flow.bytesReverse);
}
export function flowStream(index: u32): u32 {
  return flowAt(index).stream;
}

// TCP.
function shared(index: u32): Connection {
  return sharedOf(flowAt(index).connection);
}
/** STAGE_ bits of tcp/state.ts; 0 when the flow is nothing but one SYN, or no TCP. */
export function flowStage(index: u32): u32 {
  return flowAt(index).connection === 0 ? 0 : shared(index).stage;
}
/** Whether all its first sender sent were SYNs; 2: an answer may still come. */
export function flowOnlySyn(index: u32): u32 {
  const marks = flowAt(index).marks;
  return (marks & MARK_ONLY_SYN) === 0 ? 0 : (marks & MARK_PENDING) === 0 ? 1 : 2;
}
/** Nanoseconds; 0: unknown. */
export function flowHandshake(index: u32): f64 {
  return (flowStage(index) & STAGE_ESTABLISHED) === 0 ? 0 : <f64>shared(index).handshake;
}
/** Of the data sent in a direction: samples, and microseconds. */
export function flowRttSamples(index: u32, direction: u32): u32 {
  if (flowAt(index).connection === 0) return 0;
  return direction === 0 ? shared(index).samplesForward : shared(index).samplesReverse;
}
export function flowRttLeast(index: u32, direction: u32): u32 {
  if (flowAt(index).connection === 0) return 0;
  return direction === 0 ? shared(index).leastForward : shared(index).leastReverse;
}
export function flowRttMost(index: u32, direction: u32): u32 {
  if (flowAt(index).connection === 0) return 0;
  return direction === 0 ? shared(index).mostForward : shared(index).mostReverse;
}
export function flowRttSum(index: u32, direction: u32): f64 {
  if (flowAt(index).connection === 0) return 0;
  return <f64>(direction === 0 ? shared(index).sumForward : shared(index).sumReverse);
}
/** Most bytes in flight in a direction. */
export function flowFlight(index: u32, direction: u32): u32 {
  return flowAt(index).connection === 0 ? 0 : sideOf(flowAt(index).connection, direction).flight;
}
/** The window's factor that a side's SYN offers, as the exponent; -1: none; -2: its SYN was not seen. */
export function flowWindowScale(index: u32, direction: u32): i32 {
  const flow = flowAt(index);
  let known: u32 = 0;
  if (flow.connection !== 0) known = sideOf(flow.connection, direction).known;
  else if (direction === 0 && (flow.marks & MARK_KEPT) !== 0) known = flow.known;
  if ((known & SENT_SYN) === 0) return -2;
  return (known & SCALES) === 0 ? -1 : <i32>((known >> SCALE_SHIFT) & 15);
}
/** The flow that counts of verdicts belong to, 0 when it was put out. */
export function findingsRecord(index: u32): u32 {
  const flow = findingsFlow(index);
  return flow === 0 ? 0 : changetype<Flow>(flow).index;
}
