// The TCP report: issues by rate and effect, connections, RTT, and what could not be judged.
import type { Engine, EngineExports } from '../engine/engine.ts';
import { RESET, UNANSWERED } from '../engine/verdicts.ts';
import { distributionAt, percentileErrorPercent } from './histogram.ts';
import { connectionAt, longestRttOf, type ConnectionDetail } from './tcp-connection.ts';
import { baseOf, countIn, hitsOneFlow, isIssue, presentIssues, rateOf, worstOf } from './tcp-issue-counts.ts';
import { informationalKinds, issueKinds, type Base, type IssueKind, type Severity } from './tcp-issue-kinds.ts';
import { tcpIssuesLine } from './tcp-issues-line.ts';
import { resetsAfterFin, resetsOf } from './tcp-resets.ts';
import { someUntimed } from './untimed.ts';
import { endpointOf, rounded } from './values.ts';

export interface WorstFlow {
  /** `sender of the flow's first packet -> the other`. */
  flow: string;
  count: number;
  /** Average RTT of its data, of the side whose data takes longer to be acknowledged; null without a sample. */
  rtt_ms: number | null;
}

export interface Issue {
  issue_type: string;
  count: number;
  severity: Severity;
  rate_percent: number;
  rate_of: Base;
  affected_flows: number;
  worst_flows: WorstFlow[];
  first_packets: number[];
  recommendation: string;
}

const flowText = (engine: Engine, flow: number): string =>
  `${endpointOf(engine, flow, 0)} -> ${endpointOf(engine, flow, 1)}`;

const worstFlow = (engine: Engine, index: number, verdict: number): WorstFlow => {
  const flow = engine.exports.findingsRecord(index);
  const count = countIn(engine.exports, index, verdict);
  return { flow: flowText(engine, flow), count, rtt_ms: longestRttOf(engine.exports, flow) };
};

/** Of fewer segments a share is no rate. Connections count one by one: all that there are may be what somebody complains about. */
const fewest = 20;

const severityOf = (
  exports: EngineExports,
  rate: number,
  { medium, high, of }: IssueKind,
  oneFlow: boolean,
): Severity => {
  if (rate >= high) return of === 'connections' || baseOf(exports, of) >= fewest ? 'high' : 'medium';
  return rate >= medium || oneFlow ? 'medium' : 'low';
};

const issueOf = (engine: Engine, kind: IssueKind, wanted: number): { issue: Issue; flows: number[] } => {
  const { exports } = engine;
  const { verdict } = kind;
  const count = exports.verdictCount(verdict);
  const worst = worstOf(exports, verdict, wanted);
  const rate = rateOf(exports, kind);
  const issue = {
    issue_type: kind.type,
    count,
    severity: severityOf(exports, rate, kind, hitsOneFlow(exports, verdict)),
    rate_percent: rounded(rate, rate < 1 ? 4 : 2),
    rate_of: kind.of,
    affected_flows: verdict === UNANSWERED ? count : exports.verdictFlows(verdict),
    worst_flows: worst.map((index) => worstFlow(engine, index, verdict)),
    first_packets: [0, 1, 2].map((place) => exports.verdictFirst(verdict, place)).filter((number) => number > 0),
    recommendation: kind.recommendation,
  };
  return { issue, flows: worst.map((index) => exports.findingsRecord(index)) };
};

const weight: Readonly<Record<Severity, number>> = { high: 2, medium: 1, low: 0 };

/** Most serious first. `flows` named for each at most; fewer when there are many issues and the caller did not say. */
const issuesOf = (engine: Engine, wanted: number | undefined): { issue: Issue; flows: number[] }[] => {
  const kinds = presentIssues(engine.exports);
  const flows = wanted ?? Math.max(1, Math.min(5, Math.floor(12 / Math.max(1, kinds.length))));
  return kinds
    .map((kind) => issueOf(engine, kind, flows))
    .sort((one, other) => weight[other.issue.severity] - weight[one.issue.severity]);
};

/** Flows told in detail when the caller did not say how many, and characters of JSON that issues and details may have together then. */
const usualDetails = 2;
const usualCharacters = 4200;

/** A flow that is among the worst, with the numbers that lead to its packets. */
export interface FlowDetail extends ConnectionDetail {
  flow: string;
  /** As Wireshark's tcp.stream. */
  stream: number;
  first_packet: number;
}

const flowDetail = (engine: Engine, flow: number): FlowDetail => ({
  flow: flowText(engine, flow),
  stream: engine.exports.flowStream(flow),
  first_packet: engine.exports.flowFirstNumber(flow),
  ...connectionAt(engine.exports, flow),
});

