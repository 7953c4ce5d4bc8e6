// The index of packets, for readers that look at packets one by one; layout.ts says where what stands.
import {
  ENTRIES,
  ENTRY_BYTES,
  ENTRY_CAPTURED,
  ENTRY_DESTINATION,
  ENTRY_DESTINATION_PORT,
  ENTRY_DIRECTION,
  ENTRY_FAMILY,
  ENTRY_FLOW,
  ENTRY_INTERFACE,
  ENTRY_LINK,
  ENTRY_NODE,
  ENTRY_NUMBER,
  ENTRY_OFFSET,
  ENTRY_ORIGINAL,
  ENTRY_SOURCE,
  ENTRY_SOURCE_PORT,
  ENTRY_START,
  ENTRY_STREAM,
  ENTRY_TIME,
  ENTRY_TRANSPORT,
  ENTRY_VERDICTS,
} from '../layout.ts';
import { flowIndex, flowStreamAt } from './flow-record.ts';
import { take } from './memory.ts';
import { packet } from './packet.ts';

let entries: usize = 0;
let used: u32 = 0;

/** From now on packets are indexed; 0 when there is no memory for it. */
export function startIndex(): usize {
  if (entries === 0) entries = take(ENTRIES * ENTRY_BYTES);
  return entries;
}

export function clearIndex(): void {
  used = 0;
}

export function indexed(): u32 {
  return used;
}

/** Packets that may be read before the reader has looked at these. */
export function indexRoom(): u32 {
  return entries === 0 ? 0xffffffff : ENTRIES - used;
}

/** Notes the packet at hand, if packets are indexed; its record begins at `record` in the memory, whose start stands for `base` in the file. */
export function indexPacket(record: usize, base: f64): void {
  if (entries === 0) return;
  const entry = entries + <usize>used * ENTRY_BYTES;
  used += 1;
  store<f64>(entry, base + <f64>record, ENTRY_OFFSET);
  store<i64>(entry, packet.untimed === 0 ? packet.time : i64.MIN_VALUE, ENTRY_TIME);
  store<u32>(entry, packet.number, ENTRY_NUMBER);
  store<u32>(entry, packet.captured, ENTRY_CAPTURED);
  store<u32>(entry, packet.original, ENTRY_ORIGINAL);
  store<u32>(entry, packet.link, ENTRY_LINK);
  store<u32>(entry, packet.interface, ENTRY_INTERFACE);
  store<u32>(entry, <u32>packet.start, ENTRY_START);
  store<u32>(entry, packet.node, ENTRY_NODE);
  store<u32>(entry, packet.verdicts, ENTRY_VERDICTS);
  store<u32>(entry, flowIndex(packet.flow), ENTRY_FLOW);
  store<u32>(entry, flowStreamAt(packet.flow), ENTRY_STREAM);
  store<u32>(entry, packet.direction, ENTRY_DIRECTION);
  store<u32>(entry, packet.family, ENTRY_FAMILY);
  store<u32>(entry, <u32>packet.source, ENTRY_SOURCE);
  store<u32>(entry, <u32>packet.destination, ENTRY_DESTINATION);
  store<u16>(entry, <u16>packet.sourcePort, ENTRY_SOURCE_PORT);
  store<u16>(entry, <u16>packet.destinationPort, ENTRY_DESTINATION_PORT);
  // A header in a reassembled datagram does not stand in the packet, nor for long.
  const inside = packet.transport >= packet.start && packet.transport < packet.start + packet.captured;
  store<u32>(entry, inside ? <u32>packet.transport : 0, ENTRY_TRANSPORT);
}
