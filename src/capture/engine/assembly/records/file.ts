// What is known of the file being read.

/** Longest packet a record may hold, bytes; a longer one is taken for corruption (Wireshark's bound). */
export const MAX_RECORD: u32 = 262144;

export const UNKNOWN: u32 = 0;
export const PCAP: u32 = 1;
export const PCAPNG: u32 = 2;

@unmanaged
export class CaptureFile {
  format: u32;
  /** The file's byte order is not this machine's. */
  swapped: u32;
  nanoseconds: u32;
  link: u32;
  packets: u32;
  maxPackets: u32;
  /** Of faults.ts, 0 for none, and where in the file. */
  fault: u32;
  faultOffset: f64;
}

export const file = changetype<CaptureFile>(memory.data(offsetof<CaptureFile>(), 16));

/** Ends reading: from now on `consume` takes nothing. */
export function fail(fault: u32, offset: f64): void {
  file.fault = fault;
  file.faultOffset = offset;
}
