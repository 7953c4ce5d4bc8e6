// The verdicts of the TCP analysis, one bit each; a packet can have several. Compiled into the engine and imported by its readers.
// Definitions: Wireshark User's Guide, "TCP Analysis"; `retransmission` is set with fast and spurious ones too, as there.
export const RETRANSMISSION = 0;
export const FAST_RETRANSMISSION = 1;
export const SPURIOUS_RETRANSMISSION = 2;
export const OUT_OF_ORDER = 3;
export const DUPLICATE_ACK = 4;
export const LOST_SEGMENT = 5;
export const ACKED_UNSEEN = 6;
export const ZERO_WINDOW = 7;
export const WINDOW_FULL = 8;
export const WINDOW_UPDATE = 9;
export const KEEP_ALIVE = 10;
export const KEEP_ALIVE_ACK = 11;
export const ZERO_WINDOW_PROBE = 12;
export const ZERO_WINDOW_PROBE_ACK = 13;
export const PORT_REUSE = 14;
export const RESET = 15;
/** A RST in answer to a SYN. */
export const REFUSED = 16;
/** Not a verdict of a packet: a SYN that nobody answered, counted when its flow ends or the file does. */
export const UNANSWERED = 17;

export const VERDICT_COUNT = 18;
