// What is known of the file being read, and the packet handed on.
import { dissect } from '../dissect.ts';
import { indexPacket, indexRoom } from '../packet-index.ts';
import { packet } from '../packet.ts';

/** Longest packet a record may hold, bytes; a longer one is taken for corruption (Wireshark's bound). */
export const MAX_RECORD: u32 = 262144;

export const UNKNOWN: u32 = 0;
export const PCAP: u32 = 1;
export const PCAPNG: u32 = 2;

@unmanaged
export class CaptureFile {
  format: u32;
  /** The byte order of the file, or of its section at hand, is not this machine's. */
  swapped: u32;
  nanoseconds: u32;
  link: u32;
  /** Bytes of a record's header. */
  header: u32;
  packets: u32;
  maxPackets: u32;
  /** Of faults.ts, 0 for none, and where in the file. */
  fault: u32;
  faultOffset: f64;
  /** Of no meaning: kept so that the load is. */
  ahead: u32;
  /** Where in the file the memory's first byte would stand. */
  base: f64;
  /** Bytes still to pass before the next record. */
  skip: f64;
}

export const file = changetype<CaptureFile>(memory.data(offsetof<CaptureFile>(), 16));

/** Ends reading: from now on `consume` takes nothing. */
export function fail(fault: u32, offset: f64): void {
  file.fault = fault;
  file.faultOffset = offset;
}

/** Packets that may be handed on now. */
export function room(): u32 {
  return min(file.maxPackets - file.packets, indexRoom());
}

/** Counts and dissects the packet whose bytes begin at `start`; link, interface and time are set. Its record begins at `record`. */
export function handOn(start: usize, captured: u32, original: u32, record: usize): void {
  const number = file.packets + 1;
  file.packets = number;
  packet.number = number;
  packet.captured = captured;
  packet.original = max(original, captured);
  packet.start = start;
  dissect();
  indexPacket(record, file.base);
}
