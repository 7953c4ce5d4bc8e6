// What the compiled engine exports of the DNS analysis; numbers and bounds are in dns-layout.ts. Times are nanoseconds.
export interface DnsExports {
  /** Any of dns-layout.ts. */
  dnsCounter(counter: number): number;
  /** Answers by the 4 bits of the header, and by the 12 with EDNS (RFC 6891). */
  dnsHeaderCode(code: number): number;
  dnsCode(code: number): number;
  /** Questions of queries by type; TYPE_LIMIT: all others. */
  dnsType(type: number): number;
  /** Names that were asked for, by id from 1 to below this; 0 stands for those that found no room. */
  dnsNameCount(): number;
  dnsNameBytes(id: number): number;
  dnsNameLength(id: number): number;
  dnsNameQueries(id: number): number;
  dnsNameFailed(id: number): number;
  dnsNameUnanswered(id: number): number;
  dnsNameAnswered(id: number): number;
  dnsNameSlowest(id: number): bigint;
  dnsNameSum(id: number): bigint;
  /** Servers by number from FIRST_SERVER to below this. */
  dnsServerCount(): number;
  dnsServerAddress(index: number): number;
  dnsServerFamily(index: number): number;
  dnsServerPort(index: number): number;
  dnsServerQueries(index: number): number;
  dnsServerAnswered(index: number): number;
  dnsServerFailed(index: number): number;
  dnsServerUnanswered(index: number): number;
  /** Of those that wait at the end: how many may still be answered, and nanoseconds that one waits at most. */
  dnsServerPending(index: number): number;
  dnsServerWaited(index: number): bigint;
  dnsServerRetried(index: number): number;
  dnsServerBuckets(index: number): number;
  dnsServerFastest(index: number): bigint;
  dnsServerSlowest(index: number): bigint;
  dnsServerSum(index: number): bigint;
  /** The slowest answers, in no order. */
  dnsSlowCount(): number;
  dnsSlowTime(index: number): bigint;
  dnsSlowPacket(index: number): number;
  dnsSlowQueryPacket(index: number): number;
  dnsSlowName(index: number): number;
  dnsSlowServer(index: number): number;
  dnsSlowType(index: number): number;
}
