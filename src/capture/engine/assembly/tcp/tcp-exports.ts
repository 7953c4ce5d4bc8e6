// What TCP came to in the whole file, for readers; totals.ts says what each counts.
import { totals } from './totals.ts';

export function tcpSegments(): u32 {
  return totals.segments;
}
export function tcpQuoted(): u32 {
  return totals.quoted;
}
export function tcpCut(): u32 {
  return totals.cut;
}
export function tcpMalformed(): u32 {
  return totals.malformed;
}
export function tcpHomeless(): u32 {
  return totals.homeless;
}
export function tcpDataSegments(): u32 {
  return totals.dataSegments;
}
export function tcpBareSequenced(): u32 {
  return totals.bareSequenced;
}
export function tcpAcknowledgments(): u32 {
  return totals.acknowledgments;
}
export function tcpOpened(): u32 {
  return totals.opened;
}
export function tcpEstablished(): u32 {
  return totals.established;
}
export function tcpRefused(): u32 {
  return totals.refused;
}
export function tcpUnanswered(): u32 {
  return totals.unanswered;
}
export function tcpReset(): u32 {
  return totals.reset;
}
export function tcpClosed(): u32 {
  return totals.closed;
}
export function tcpFlight(): u32 {
  return totals.flight;
}
export function tcpRttSum(): f64 {
  return <f64>totals.rttSum;
}
export function tcpHandshakeSum(): f64 {
  return <f64>totals.handshakeSum;
}
