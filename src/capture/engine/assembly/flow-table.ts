// The flows by their endpoints: a hash table of chains that stay short, whoever chose the addresses.
import { FLOW_LIMIT, flowAt, flowCount, MARK_UNCHAINED, MARK_USED, Flow } from './flow-record.ts';
import { take } from './memory.ts';
import { keyed } from './seed.ts';

/** Flows of one chain that are looked at; a longer one loses its oldest. */
export const CHAIN_LIMIT: u32 = 48;

let buckets: usize = 0;
let mask: u32 = 0;
let used: u32 = 0;

function mix(low: u64, high: u64, port: u32): u64 {
  let value: u64 = keyed(low, 0) + keyed(<u64>port, 8);
  if (high !== 0) value += keyed(high, 16);
  value ^= value >>> 32;
  return value * 0xd6e8feb86659fd93;
}

/** One value for both directions. */
export function hash(
  sourceLow: u64,
  sourceHigh: u64,
  sourcePort: u32,
  destinationLow: u64,
  destinationHigh: u64,
  destinationPort: u32,
  protocol: u32,
): u32 {
  const sum = mix(sourceLow, sourceHigh, sourcePort) + mix(destinationLow, destinationHigh, destinationPort);
  const value = (sum ^ (sum >>> 29)) * 0xbf58476d1ce4e5b9;
  return (<u32>(value >>> 32)) ^ (protocol * 0x9e3779b1);
}

function slot(code: u32): usize {
  return buckets + <usize>((code & mask) << 2);
}

/** The first flow of the chain; 0: none. */
export function chainOf(code: u32): u32 {
  return mask === 0 ? 0 : load<u32>(slot(code));
}

/** Twice the buckets; the chains stay as they are when there is no memory for it. */
function grow(): void {
  const wanted: u32 = mask === 0 ? 1 << 12 : (mask + 1) << 1;
  if (wanted > FLOW_LIMIT) return;
  const fresh = take((<usize>wanted) << 2);
  if (fresh === 0) return;
  buckets = fresh;
  mask = wanted - 1;
  // In the order of their numbers: of flows between the same endpoints the latest must come first, and it may have any number.
  for (let index: u32 = 1; index <= flowCount(); index++) {
    const flow = flowAt(index);
    if ((flow.marks & (MARK_USED | MARK_UNCHAINED)) === MARK_USED) place(flow);
  }
}

/** Puts a flow into its chain: before older ones, behind younger ones. */
function place(flow: Flow): void {
  let link = slot(flow.code);
  let at = load<u32>(link);
  while (at !== 0) {
    const other = flowAt(at);
    if (other.firstNumber <= flow.firstNumber) break;
    link = changetype<usize>(other) + offsetof<Flow>('next');
    at = other.next;
  }
  flow.next = at;
  store<u32>(link, flow.index);
}

/** False: there is no memory for a table. */
export function insert(flow: Flow): bool {
  if (used >= mask) grow();
  if (mask === 0) return false;
  const head = slot(flow.code);
  flow.next = load<u32>(head);
  store<u32>(head, flow.index);
  used += 1;
  return true;
}

/** Takes a flow that another one follows out of its chain: the newest is found first, so nothing will be found in this one. */
export function unchain(flow: Flow): void {
  remove(flow);
  flow.marks |= MARK_UNCHAINED;
}

/** Flows in the longest chain: a reader's question, and a long way. */
export function longestChain(): u32 {
  let longest: u32 = 0;
  for (let bucket: u32 = 0; mask !== 0 && bucket <= mask; bucket++) {
    let length: u32 = 0;
    for (let index = load<u32>(buckets + <usize>(bucket << 2)); index !== 0; index = flowAt(index).next) length += 1;
    longest = max(longest, length);
  }
  return longest;
}

export function remove(flow: Flow): void {
  if ((flow.marks & MARK_UNCHAINED) !== 0) return;
  let link = slot(flow.code);
  let at = load<u32>(link);
  while (at !== 0) {
    const other = flowAt(at);
    if (at === flow.index) {
      store<u32>(link, flow.next);
      used -= 1;
      return;
    }
    link = changetype<usize>(other) + offsetof<Flow>('next');
    at = other.next;
  }
}