const times = (engine: Engine, address: number, sum: number) => {
  const { samples, percentile } = distributionAt(engine, address);
  const ms = (nanoseconds: number): number => rounded(nanoseconds / 1e6, 3);
  return samples === 0
    ? null
    : {
        samples,
        average_ms: ms(sum / samples),
        p50_ms: ms(percentile(0.5)),
        p95_ms: ms(percentile(0.95)),
        p99_ms: ms(percentile(0.99)),
      };
};

const notesOf = (exports: EngineExports, untimed: boolean): string[] => {
  const notes: [number, string][] = [
    [exports.tcpCut(), 'TCP headers were cut by the capture (snaplen) and not analysed.'],
    [exports.tcpMalformed(), 'TCP headers contradict themselves and were not analysed.'],
    [exports.otherFlows(), 'flows were put out to bound memory: their packets count, they are not among worst_flows.'],
    [
      exports.findingsUncounted(),
      'segments with findings are of flows that are not counted apart: too many have some.',
    ],
    [exports.tcpHomeless(), 'segments were not analysed because the tables were full.'],
    [exports.tcpQuoted(), 'TCP headers quoted by ICMP errors were not analysed: they were sent elsewhere or before.'],
    [
      untimed ? exports.untimedPackets() : 0,
      'packets have no time (simple packet blocks), some of them of TCP: their connections are not timed.',
    ],
  ];
  return notes.filter(([count]) => count > 0).map(([count, text]) => `${count} ${text}`);
};

/** Flows of the most serious issues; those that fit a short answer when the caller did not say how many. */
const detailsOf = (engine: Engine, found: ReturnType<typeof issuesOf>, wanted: number | undefined): FlowDetail[] => {
  const worst = [...new Set(found.flatMap(({ flows }) => flows))];
  const details = worst.slice(0, wanted ?? usualDetails).map((flow) => flowDetail(engine, flow));
  if (wanted !== undefined) return details;
  let left = usualCharacters - JSON.stringify(found.map(({ issue }) => issue)).length;
  return details.filter((detail) => (left -= JSON.stringify(detail).length) >= 0);
};

/** What is ordinary, and what would be an issue if there were more of it. */
const informationalOf = (exports: EngineExports) => {
  const hurried = issueKinds.some((kind) => kind.verdict === RESET && isIssue(exports, kind))
    ? 0
    : resetsAfterFin(exports);
  const few = issueKinds
    .filter((kind) => kind.ordinaryBelow !== undefined && !isIssue(exports, kind))
    .map(({ type, verdict, ordinary = '' }) => ({ type, count: exports.verdictCount(verdict), meaning: ordinary }));
  const known = informationalKinds.map(({ verdict, ...kind }) => ({ ...kind, count: exports.verdictCount(verdict) }));
  const resets = { type: 'reset', count: hurried, meaning: 'RST after the FIN: a hurried close' };
  return [...few, ...known, resets]
    .filter(({ count }) => count > 0)
    .map(({ type, count, meaning }) => ({ issue_type: type, count, meaning }));
};

/** Everything find_tcp_issues says but the file's name and coverage. */
export const tcpIssuesOf = (engine: Engine, wantedFlows: number | undefined) => {
  const { exports } = engine;
  const found = issuesOf(engine, wantedFlows);
  const issues = found.map(({ issue }) => issue);
  const untimed = someUntimed(exports, (flow) => exports.flowProtocol(flow) === 6);
  return {
    summary: tcpIssuesLine(exports) ?? 'No TCP packets',
    total_tcp_packets: exports.tcpSegments(),
    has_issues: issues.length > 0,
    issues,
    flow_details: detailsOf(engine, found, wantedFlows),
    informational: informationalOf(exports),
    connections: {
      total: exports.flowsSeen(6),
      opened: exports.tcpOpened(),
      established: exports.tcpEstablished(),
      refused: exports.tcpRefused(),
      unanswered: exports.tcpUnanswered(),
      pending: exports.tcpPending(),
      reset: exports.tcpReset(),
      closed: exports.tcpClosed(),
    },
    resets: resetsOf(engine),
    handshake_rtt: times(engine, exports.handshakeHistogram(), exports.tcpHandshakeSum()),
    data_rtt: times(engine, exports.rttHistogram(), exports.tcpRttSum()),
    percentile_error_percent: percentileErrorPercent,
    max_bytes_in_flight: exports.tcpFlight(),
    notes: notesOf(exports, untimed),
  };
};
