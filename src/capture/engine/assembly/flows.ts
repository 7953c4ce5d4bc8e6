// Flows: packets between the same two endpoints by the same protocol, both directions in one record. Bounded; what is put out is counted.
// A SYN that opens a connection anew between the same endpoints begins another flow, as Wireshark's tcp.stream does.
import { evict, evictFlow } from './flow-eviction.ts';
import { flowAt, freeFlow, MARK_TOUCHED, MARK_UNTIMED, MARK_USED, takeFlow, Flow } from './flow-record.ts';
import { CHAIN_LIMIT, chainOf, hash, insert, unchain } from './flow-table.ts';
import { take } from './memory.ts';
import { packet } from './packet.ts';
import { opensAnew } from './tcp/reuse.ts';

/** Flows seen of each IP protocol, those put out included. */
const streams: usize = take(256 << 2);
/** Flows that had a packet lately, by a quick mix of their endpoints: most packets find theirs here, without the hash and the chain. */
const LATE_BITS: u32 = 12;
const lately: usize = take(1 << (LATE_BITS + 2));

/** Where a flow between these endpoints stands in `lately`, whichever of them sends. Whoever aims at one place gains nothing but the longer way. */
function place(lows: u64, highs: u64, ports: u32): usize {
  const sum = lows + highs;
  const mixed = ((<u32>sum) ^ (<u32>(sum >>> 32))) + (ports >>> 16) + (ports & 0xffff);
  return lately + <usize>(((mixed * 0x9e3779b1) >>> (32 - LATE_BITS)) << 2);
}

/** Whether the packet belongs to the flow: 0 forward, 1 reverse, -1 no. One branch, for which direction it goes is not foreseeable. */
function directionIn(flow: Flow, low: u64, high: u64, otherLow: u64, otherHigh: u64, ports: u32, kind: u32): i32 {
  const address = changetype<usize>(flow);
  const known = load<u32>(address, offsetof<Flow>('sourcePort'));
  const other: u64 = load<u16>(address, offsetof<Flow>('protocol')) ^ kind;
  const forward =
    (flow.sourceLow ^ low) |
    (flow.destinationLow ^ otherLow) |
    (flow.sourceHigh ^ high) |
    (flow.destinationHigh ^ otherHigh) |
    (<u64>(known ^ ports)) |
    other;
  const reverse =
    (flow.sourceLow ^ otherLow) |
    (flow.destinationLow ^ low) |
    (flow.sourceHigh ^ otherHigh) |
    (flow.destinationHigh ^ high) |
    (<u64>(known ^ rotl<u32>(ports, 16))) |
    other;
  if (forward !== 0 && reverse !== 0) return -1;
  return forward === 0 ? 0 : 1;
}

/** Counts the packet for the flow. */
function count(flow: Flow, direction: u32): void {
  const address = changetype<usize>(flow);
  const packets = address + <usize>(direction << 2);
  store<u32>(packets, load<u32>(packets, offsetof<Flow>('packetsForward')) + 1, offsetof<Flow>('packetsForward'));
  const bytes = address + <usize>(direction << 3);
  store<u64>(bytes, load<u64>(bytes, offsetof<Flow>('bytesForward')) + packet.original, offsetof<Flow>('bytesForward'));
  if (packet.untimed !== 0) flow.marks |= MARK_UNTIMED;
  else {
    const time = packet.time;
    // Packets may stand in the file out of order.
    if (time < flow.firstTime || flow.firstTime === i64.MIN_VALUE) flow.firstTime = time;
    flow.lastTime = max<i64>(flow.lastTime, time);
  }
  flow.marks |= MARK_TOUCHED;
  packet.flow = address;
  packet.direction = direction;
}

/** Begins a flow; `late` is its place among the late ones. */
function begin(code: u32, low: u64, high: u64, otherLow: u64, otherHigh: u64, late: usize): void {
  packet.flow = 0;
  store<u32>(late, 0);
  let flow = takeFlow();
  if (flow === null) {
    evictFlow(0);
    flow = takeFlow();
    if (flow === null) return;
  }
  flow.code = code;
  flow.firstNumber = packet.number;
  if (!insert(flow)) {
    freeFlow(flow);
    return;
  }
  flow.sourceLow = low;
  flow.sourceHigh = high;
  flow.destinationLow = otherLow;
  flow.destinationHigh = otherHigh;
  flow.sourcePort = <u16>packet.sourcePort;
  flow.destinationPort = <u16>packet.destinationPort;
  flow.protocol = <u8>packet.protocol;
  flow.family = <u8>packet.family;
  flow.node = <u16>packet.node;
  const stream = streams + <usize>((packet.protocol & 255) << 2);
  flow.stream = load<u32>(stream);
  store<u32>(stream, flow.stream + 1);
  const timed = packet.untimed === 0;
  flow.firstTime = timed ? packet.time : i64.MIN_VALUE;
  flow.lastTime = flow.firstTime;
  flow.packetsForward = 1;
  flow.bytesForward = packet.original;
  flow.marks = timed ? MARK_USED : MARK_USED | MARK_UNTIMED;
  packet.flow = changetype<usize>(flow);
  packet.direction = 0;
  store<u32>(late, <u32>packet.flow);
}

/** Finds or makes the packet's flow and counts the packet for it. */
export function countFlow(): void {
  const family = packet.family;
  const protocol = packet.protocol;
  const sourcePort = packet.sourcePort;
  const destinationPort = packet.destinationPort;
  const source = packet.source;
  const destination = packet.destination;
  let low: u64, otherLow: u64;
  let high: u64 = 0;
  let otherHigh: u64 = 0;
  if (family === 4) {
    low = load<u32>(source);
    otherLow = load<u32>(destination);
  } else {
    low = load<u64>(source);
    high = load<u64>(source, 8);
    otherLow = load<u64>(destination);
    otherHigh = load<u64>(destination, 8);
  }
  // As two fields of the record beside each other.
  const ports = (sourcePort & 0xffff) | (destinationPort << 16);
  const kind = (protocol & 255) | (family << 8);
  // A record that was given back is zero, and one that stands for another flow now has other endpoints.
  const late = place(low + otherLow, high + otherHigh, ports);
  const known = <usize>load<u32>(late);
  if (known !== 0) {
    const flow = changetype<Flow>(known);
    const direction = directionIn(flow, low, high, otherLow, otherHigh, ports, kind);
    if (direction >= 0) {
      if (opensAnew(flow, direction)) {
        unchain(flow);
        begin(flow.code, low, high, otherLow, otherHigh, late);
      } else count(flow, direction);
      return;
    }
  }
  const code = hash(low, high, sourcePort, otherLow, otherHigh, destinationPort, protocol);
  let index = chainOf(code);
  let length: u32 = 0;
  while (index !== 0) {
    const flow = flowAt(index);
    if (flow.code === code) {
      const direction = directionIn(flow, low, high, otherLow, otherHigh, ports, kind);
      if (direction >= 0) {
        if (opensAnew(flow, direction)) {
          unchain(flow);
          begin(code, low, high, otherLow, otherHigh, late);
        } else {
          count(flow, direction);
          store<u32>(late, <u32>packet.flow);
        }
        return;
      }
    }
    length += 1;
    if (length >= CHAIN_LIMIT) {
      evict(flow);
      break;
    }
    index = flow.next;
  }
  begin(code, low, high, otherLow, otherHigh, late);
}

/** Flows seen of an IP protocol, those put out included. */
export function flowsSeen(protocol: u32): u32 {
  return load<u32>(streams + <usize>((protocol & 255) << 2));
}
