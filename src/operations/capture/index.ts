// The operations of the toolset `capture`: what is in a capture file.
import type { Operation } from '../define.ts';
import { analyzeDnsTraffic } from './analyze-dns-traffic.ts';
import { analyzeThroughput } from './analyze-throughput.ts';
import { capturePackets } from './capture-packets.ts';
import { findTcpIssues } from './find-tcp-issues.ts';
import { getConversations } from './get-conversations.ts';
import { filterPackets } from './filter-packets.ts';
import { getPacket } from './get-packet.ts';
import { getProtocolHierarchy } from './get-protocol-hierarchy.ts';
import { pcapSummary } from './pcap-summary.ts';

export const captureOperations: readonly Operation[] = [
  pcapSummary,
  getConversations,
  analyzeThroughput,
  findTcpIssues,
  analyzeDnsTraffic,
  getProtocolHierarchy,
  filterPackets,
  getPacket,
  capturePackets,
];
