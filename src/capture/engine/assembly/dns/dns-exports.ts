// The tables of the DNS analysis for readers: one small function a field. Times are nanoseconds.
import { nameAt } from './names.ts';
import { serverAt } from './servers.ts';
import { slowAt } from './slowest.ts';

/** Where a name's bytes are: lengths and labels of RFC 1035, without the root's. */
export function dnsNameBytes(id: u32): u32 {
  return nameAt(id).bytes;
}
export function dnsNameLength(id: u32): u32 {
  return nameAt(id).length;
}
export function dnsNameQueries(id: u32): u32 {
  return nameAt(id).queries;
}
export function dnsNameFailed(id: u32): u32 {
  return nameAt(id).failed;
}
export function dnsNameUnanswered(id: u32): u32 {
  return nameAt(id).unanswered;
}
export function dnsNameAnswered(id: u32): u32 {
  return nameAt(id).answered;
}
export function dnsNameSlowest(id: u32): i64 {
  return nameAt(id).slowest;
}
export function dnsNameSum(id: u32): i64 {
  return nameAt(id).sum;
}

export function dnsServerAddress(index: u32): usize {
  return changetype<usize>(serverAt(index));
}
export function dnsServerFamily(index: u32): u32 {
  return serverAt(index).family;
}
export function dnsServerPort(index: u32): u32 {
  return serverAt(index).port;
}
export function dnsServerQueries(index: u32): u32 {
  return serverAt(index).queries;
}
export function dnsServerAnswered(index: u32): u32 {
  return serverAt(index).answered;
}
export function dnsServerFailed(index: u32): u32 {
  return serverAt(index).failed;
}
export function dnsServerUnanswered(index: u32): u32 {
  return serverAt(index).unanswered;
}
/** Of those that wait at the end: how many may still be answered, and nanoseconds that one waits at most. */
export function dnsServerPending(index: u32): u32 {
  return serverAt(index).pending;
}
export function dnsServerWaited(index: u32): i64 {
  return serverAt(index).waited;
}
export function dnsServerRetried(index: u32): u32 {
  return serverAt(index).retried;
}
/** BUCKETS numbers of 32 bits. */
export function dnsServerBuckets(index: u32): u32 {
  return serverAt(index).buckets;
}
export function dnsServerFastest(index: u32): i64 {
  return serverAt(index).fastest;
}
export function dnsServerSlowest(index: u32): i64 {
  return serverAt(index).slowest;
}
export function dnsServerSum(index: u32): i64 {
  return serverAt(index).sum;
}

export function dnsSlowTime(index: u32): i64 {
  return slowAt(index).time;
}
export function dnsSlowPacket(index: u32): u32 {
  return slowAt(index).number;
}
export function dnsSlowQueryPacket(index: u32): u32 {
  return slowAt(index).queryNumber;
}
export function dnsSlowName(index: u32): u32 {
  return slowAt(index).name;
}
export function dnsSlowServer(index: u32): u32 {
  return slowAt(index).server;
}
export function dnsSlowType(index: u32): u32 {
  return slowAt(index).type;
}
