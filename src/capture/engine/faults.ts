// Why the engine stopped before the end of a file. Compiled into the engine and imported by its readers.

/** Neither a pcap nor a pcapng header. */
export const NOT_A_CAPTURE = 1;
/** A record that says it is longer than a packet can be (MAX_RECORD), at `faultOffset`. */
export const RECORD_TOO_LONG = 2;
