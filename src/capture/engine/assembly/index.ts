// The engine's exports. JavaScript puts the bytes of a capture file into the memory and calls `consume`; the tables are read afterwards.
// engine.ts says what each export means to its callers.
import { settleDns } from './dns/matching.ts';
import { settleFlows } from './flow-eviction.ts';
import { take, taken } from './memory.ts';
import { PCAP, PCAPNG, UNKNOWN, file } from './records/file.ts';
import { pcapHeader, pcapRecords } from './records/pcap.ts';
import { SECTION, pcapngBlocks } from './records/pcapng.ts';

// The compiler takes a re-export without its extension only.
export { addressBytes, addressFamily, addressPackets, addressStart, addressesOmitted, sumAddresses } from './addresses';
export { dnsCode, dnsCounter, dnsHeaderCode, dnsType } from './dns/counters';
export {
  dnsNameAnswered,
  dnsNameBytes,
  dnsNameFailed,
  dnsNameLength,
  dnsNameQueries,
  dnsNameSlowest,
  dnsNameSum,
  dnsNameUnanswered,
  dnsServerAddress,
  dnsServerAnswered,
  dnsServerBuckets,
  dnsServerFailed,
  dnsServerFamily,
  dnsServerFastest,
  dnsServerPending,
  dnsServerPort,
  dnsServerQueries,
  dnsServerRetried,
  dnsServerSlowest,
  dnsServerSum,
  dnsServerUnanswered,
  dnsServerWaited,
  dnsSlowName,
  dnsSlowPacket,
  dnsSlowQueryPacket,
  dnsSlowServer,
  dnsSlowTime,
  dnsSlowType,
} from './dns/dns-exports';
export { dnsNameCount } from './dns/names';
export { dnsServerCount } from './dns/servers';
export { dnsSlowCount } from './dns/slowest';
export { otherBytes, otherFlows, otherPackets, otherUnanswered, tcpPending } from './flow-eviction';
export {
  findingsRecord,
  flowBytes,
  flowDestination,
  flowDestinationPort,
  flowFamily,
  flowFirstNumber,
  flowFirstTime,
  flowFlight,
  flowHandshake,
  flowLastTime,
  flowOnlySyn,
  flowPackets,
  flowProtocol,
  flowRttLeast,
  flowRttMost,
  flowRttSamples,
  flowRttSum,
  flowSource,
  flowSourcePort,
  flowStage,
  flowStream,
  flowUntimed,
  flowUsed,
  flowWindowScale,
} from './flow-exports';
export { flowCount } from './flow-record';
export { longestChain } from './flow-table';
export { flowsSeen } from './flows';
export { fragmentsEvicted } from './fragments';
export { clearIndex, indexed, startIndex } from './packet-index';
export { seed } from './seed';
export { findingsCount, findingsOf, findingsUncounted, verdictCount, verdictFirst, verdictFlows } from './tcp/findings';
export {
  tcpAcknowledgments,
  tcpBareSequenced,
  tcpClosed,
  tcpCut,
  tcpDataSegments,
  tcpEstablished,
  tcpFlight,
  tcpHandshakeSum,
  tcpHomeless,
  tcpMalformed,
  tcpOpened,
  tcpQuoted,
  tcpRefused,
  tcpReset,
  tcpRttSum,
  tcpSegments,
  tcpUnanswered,
} from './tcp/tcp-exports';
export { handshakeHistogram, resetCount, rttHistogram } from './tcp/totals';
export {
  beforePackets,
  cutPackets,
  disorderedPackets,
  earliestTime,
  firstTime,
  latestTime,
  linkCount,
  linkPackets,
  linkType,
  seriesBytes,
  seriesCount,
  seriesPackets,
  seriesWidth,
  totalCaptured,
  totalOriginal,
  untimedBytes,
  untimedPackets,
} from './time-series';
export { nodeBytes, nodeCount, nodePackets, nodeParent, nodeProtocol, nodesRefused } from './tree';

export function buffer(bytes: u32): usize {
  return take(bytes);
}

export function memoryTaken(): usize {
  return taken();
}

export function begin(maxPackets: u32): void {
  file.maxPackets = maxPackets;
}

export function consume(at: usize, end: usize, offset: f64): usize {
  if (file.fault !== 0) return at;
  let from = at;
  if (file.format === UNKNOWN) {
    if (end - at < 24) return at;
    if (load<u32>(at) === SECTION) file.format = PCAPNG;
    else {
      pcapHeader(at, offset);
      if (file.fault !== 0) return at;
      from += 24;
    }
  }
  if (file.skip > 0) {
    const passed = min(file.skip, <f64>(end - from));
    file.skip -= passed;
    from += <usize>passed;
  }
  const here = offset + <f64>(from - at);
  return file.format === PCAP ? pcapRecords(from, end, here) : pcapngBlocks(from, end, here);
}

export function finish(): void {
  settleFlows();
  settleDns();
}

export function captureFormat(): u32 {
  return file.format;
}

export function packetCount(): u32 {
  return file.packets;
}

export function fault(): u32 {
  return file.fault;
}

export function faultOffset(): f64 {
  return file.faultOffset;
}

export function passingOver(): f64 {
  return file.skip;
}
