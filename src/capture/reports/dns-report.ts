// What a report on DNS holds. Names are labels of raw bytes, times are milliseconds.
import type { DnsTimes } from './dns-times.ts';

/** Labels without the root's empty one; undefined: the name found no room in the engine's table. */
export type NameLabels = readonly Uint8Array[] | undefined;

export interface DnsServer {
  /** With the port where it is not 53; undefined: servers beyond the table, together. */
  address: string | undefined;
  queries: number;
  answered: number;
  /** Answers with a code other than NOERROR. */
  failed: number;
  unanswered: number;
  /** Not answered when the capture ended, too young to tell. */
  pending: number;
  /** What waits longest of both waited so long when the capture ended, milliseconds. */
  waitedMs: number;
  retried: number;
  times: DnsTimes | undefined;
}

export interface DnsKindCounts {
  packets: number;
  queries: number;
  responses: number;
  retried: number;
  askedAgain: number;
  answered: number;
  repeated: number;
  unasked: number;
  mismatched: number;
  unanswered: number;
  pending: number;
  unsettled: number;
}

export interface DnsReport {
  /** By dns-layout.ts: OVER_UDP, OVER_TCP, MULTICAST, LINK_LOCAL. */
  kinds: readonly DnsKindCounts[];
  /** Answers by response code, the extended bits included; mDNS has none. */
  codes: ReadonlyMap<number, number>;
  /** Answers by the header's four bits, as `dns.flags.rcode` counts. */
  headerCodes: ReadonlyMap<number, number>;
  /** Questions by type; -1 for types from TYPE_LIMIT on. */
  types: ReadonlyMap<number, number>;
  truncated: number;
  edns: number;
  fromElsewhere: number;
  backInTime: number;
  tooShort: number;
  cut: number;
  malformed: number;
  tcpLost: number;
  namesLeftOut: number;
  serversLeftOut: number;
  times: DnsTimes | undefined;
  /** Packets without a time, some of them of DNS: then there are no times, of all answers, servers and names. */
  untimedPackets: number;
  /** Slowest first, at most SLOW_LIMIT. */
  slowest: readonly SlowAnswer[];
  servers: readonly DnsServer[];
  serverCount: number;
  topNames: readonly { labels: NameLabels; count: number }[];
  /** By their mean time. */
  slowNames: readonly { labels: NameLabels; answered: number; meanMs: number; maxMs: number }[];
  failedNames: readonly { labels: NameLabels; failed: number; unanswered: number }[];
}

export interface SlowAnswer {
  labels: NameLabels;
  type: number;
  server: string | undefined;
  ms: number;
  packet: number;
  queryPacket: number;
}
