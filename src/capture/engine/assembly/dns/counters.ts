// Counters of the DNS analysis (dns-layout.ts), and the tables of response codes and query types.
import { COUNTERS, RCODE_LIMIT, TYPE_LIMIT } from '../../dns-layout.ts';
import { take } from '../memory.ts';

const counters: usize = take(COUNTERS << 3);
/** By the header's 4 bits; by all 12 with EDNS; by query type. u32 each. */
const headerCodes: usize = take(16 << 2);
const codes: usize = take(RCODE_LIMIT << 2);
const types: usize = take((TYPE_LIMIT + 1) << 2);

export function add(counter: u32, amount: u32): void {
  const at = counters + <usize>(counter << 3);
  store<u64>(at, load<u64>(at) + amount);
}

function increment(at: usize): void {
  store<u32>(at, load<u32>(at) + 1);
}

export function countHeaderCode(code: u32): void {
  increment(headerCodes + <usize>((code & 15) << 2));
}

export function countCode(code: u32): void {
  increment(codes + <usize>((code & (RCODE_LIMIT - 1)) << 2));
}

export function countType(type: u32): void {
  increment(types + <usize>(min(type, TYPE_LIMIT) << 2));
}

// For readers.
export function dnsCounter(counter: u32): f64 {
  return counter < <u32>COUNTERS ? <f64>load<u64>(counters + <usize>(counter << 3)) : 0;
}
export function dnsHeaderCode(code: u32): u32 {
  return load<u32>(headerCodes + <usize>((code & 15) << 2));
}
export function dnsCode(code: u32): u32 {
  return load<u32>(codes + <usize>((code & (RCODE_LIMIT - 1)) << 2));
}
export function dnsType(type: u32): u32 {
  return load<u32>(types + <usize>(min(type, TYPE_LIMIT) << 2));
}
