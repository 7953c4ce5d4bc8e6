// The index of packets that the engine fills on request: one entry a packet, for readers that look at packets one by one.
// Compiled into the engine and imported by its readers. Offsets in bytes within an entry, little endian.

export const ENTRY_BYTES = 80;
/** Entries the index holds; `consume` stops when it is full. */
export const ENTRIES = 4096;

/** f64: offset of the packet's record in the (uncompressed) file. */
export const ENTRY_OFFSET = 0;
/** i64: nanoseconds since 1970; the least of all numbers for a packet whose record has no time. */
export const ENTRY_TIME = 8;
export const ENTRY_NUMBER = 16;
export const ENTRY_CAPTURED = 20;
export const ENTRY_ORIGINAL = 24;
/** u32: LINKTYPE_ of its interface, and that interface's number. */
export const ENTRY_LINK = 28;
export const ENTRY_INTERFACE = 32;
/** u32: address of its first byte in the engine's memory; valid until the next `consume`. */
export const ENTRY_START = 36;
/** u32: node of the protocol tree. */
export const ENTRY_NODE = 40;
/** u32: bits of verdicts.ts. */
export const ENTRY_VERDICTS = 44;
/** u32: number of its flow's record from 1, 0 without one (a record may be used again after its flow was put out); and its direction, 0 forward. */
export const ENTRY_FLOW = 48;
export const ENTRY_DIRECTION = 52;
/** u32: 4, 6, or 0 without IP. */
export const ENTRY_FAMILY = 56;
/** u32: addresses in the engine's memory of the innermost IP addresses; valid until the next `consume`. */
export const ENTRY_SOURCE = 60;
export const ENTRY_DESTINATION = 64;
/** u16: ports of the innermost transport layer, 0 without. */
export const ENTRY_SOURCE_PORT = 68;
export const ENTRY_DESTINATION_PORT = 70;
/** u32: address of the transport header, 0 without. */
export const ENTRY_TRANSPORT = 72;
/** u32: number of its flow among those of its protocol, from 0, as Wireshark's tcp.stream and udp.stream; 0xffffffff without a flow. */
export const ENTRY_STREAM = 76;
