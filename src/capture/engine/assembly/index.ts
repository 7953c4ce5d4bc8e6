// The engine's exports. JavaScript puts the bytes of a capture file into the memory and calls `consume`; the tables are read afterwards.
// engine.ts says what each export means to its callers.
import { dnsCode, dnsCounter, dnsHeaderCode, dnsType } from './dns/counters.ts';
import {
  dnsNameBytes,
  dnsNameLength,
  dnsNameQueries,
  dnsNameFailed,
  dnsNameUnanswered,
  dnsNameAnswered,
  dnsNameSlowest,
  dnsNameSum,
  dnsServerAddress,
  dnsServerFamily,
  dnsServerPort,
  dnsServerQueries,
  dnsServerAnswered,
  dnsServerFailed,
  dnsServerUnanswered,
  dnsServerPending,
  dnsServerWaited,
  dnsServerRetried,
  dnsServerBuckets,
  dnsServerFastest,
  dnsServerSlowest,
  dnsServerSum,
  dnsSlowTime,
  dnsSlowPacket,
  dnsSlowQueryPacket,
  dnsSlowName,
  dnsSlowServer,
  dnsSlowType,
} from './dns/dns-exports.ts';
import { settleDns } from './dns/matching.ts';
import { dnsNameCount } from './dns/names.ts';
import { dnsServerCount } from './dns/servers.ts';
import { dnsSlowCount } from './dns/slowest.ts';
import {
  addressBytes,
  addressFamily,
  addressPackets,
  addressStart,
  addressesOmitted,
  sumAddresses,
} from './addresses.ts';
import {
  flowSource,
  flowDestination,
  flowFamily,
  flowProtocol,
  flowSourcePort,
  flowDestinationPort,
  flowNode,
  flowOnlySyn,
  flowFirstNumber,
  flowFirstTime,
  flowLastTime,
  flowPackets,
  flowBytes,
  flowUntimed,
  flowUsed,
  flowStream,
  flowStage,
  flowHandshake,
  flowRttSamples,
  flowRttLeast,
  flowRttMost,
  flowRttSum,
  flowFlight,
  findingsRecord,
} from './flow-exports.ts';
import {
  settleFlows,
  otherFlows,
  otherPackets,
  otherBytes,
  otherUnanswered,
  otherVerdicts,
  tcpPending,
} from './flow-eviction.ts';
import { flowCount } from './flow-record.ts';
import { longestChain } from './flow-table.ts';
import { flowsSeen } from './flows.ts';
import { fragmentsEvicted } from './fragments.ts';
import { take, taken } from './memory.ts';
import { clearIndex, indexed, startIndex } from './packet-index.ts';
import { file, PCAP, PCAPNG, UNKNOWN } from './records/file.ts';
import { pcapHeader, pcapRecords } from './records/pcap.ts';
import {
  beforeBytes,
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
} from './time-series.ts';
import { pcapngBlocks, SECTION } from './records/pcapng.ts';
import { seed } from './seed.ts';
import {
  verdictCount,
  verdictFlows,
  verdictFirst,
  findingsCount,
  findingsOf,
  findingsUncounted,
} from './tcp/findings.ts';
import {
  tcpSegments,
  tcpQuoted,
  tcpCut,
  tcpMalformed,
  tcpHomeless,
  tcpDataSegments,
  tcpAcknowledgments,
  tcpOpened,
  tcpEstablished,
  tcpRefused,
  tcpUnanswered,
  tcpReset,
  tcpClosed,
  tcpDataBytes,
  tcpRttSum,
  tcpHandshakeSum,
  tcpFlight,
} from './tcp/tcp-exports.ts';
import { resetCount, rttHistogram, handshakeHistogram } from './tcp/totals.ts';
import { nodeBytes, nodeCount, nodePackets, nodeParent, nodeProtocol, nodesRefused } from './tree.ts';

export {
  flowSource,
  flowDestination,
  flowFamily,
  flowProtocol,
  flowSourcePort,
  flowDestinationPort,
  flowNode,
  flowOnlySyn,
  flowFirstNumber,
  flowFirstTime,
  flowLastTime,
  flowPackets,
  flowBytes,
  flowUntimed,
  flowUsed,
  flowStream,
  flowStage,
  flowHandshake,
  flowRttSamples,
  flowRttLeast,
  flowRttMost,
  flowRttSum,
  flowFlight,
  findingsRecord,
};
export { flowsSeen, otherFlows, otherPackets, otherBytes, otherUnanswered, otherVerdicts, tcpPending };
export { verdictCount, verdictFlows, verdictFirst, findingsCount, findingsOf, findingsUncounted };
export { resetCount, rttHistogram, handshakeHistogram };
export {
  tcpSegments,
  tcpQuoted,
  tcpCut,
  tcpMalformed,
  tcpHomeless,
  tcpDataSegments,
  tcpAcknowledgments,
  tcpOpened,
  tcpEstablished,
  tcpRefused,
  tcpUnanswered,
  tcpReset,
  tcpClosed,
  tcpDataBytes,
  tcpRttSum,
  tcpHandshakeSum,
  tcpFlight,
};
export {
  dnsNameBytes,
  dnsNameLength,
  dnsNameQueries,
  dnsNameFailed,
  dnsNameUnanswered,
  dnsNameAnswered,
  dnsNameSlowest,
  dnsNameSum,
  dnsServerAddress,
  dnsServerFamily,
  dnsServerPort,
  dnsServerQueries,
  dnsServerAnswered,
  dnsServerFailed,
  dnsServerUnanswered,
  dnsServerPending,
  dnsServerWaited,
  dnsServerRetried,
  dnsServerBuckets,
  dnsServerFastest,
  dnsServerSlowest,
  dnsServerSum,
  dnsSlowTime,
  dnsSlowPacket,
  dnsSlowQueryPacket,
  dnsSlowName,
  dnsSlowServer,
  dnsSlowType,
};
export { dnsCode, dnsCounter, dnsHeaderCode, dnsNameCount, dnsServerCount, dnsSlowCount, dnsType };
export { clearIndex, flowCount, indexed, nodeBytes, nodeCount, nodePackets, nodeParent, nodeProtocol, startIndex };
export { fragmentsEvicted, longestChain, nodesRefused, seed };
export { addressBytes, addressFamily, addressPackets, addressStart, addressesOmitted, sumAddresses };
export {
  beforeBytes,
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
};

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
