// The packet at hand. Layers move `at` and `end` inwards and answer with the protocol that follows.
// Addresses are of the engine's memory. Whatever reads, reads below `end`; lengths that count bytes on the wire use `wire`.
import { DATA, DONE, MALFORMED, SHORT } from '../protocols.ts';
import { child } from './tree.ts';

@unmanaged
export class Packet {
  /** 1 for the file's first, as Wireshark counts. */
  number: u32;
  /** Bytes in the file, and bytes the packet had on the wire. */
  captured: u32;
  original: u32;
  /** LINKTYPE_ of its interface, and the interface's number in the file. */
  link: u32;
  interface: u32;
  /** Nanoseconds since 1970. */
  time: i64;
  /** Its record has no time, and `time` is 0. */
  untimed: u32;
  /** Where it begins in the engine's memory. */
  start: usize;
  /** What the next layer sees: first byte, behind the last captured byte, and behind the last byte on the wire. */
  at: usize;
  end: usize;
  wire: usize;
  /** Node of the protocol tree reached so far. */
  node: u32;
  /** Addresses of the innermost IP header: where its 4 or 16 source bytes are; destination behind them. */
  source: usize;
  destination: usize;
  /** 4, 6, or 0 before an IP header was seen. */
  family: u32;
  /** IP protocol number of the innermost IP packet. */
  protocol: u32;
  sourcePort: u32;
  destinationPort: u32;
  /** Where the innermost transport header begins, or 0. */
  transport: usize;
  /** Layers passed; tunnels in tunnels end at a bound. */
  depth: u32;
  /** Not 0 inside an ICMP error: the packet is quoted, not sent. */
  quoted: u32;
  /** Address of its flow's record, or 0; 0 when it went from the flow's first sender to the other, else 1. */
  flow: usize;
  direction: u32;
  /** Bits of verdicts.ts. */
  verdicts: u32;
}

export const packet = changetype<Packet>(memory.data(offsetof<Packet>(), 16));

/** Enters a layer: from now on the packet counts for this node of the tree. */
export function enter(protocol: u32): void {
  packet.node = child(packet.node, protocol);
}

/** The packet ends before its header does: cut by the capture, or sent so. */
export function short(): u32 {
  enter(packet.end < packet.wire ? SHORT : MALFORMED);
  return DONE;
}

/** Bytes that no layer of ours explains, if there are any. */
export function rest(): u32 {
  if (packet.wire > packet.at) enter(DATA);
  return DONE;
}

/** Moves behind a header of so many bytes and answers with what follows. */
export function skip(bytes: usize, next: u32): u32 {
  packet.at += bytes;
  return packet.at <= packet.end ? next : short();
}

/** What follows ends after so many bytes on the wire; more is padding. */
export function limit(bytes: usize): void {
  packet.wire = min(packet.wire, packet.at + bytes);
  packet.end = min(packet.end, packet.wire);
}

/** Bytes still captured. */
export function left(): i32 {
  return <i32>packet.end - <i32>packet.at;
}
