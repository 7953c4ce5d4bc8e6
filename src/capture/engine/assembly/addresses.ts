// What each IP address sent and received: summed up from the flows when asked for, beside the packets that belong to no flow. Bounded.
import { Flow, flowAt, flowCount, MARK_USED } from './flow-record.ts';
import { take } from './memory.ts';
import { packet } from './packet.ts';
import { keyed } from './seed.ts';

@unmanaged
class Address {
  low: u64;
  high: u64;
  bytesSent: u64;
  bytesReceived: u64;
  packetsSent: u32;
  packetsReceived: u32;
  family: u32;
  /** Next in the chain of its bucket. */
  next: u32;
}

const SIZE: u32 = offsetof<Address>();
const PER_CHUNK: u32 = 4096;
const LIMIT: u32 = 1 << 19;
/** Longest chain followed: longer ones are made on purpose. */
const CHAIN: u32 = 64;
const chunks: usize = take((LIMIT / PER_CHUNK) << 2);
let count: u32 = 0;
let omitted: u32 = 0;
let buckets: usize = 0;
let mask: u32 = 0;
let summedFlows: u32 = 0;

/** Numbered from 1. */
function addressAt(index: u32): Address {
  const zeroBased = index - 1;
  return changetype<Address>(
    <usize>load<u32>(chunks + ((zeroBased / PER_CHUNK) << 2)) + <usize>((zeroBased % PER_CHUNK) * SIZE),
  );
}

function hash(low: u64, high: u64, family: u32): u32 {
  let value: u64 = keyed(low, 0) + keyed(high, 16) + <u64>family;
  value ^= value >>> 29;
  value *= 0xbf58476d1ce4e5b9;
  return <u32>(value >>> 32);
}

function grow(): bool {
  const wanted: u32 = mask === 0 ? 1 << 10 : (mask + 1) << 2;
  const fresh = take((<usize>wanted) << 2);
  if (fresh === 0) return false;
  buckets = fresh;
  mask = wanted - 1;
  for (let index: u32 = 1; index <= count; index++) {
    const address = addressAt(index);
    const slot = buckets + <usize>((hash(address.low, address.high, address.family) & mask) << 2);
    address.next = load<u32>(slot);
    store<u32>(slot, index);
  }
  return true;
}

/** The address' record, made when needed; 0 when there is no room for it. */
function find(low: u64, high: u64, family: u32): u32 {
  if (count >= mask && !grow() && mask === 0) return 0;
  const slot = buckets + <usize>((hash(low, high, family) & mask) << 2);
  let index = load<u32>(slot);
  let steps: u32 = 0;
  while (index !== 0 && steps < CHAIN) {
    const known = addressAt(index);
    if (known.low === low && known.high === high && known.family === family) return index;
    index = known.next;
    steps += 1;
  }
  if (count >= LIMIT || steps === CHAIN) return 0;
  if (count % PER_CHUNK === 0) {
    const chunk = take(<usize>PER_CHUNK * SIZE);
    if (chunk === 0) return 0;
    store<u32>(chunks + <usize>((count / PER_CHUNK) << 2), <u32>chunk);
  }
  count += 1;
  const made = addressAt(count);
  made.low = low;
  made.high = high;
  made.family = family;
  made.next = load<u32>(slot);
  store<u32>(slot, count);
  return count;
}

function add(low: u64, high: u64, family: u32, sent: u32, bytesSent: u64, received: u32, bytesReceived: u64): void {
  const index = find(low, high, family);
  if (index === 0) {
    omitted += 1;
    return;
  }
  const address = addressAt(index);
  address.packetsSent += sent;
  address.bytesSent += bytesSent;
  address.packetsReceived += received;
  address.bytesReceived += bytesReceived;
}

/** Adds what a flow has; called once for each, when it is put out or the file ends. */
export function addFlow(flow: Flow): void {
  const family: u32 = flow.family;
  add(
    flow.sourceLow,
    flow.sourceHigh,
    family,
    flow.packetsForward,
    flow.bytesForward,
    flow.packetsReverse,
    flow.bytesReverse,
  );
  add(
    flow.destinationLow,
    flow.destinationHigh,
    family,
    flow.packetsReverse,
    flow.bytesReverse,
    flow.packetsForward,
    flow.bytesForward,
  );
}

/** Counts the packet at hand when it has IP addresses and no flow: fragments, cut headers. */
export function countAddresses(): void {
  if (packet.flow !== 0 || packet.family === 0) return;
  let lowA: u64, highA: u64, lowB: u64, highB: u64;
  if (packet.family === 4) {
    lowA = load<u32>(packet.source);
    highA = 0;
    lowB = load<u32>(packet.destination);
    highB = 0;
  } else {
    lowA = load<u64>(packet.source);
    highA = load<u64>(packet.source, 8);
    lowB = load<u64>(packet.destination);
    highB = load<u64>(packet.destination, 8);
  }
  add(lowA, highA, packet.family, 1, packet.original, 0, 0);
  add(lowB, highB, packet.family, 0, 0, 1, packet.original);
}

/** To be called once the file is read: adds the flows, and answers how many addresses there are. */
export function sumAddresses(): u32 {
  const flows = flowCount();
  while (summedFlows < flows) {
    summedFlows += 1;
    const flow = flowAt(summedFlows);
    if ((flow.marks & MARK_USED) !== 0) addFlow(flow);
  }
  return count;
}

// For readers. Direction 0: sent by it.
export function addressBytes(index: u32, direction: u32): f64 {
  const address = addressAt(index);
  return <f64>(direction === 0 ? address.bytesSent : address.bytesReceived);
}
export function addressPackets(index: u32, direction: u32): u32 {
  const address = addressAt(index);
  return direction === 0 ? address.packetsSent : address.packetsReceived;
}
export function addressFamily(index: u32): u32 {
  return addressAt(index).family;
}
/** Where its 4 or 16 bytes stand. */
export function addressStart(index: u32): usize {
  return changetype<usize>(addressAt(index));
}
/** Times an address found no room; not counted by address. */
export function addressesOmitted(): u32 {
  return omitted;
}
