// Makes every report from an engine that has read one input. Numbers in them must be finite, and text without control characters.
import { coverageOf } from '../../../src/capture/coverage.ts';
import type { Engine } from '../../../src/capture/engine/engine.ts';
import {
  conversationAt,
  countConversations,
  putOutOf,
  rankFlows,
  sortKeys,
} from '../../../src/capture/reports/conversations.ts';
import { dnsFindings } from '../../../src/capture/reports/dns-findings.ts';
import { dnsReport } from '../../../src/capture/reports/dns.ts';
import { hierarchyOf } from '../../../src/capture/reports/hierarchy.ts';
import { summaryOf } from '../../../src/capture/reports/summary.ts';
import { tcpIssuesOf } from '../../../src/capture/reports/tcp-issues.ts';
import { throughputOf, throughputSorts } from '../../../src/capture/reports/throughput.ts';
import { peakOf, seriesOf } from '../../../src/capture/reports/time-series.ts';
import { ensure } from './ensure.ts';
import type { Chance } from './mutate.ts';

/** Whatever is shown as a number is one. */
const checkNumbers = (value: unknown, path: string): void => {
  if (typeof value === 'number') ensure(Number.isFinite(value), `${path} is ${value}`);
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return;
  for (const [key, inner] of value instanceof Map ? value : Object.entries(value))
    checkNumbers(inner, `${path}.${key}`);
};

/** `bytes`: of the whole input, which was read up to `taken`. */
export const checkReports = (
  engine: Engine,
  { bytes, taken }: { bytes: number; taken: number },
  random: Chance,
): void => {
  const { exports } = engine;
  const packets = exports.packetCount();
  if (packets === 0) return;
  const seen = {
    packets,
    taken,
    rest: bytes - taken,
    missing: exports.passingOver(),
    unread: 0,
    maxPackets: undefined,
  };
  const fault = { fault: exports.fault(), faultOffset: exports.faultOffset() };
  const coverage = coverageOf({ ...seen, ...fault, stopped: false, compression: undefined, failure: undefined }, bytes);
  const hierarchy = hierarchyOf(exports);
  ensure(hierarchy.packets === packets, `${hierarchy.packets} packets in the hierarchy, ${packets} read`);
  const summary = summaryOf({ engine, coverage, compression: null, path: '/captures/a.pcap' });
  const flows = rankFlows(engine, { sortBy: random.pick(sortKeys), wanted: 20, protocol: undefined });
  const dns = dnsReport(engine, 1 + random.below(20));
  const seconds = random.pick([0.001, 1, 86_400]);
  const reports = {
    coverage,
    hierarchy,
    summary,
    conversations: flows.map((flow) => conversationAt(engine, flow)),
    counts: countConversations(engine),
    putOut: putOutOf(engine),
    dns,
    findings: dnsFindings(dns, random.pick([0, 500])),
    issues: tcpIssuesOf(engine, random.below(2) === 0 ? undefined : 3),
    throughput: throughputOf(engine, { wanted: 20, sortBy: random.pick(throughputSorts), minDurationS: 0 }),
    series: seriesOf(exports, seconds, 12),
    peak: peakOf(exports, seconds),
  };
  checkNumbers(reports, 'report');
};
