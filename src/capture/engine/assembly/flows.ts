// Flows: packets between the same two endpoints by the same protocol, both directions in one record. Bounded; what is put out is counted.
import { take } from './memory.ts';
import { packet } from './packet.ts';

/** 16-byte form of an address: IPv4 stands in the last four bytes of ::ffff:0:0/96. */
@unmanaged
export class Flow {
  /** The endpoint that sent the flow's first packet, then the other. */
  sourceLow: u64;
  sourceHigh: u64;
  destinationLow: u64;
  destinationHigh: u64;
  sourcePort: u16;
  destinationPort: u16;
  protocol: u8;
  family: u8;
  /** Node of the protocol tree of its latest packet. */
  node: u16;
  /** Its number, from 1. */
  index: u32;
  /** Next in the chain of its bucket. */
  next: u32;
  firstNumber: u32;
  firstTime: i64;
  lastTime: i64;
  /** Forward: sent by the source. Bytes are on the wire. */
  packetsForward: u32;
  packetsReverse: u32;
  bytesForward: u64;
  bytesReverse: u64;
}

const SIZE: u32 = offsetof<Flow>();
const PER_CHUNK: u32 = 4096;
const LIMIT: u32 = 1 << 20;
const chunks: usize = take((LIMIT / PER_CHUNK) << 2);
let count: u32 = 0;
let buckets: usize = 0;
let mask: u32 = 0;

/** Records are numbered from 1 in the order of their first packets. */
export function flowAt(index: u32): Flow {
  const zeroBased = index - 1;
  return changetype<Flow>(
    <usize>load<u32>(chunks + ((zeroBased / PER_CHUNK) << 2)) + <usize>((zeroBased % PER_CHUNK) * SIZE),
  );
}

/** The number of the flow at an address; 0 for none. */
export function flowIndex(address: usize): u32 {
  return address === 0 ? 0 : changetype<Flow>(address).index;
}

export function flowCount(): u32 {
  return count;
}

function hash(lowA: u64, highA: u64, lowB: u64, highB: u64, ports: u32): u32 {
  // Symmetric in the endpoints, so that both directions meet.
  let value: u64 =
    (lowA ^ lowB) * 0x9e3779b97f4a7c15 + (highA ^ highB) * 0xc2b2ae3d27d4eb4f + <u64>ports * 0x165667b19e3779f9;
  value ^= value >>> 29;
  value *= 0xbf58476d1ce4e5b9;
  return <u32>(value >>> 32);
}

function grow(): bool {
  const wanted: u32 = mask === 0 ? 1 << 12 : (mask + 1) << 1;
  const fresh = take((<usize>wanted) << 2);
  if (fresh === 0) return false;
  buckets = fresh;
  mask = wanted - 1;
  for (let index: u32 = 1; index <= count; index++) {
    const flow = flowAt(index);
    const slot = buckets + <usize>((hashOf(flow) & mask) << 2);
    flow.next = load<u32>(slot);
    store<u32>(slot, index);
  }
  return true;
}

function hashOf(flow: Flow): u32 {
  return hash(
    flow.sourceLow,
    flow.sourceHigh,
    flow.destinationLow,
    flow.destinationHigh,
    (<u32>(flow.sourcePort ^ flow.destinationPort)) | ((<u32>flow.protocol) << 16),
  );
}

/** Finds or makes the packet's flow and counts the packet for it. */
export function countFlow(): void {
  let sourceLow: u64 = 0;
  let sourceHigh: u64 = 0;
  let destinationLow: u64 = 0;
  let destinationHigh: u64 = 0;
  if (packet.family === 4) {
    sourceLow = load<u32>(packet.source);
    destinationLow = load<u32>(packet.destination);
  } else {
    sourceLow = load<u64>(packet.source);
    sourceHigh = load<u64>(packet.source + 8);
    destinationLow = load<u64>(packet.destination);
    destinationHigh = load<u64>(packet.destination + 8);
  }
  const ports = (packet.sourcePort ^ packet.destinationPort) | (packet.protocol << 16);
  const code = hash(sourceLow, sourceHigh, destinationLow, destinationHigh, ports);
  if (mask === 0) grow();
  let index = load<u32>(buckets + <usize>((code & mask) << 2));
  while (index !== 0) {
    const flow = flowAt(index);
    if (flow.protocol === packet.protocol && flow.family === packet.family) {
      if (
        flow.sourceLow === sourceLow &&
        flow.destinationLow === destinationLow &&
        flow.sourcePort === packet.sourcePort &&
        flow.destinationPort === packet.destinationPort &&
        flow.sourceHigh === sourceHigh &&
        flow.destinationHigh === destinationHigh
      ) {
        flow.packetsForward += 1;
        flow.bytesForward += packet.original;
        flow.lastTime = max(flow.lastTime, packet.time);
        packet.flow = changetype<usize>(flow);
        packet.direction = 0;
        return;
      }
      if (
        flow.sourceLow === destinationLow &&
        flow.destinationLow === sourceLow &&
        flow.sourcePort === packet.destinationPort &&
        flow.destinationPort === packet.sourcePort &&
        flow.sourceHigh === destinationHigh &&
        flow.destinationHigh === sourceHigh
      ) {
        flow.packetsReverse += 1;
        flow.bytesReverse += packet.original;
        flow.lastTime = max(flow.lastTime, packet.time);
        packet.flow = changetype<usize>(flow);
        packet.direction = 1;
        return;
      }
    }
    index = flow.next;
  }
  if (count >= LIMIT) return;
  if (count >= mask) grow();
  if (count % PER_CHUNK === 0) {
    const chunk = take(<usize>PER_CHUNK * SIZE);
    if (chunk === 0) return;
    store<u32>(chunks + <usize>((count / PER_CHUNK) << 2), <u32>chunk);
  }
  count += 1;
  const flow = flowAt(count);
  flow.sourceLow = sourceLow;
  flow.sourceHigh = sourceHigh;
  flow.destinationLow = destinationLow;
  flow.destinationHigh = destinationHigh;
  flow.sourcePort = <u16>packet.sourcePort;
  flow.destinationPort = <u16>packet.destinationPort;
  flow.protocol = <u8>packet.protocol;
  flow.family = <u8>packet.family;
  flow.node = <u16>packet.node;
  flow.index = count;
  flow.firstNumber = packet.number;
  flow.firstTime = packet.time;
  flow.lastTime = packet.time;
  flow.packetsForward = 1;
  flow.bytesForward = packet.original;
  const slot = buckets + <usize>((code & mask) << 2);
  flow.next = load<u32>(slot);
  store<u32>(slot, count);
  packet.flow = changetype<usize>(flow);
  packet.direction = 0;
}
