// Why the engine stopped before the end of a file. Compiled into the engine and imported by its readers, who turn them into words.
// Each stands at `faultOffset`: the first byte of the record or block that is wrong.

/** Neither a pcap nor a pcapng header. */
export const NOT_A_CAPTURE = 1;
/** A record that says it is longer than a packet can be (MAX_RECORD). */
export const RECORD_TOO_LONG = 2;
/** A pcap or pcapng header of a version that nobody reads: pcap other than 2.x, a pcapng section other than 1.x. */
export const UNSUPPORTED_VERSION = 3;
/** A pcapng block whose length is below its minimum, no multiple of 4, or different at its end. */
export const BAD_BLOCK_LENGTH = 4;
/** A pcapng section whose byte-order magic is neither order's. */
export const BAD_BYTE_ORDER = 5;
/** A pcapng packet of an interface that its section does not describe. */
export const UNKNOWN_INTERFACE = 6;
/** A pcapng section, interface or packet block longer than MAX_BLOCK; others are skipped, whatever their length. */
export const BLOCK_TOO_LONG = 7;
/** A pcapng packet that says it is longer than the block it stands in. */
export const PACKET_BEYOND_BLOCK = 8;
/** More interfaces than the reader keeps (MAX_INTERFACES). */
export const TOO_MANY_INTERFACES = 9;
