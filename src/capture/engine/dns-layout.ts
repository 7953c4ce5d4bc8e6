// Numbers of the DNS analysis that its readers need: kinds of DNS, counters, and the bounds that an answer states.
// Compiled into the engine and imported by everybody who reads its tables.

/** What carries the messages. */
export const OVER_UDP = 0;
export const OVER_TCP = 1;
export const MULTICAST = 2;
export const LINK_LOCAL = 3;

// Counters of every kind: the number of its first, to which the kind is added.
/** Packets in which at least one message ends. */
export const PACKETS = 0;
export const QUERIES = 4;
export const RESPONSES = 8;
/** The same id and question again before an answer and within RETRY_SECONDS. */
export const RETRIED = 12;
/** A query with a new id for what the same client asked before within RETRY_SECONDS and still waits for. */
export const ASKED_AGAIN = 16;
/** Answers that took a query's place in the statistics of times. */
export const ANSWERED = 20;
/** Further answers to an answered query. */
export const REPEATED = 24;
/** Answers to nothing that was asked. */
export const UNASKED = 28;
/** Answers with a query's addresses, ports and id but another question. */
export const MISMATCHED = 32;
/** Settled: nobody answered; and, at the end of the capture, too young to tell. */
export const UNANSWERED = 36;
export const PENDING = 40;
/** Put out of the full table of queries before their time was up: answered or not is not known. */
export const UNSETTLED = 44;

// Counters by themselves.
/** Fewer than the 4 bytes that tell queries from answers. */
export const TOO_SHORT = 48;
/** Cut by the capture's snapshot length; beyond what the header promised; with names that break RFC 1035. */
export const CUT = 49;
export const MALFORMED = 50;
/** Answers that say they are incomplete (TC). */
export const TRUNCATED = 51;
/** Unasked answers that another address than the one asked sent. */
export const FROM_ELSEWHERE = 52;
/** Questions whose name found no room in the table of names. */
export const OTHER_NAMES = 53;
/** Messages over TCP of which a part was lost, or that found no room. */
export const TCP_LOST = 54;
/** Records said to be in the four sections. */
export const QUESTION_RECORDS = 55;
export const ANSWER_RECORDS = 56;
export const AUTHORITY_RECORDS = 57;
export const ADDITIONAL_RECORDS = 58;
/** Answers with an OPT record (RFC 6891). */
export const EDNS = 59;
/** Answers whose time is before their query's: clocks went back. */
export const BACK_IN_TIME = 60;
/** Queries to servers that found no room in the table of servers. */
export const OTHER_SERVERS = 61;
export const COUNTERS = 62;

/** Queries within this time of the first are retries (Wireshark's dns.retransmission_timer). */
export const RETRY_SECONDS = 5;
/**
 * A query that waits at the end of the capture is pending, not unanswered, for PATIENCE_FACTOR times its server's slowest answer, within these bounds. It is
 * unanswered at once when it was asked again, and after GIVEN_UP_SECONDS when its server answered a later one (which another name may have helped).
 */
export const LEAST_PATIENCE_SECONDS = 2;
export const MOST_PATIENCE_SECONDS = 5;
export const PATIENCE_FACTOR = 4;
export const GIVEN_UP_SECONDS = 1;
/** Queries are forgotten after this: a later answer counts as unasked. */
export const FORGET_SECONDS = 120;

/** Bounds of the tables. */
export const NAME_LIMIT = 262_144;
export const QUERY_LIMIT = 262_144;
export const SERVER_LIMIT = 2048;
export const SLOW_LIMIT = 100;
/** Query types from this on are counted together, at this number. */
export const TYPE_LIMIT = 1024;
/** Extended response codes (RFC 6891) have 12 bits. */
export const RCODE_LIMIT = 4096;

/** Servers of this number stand for all of them, and for those beyond SERVER_LIMIT; real ones follow. */
export const ALL_SERVERS = 0;
export const LEFT_OUT_SERVERS = 1;
export const FIRST_SERVER = 2;

/** Histograms of microseconds: 16 buckets an octave, so a value is known within 1/16; below 16 exactly. u32 each. */
export const BUCKETS = 464;
