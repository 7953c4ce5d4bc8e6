// What the engine saw of DNS, as plain values: counts, times, the names and servers that matter.
import * as layout from '../engine/dns-layout.ts';
import type { Engine } from '../engine/engine.ts';
import type { DnsKindCounts, DnsReport, DnsServer, NameLabels, SlowAnswer } from './dns-report.ts';
import { readTimes } from './dns-times.ts';
import { topOf } from './top.ts';
import { someUntimed } from './untimed.ts';
import { addressAt, endpoint } from './values.ts';

type Exports = Engine['exports'];

const kindCounts = (exports: Exports, kind: number): DnsKindCounts => {
  const count = (counter: number): number => exports.dnsCounter(counter + kind);
  return {
    packets: count(layout.PACKETS),
    queries: count(layout.QUERIES),
    responses: count(layout.RESPONSES),
    retried: count(layout.RETRIED),
    askedAgain: count(layout.ASKED_AGAIN),
    answered: count(layout.ANSWERED),
    repeated: count(layout.REPEATED),
    unasked: count(layout.UNASKED),
    mismatched: count(layout.MISMATCHED),
    unanswered: count(layout.UNANSWERED),
    pending: count(layout.PENDING),
    unsettled: count(layout.UNSETTLED),
  };
};

/** Numbers from 0 to below `end` that were counted. */
const counted = (end: number, count: (index: number) => number): Map<number, number> => {
  const found = new Map<number, number>();
  for (let index = 0; index < end; index += 1) {
    const value = count(index);
    if (value > 0) found.set(index, value);
  }
  return found;
};

const labelsOf = ({ exports, memory }: Engine, id: number): NameLabels => {
  if (id === 0) return undefined;
  const bytes = new Uint8Array(memory.buffer, exports.dnsNameBytes(id), exports.dnsNameLength(id));
  const labels: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += (bytes[at] ?? 0) + 1)
    labels.push(bytes.slice(at + 1, at + 1 + (bytes[at] ?? 0)));
  return labels;
};

const addressText = (engine: Engine, index: number): string | undefined => {
  const { exports } = engine;
  if (index < layout.FIRST_SERVER) return undefined;
  const address = addressAt(engine, exports.dnsServerAddress(index), exports.dnsServerFamily(index));
  const port = exports.dnsServerPort(index);
  return port === 53 ? address : endpoint(address, port);
};

/** The numbers from 1 to below `end` that were counted most. */
const most = (end: number, wanted: number, count: (index: number) => number): number[] =>
  topOf(end - 1, wanted, (index) => count(index) || Number.NaN);

const dnsPort = 53;

/** Whether DNS whose answers are timed has packets without a time. */
const isUntimed = (exports: Exports): boolean =>
  someUntimed(
    exports,
    (flow) => exports.flowSourcePort(flow) === dnsPort || exports.flowDestinationPort(flow) === dnsPort,
  );

const serverOf = (engine: Engine, index: number, timed: boolean): DnsServer => {
  const { exports } = engine;
  return {
    address: addressText(engine, index),
    queries: exports.dnsServerQueries(index),
    answered: exports.dnsServerAnswered(index),
    failed: exports.dnsServerFailed(index),
    unanswered: exports.dnsServerUnanswered(index),
    pending: exports.dnsServerPending(index),
    waitedMs: timed ? Number(exports.dnsServerWaited(index)) / 1e6 : 0,
    retried: exports.dnsServerRetried(index),
    times: timed ? readTimes(engine, index) : undefined,
  };
};

const slowestOf = (engine: Engine): SlowAnswer[] => {
  const { exports } = engine;
  return Array.from({ length: exports.dnsSlowCount() }, (_, index) => ({
    labels: labelsOf(engine, exports.dnsSlowName(index)),
    type: exports.dnsSlowType(index),
    server: addressText(engine, exports.dnsSlowServer(index)),
    ms: Number(exports.dnsSlowTime(index)) / 1e6,
    packet: exports.dnsSlowPacket(index),
    queryPacket: exports.dnsSlowQueryPacket(index),
  })).sort((one, other) => other.ms - one.ms || one.packet - other.packet);
};

/** The tables of an engine that has read its capture; lists hold `topN`, servers at most 100. */
export const dnsReport = (engine: Engine, topN: number): DnsReport => {
  const { exports } = engine;
  const timed = !isUntimed(exports);
  const names = exports.dnsNameCount();
  const serverEnd = exports.dnsServerCount();
  const types = counted(layout.TYPE_LIMIT, (type) => exports.dnsType(type));
  const otherTypes = exports.dnsType(layout.TYPE_LIMIT);
  if (otherTypes > 0) types.set(-1, otherTypes);
  // NaN where none was answered.
  const meanMs = (id: number): number => Number(exports.dnsNameSum(id)) / 1e6 / exports.dnsNameAnswered(id);
  const failures = (id: number): number => exports.dnsNameFailed(id) + exports.dnsNameUnanswered(id);
  return {
    kinds: [layout.OVER_UDP, layout.OVER_TCP, layout.MULTICAST, layout.LINK_LOCAL].map((kind) =>
      kindCounts(exports, kind),
    ),
    codes: counted(layout.RCODE_LIMIT, (code) => exports.dnsCode(code)),
    headerCodes: counted(16, (code) => exports.dnsHeaderCode(code)),
    types,
    truncated: exports.dnsCounter(layout.TRUNCATED),
    edns: exports.dnsCounter(layout.EDNS),
    fromElsewhere: exports.dnsCounter(layout.FROM_ELSEWHERE),
    backInTime: timed ? exports.dnsCounter(layout.BACK_IN_TIME) : 0,
    tooShort: exports.dnsCounter(layout.TOO_SHORT),
    cut: exports.dnsCounter(layout.CUT),
    malformed: exports.dnsCounter(layout.MALFORMED),
    tcpLost: exports.dnsCounter(layout.TCP_LOST),
    namesLeftOut: exports.dnsCounter(layout.OTHER_NAMES),
    serversLeftOut: exports.dnsCounter(layout.OTHER_SERVERS),
    times: timed ? readTimes(engine, layout.ALL_SERVERS) : undefined,
    untimedPackets: timed ? 0 : exports.untimedPackets(),
    slowest: timed ? slowestOf(engine) : [],
    servers: most(serverEnd, 100, (index) => exports.dnsServerQueries(index)).map((index) =>
      serverOf(engine, index, timed),
    ),
    serverCount: Math.max(0, serverEnd - layout.FIRST_SERVER),
    topNames: most(names, topN, (id) => exports.dnsNameQueries(id)).map((id) => ({
      labels: labelsOf(engine, id),
      count: exports.dnsNameQueries(id),
    })),
    slowNames: topOf(timed ? names - 1 : 0, topN, meanMs).map((id) => ({
      labels: labelsOf(engine, id),
      answered: exports.dnsNameAnswered(id),
      meanMs: meanMs(id),
      maxMs: Number(exports.dnsNameSlowest(id)) / 1e6,
    })),
    failedNames: most(names, topN, failures).map((id) => ({
      labels: labelsOf(engine, id),
      failed: exports.dnsNameFailed(id),
      unanswered: exports.dnsNameUnanswered(id),
    })),
  };
};
