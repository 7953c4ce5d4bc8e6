// IP fragments put together (RFC 791, RFC 8200, holes as in RFC 815), so that a datagram's transport layer is seen in the frame that
// completes it. A bounded number of datagrams; the set's oldest gives way. Bytes that came first stay, and so does the end that was told first.
import { take } from './memory.ts';
import { packet } from './packet.ts';

/** Datagrams at a time: sets of four. */
const SETS: u32 = 64;
const WAYS: u32 = 4;
/** Longest datagram, and the bitmap of its 8-byte units. */
const LONGEST: u32 = 65536;
const UNITS: u32 = LONGEST >>> 3;
const MAP_BYTES: u32 = UNITS >>> 3;

@unmanaged
class Datagram {
  /** Key: a hash of addresses and the addresses themselves, compared. */
  sourceLow: u64;
  sourceHigh: u64;
  destinationLow: u64;
  destinationHigh: u64;
  identification: u32;
  /** Protocol and family; 0: free. */
  kind: u32;
  /** Number of the packet that touched it last; of a free one, the packet that may still be read from its bytes. */
  used: u32;
  /** Bytes in all, 0 before the last fragment came. */
  total: u32;
  /** 8-byte units that are there; below `total` once that is known. */
  have: u32;
  /** Where the bytes end that are there, the farthest. */
  reach: u32;
  /** Where bitmap and bytes are; 0: none taken yet. */
  store: usize;
}

const table: usize = take(SETS * WAYS * offsetof<Datagram>());
let evicted: u32 = 0;

/** Datagrams that gave way before they were complete. */
export function fragmentsEvicted(): u32 {
  return evicted;
}

/** Free ones first, then what was idle longest. */
function givesWayBefore(one: Datagram, other: Datagram): bool {
  if (one.kind === 0 || other.kind === 0) return one.kind === 0 && other.kind !== 0;
  return one.used < other.used;
}

/** Units that are there below the datagram's end. */
function unitsBelow(map: usize, total: u32): u32 {
  const units = (total + 7) >>> 3;
  let have: u32 = 0;
  for (let unit: u32 = 0; unit < units; unit += 64) {
    const word = load<u64>(map + <usize>(unit >>> 3));
    const rest = units - unit;
    have += <u32>popcnt<u64>(rest >= 64 ? word : word & (((<u64>1) << (<u64>rest)) - 1));
  }
  return have;
}

function find(identification: u32): Datagram | null {
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
  // IPv6 tells datagrams apart without the protocol (RFC 8200, 4.5).
  const kind = packet.family === 4 ? packet.protocol | 0x400 : 0x600;
  const mixed = (sourceLow ^ (destinationLow * 3) ^ destinationHigh ^ identification) * 0x9e3779b97f4a7c15;
  const set = <u32>(mixed >>> 58);
  let chosen: usize = 0;
  for (let way: u32 = 0; way < WAYS; way++) {
    const address = table + <usize>(set * WAYS + way) * offsetof<Datagram>();
    const entry = changetype<Datagram>(address);
    if (
      entry.kind === kind &&
      entry.identification === identification &&
      entry.sourceLow === sourceLow &&
      entry.destinationLow === destinationLow &&
      entry.sourceHigh === sourceHigh &&
      entry.destinationHigh === destinationHigh
    ) {
      return entry;
    }
    if (entry.kind === 0 && entry.used === packet.number) continue;
    if (chosen === 0 || givesWayBefore(entry, changetype<Datagram>(chosen))) chosen = address;
  }
  if (chosen === 0) return null;
  const oldest = changetype<Datagram>(chosen);
  if (oldest.store === 0) oldest.store = take(MAP_BYTES + LONGEST);
  if (oldest.store === 0) return null;
  if (oldest.kind !== 0) evicted += 1;
  memory.fill(oldest.store, 0, MAP_BYTES);
  oldest.kind = kind;
  oldest.identification = identification;
  oldest.sourceLow = sourceLow;
  oldest.sourceHigh = sourceHigh;
  oldest.destinationLow = destinationLow;
  oldest.destinationHigh = destinationHigh;
  oldest.total = 0;
  oldest.have = 0;
  oldest.reach = 0;
  return oldest;
}

/**
 * Takes the fragment that packet.at begins and packet.wire ends. True when the datagram is complete: then packet.at, end and wire are its
 * payload's. Cut and quoted fragments are not taken.
 */
export function reassemble(identification: u32, offset: u32, more: bool): bool {
  if (packet.end < packet.wire || packet.quoted !== 0 || packet.wire <= packet.at) return false;
  let length = <u32>(packet.wire - packet.at);
  // All but the last hold whole units.
  if (more) length &= ~7;
  if (length === 0 || length > LONGEST || offset + length > LONGEST) return false;
  const datagram = find(identification);
  if (datagram === null) return false;
  datagram.used = packet.number;
  // An end other than the one known ends nothing.
  const ends = !more && (datagram.total === 0 || datagram.total === offset + length);
  if (!ends) length &= ~7;
  if (length === 0) return false;
  const map = datagram.store;
  const bytes = datagram.store + MAP_BYTES;
  const limit = datagram.total === 0 ? LONGEST : datagram.total;
  for (let done: u32 = 0; done < length; done += 8) {
    const unit = (offset + done) >>> 3;
    const cell = map + (unit >>> 3);
    const bit = (<u32>1) << (unit & 7);
    if (offset + done >= limit || (load<u8>(cell) & bit) !== 0) continue;
    store<u8>(cell, <u8>(load<u8>(cell) | bit));
    datagram.have += 1;
    memory.copy(bytes + offset + done, packet.at + done, min<u32>(8, length - done));
  }
  if (ends && datagram.total === 0) {
    datagram.total = offset + length;
    if (datagram.reach > datagram.total) datagram.have = unitsBelow(map, datagram.total);
  }
  datagram.reach = max(datagram.reach, offset + length);
  const total = datagram.total;
  if (total === 0 || datagram.have < (total + 7) >>> 3) return false;
  datagram.kind = 0;
  packet.at = bytes;
  packet.wire = bytes + total;
  packet.end = packet.wire;
  return true;
}
