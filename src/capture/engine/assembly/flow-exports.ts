// The flow table for readers: one small function a field. Flows are numbered from 1.
import { flowAt } from './flows.ts';

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
export function flowNode(index: u32): u32 {
  return flowAt(index).node;
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
