// analyze_dns_traffic: what was asked, what came back and how long it took; servers compared, failures named.
import * as z from 'zod';
import type { DnsReport, NameLabels } from '../../capture/reports/dns-report.ts';
import { plainText } from '../../model/plain-text.ts';
import { defineOperation } from '../define.ts';
import { dnsOutput } from './analyze-dns-output.ts';
import { captureInput, openAnalysis, aboutCapture, readText } from './capture-call.ts';

/** Characters of a name that are shown. */
const nameCharacters = 120;

const round = (ms: number): number => Math.round(ms * 1000) / 1000;

/** A count's entries above 0, most first, at most `limit`. */
const record = (counts: Iterable<readonly [string, number]>, limit = 30): Record<string, number> =>
  Object.fromEntries(
    [...counts]
      .filter(([, count]) => count > 0)
      .sort(([, one], [, other]) => other - one)
      .slice(0, limit),
  );

const transportNames = ['udp', 'tcp', 'mdns', 'llmnr'];

const transportsOf = ({ kinds }: DnsReport) =>
  Object.fromEntries(
    kinds.flatMap(({ queries, responses }, index) =>
      queries + responses === 0 ? [] : [[transportNames[index] ?? '', { queries, responses }]],
    ),
  );

const notAnalysed = (report: DnsReport): Record<string, number> =>
  record([
    ['cut_messages', report.cut],
    ['malformed_messages', report.malformed],
    ['messages_without_header', report.tooShort],
    ['tcp_messages_lost', report.tcpLost],
    ['queries_beyond_name_table', report.namesLeftOut],
    ['queries_beyond_server_table', report.serversLeftOut],
    ['queries_beyond_query_table', report.kinds.reduce((sum, { unsettled }) => sum + unsettled, 0)],
    ['answers_before_their_query', report.backInTime],
    ['packets_without_time', report.untimedPackets],
  ]);

interface SummaryParts {
  queries: number;
  responses: number;
  unanswered: number;
  pending: number;
  failed: Readonly<Record<string, number>>;
  finding: string | undefined;
}

const countText = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;

const summaryOf = ({ times }: DnsReport, parts: SummaryParts): string => {
  const { queries, responses, unanswered, pending, failed, finding } = parts;
  if (queries + responses === 0) return 'No DNS messages in this capture.';
  const failures = Object.entries(failed).map(([name, count]) => `${count} ${name}`);
  const took =
    times === undefined ? '' : ` Half took at most ${round(times.p50)} ms, 95 % at most ${round(times.p95)} ms.`;
  const failing = failures.length === 0 ? 'none failed' : `failed: ${failures.slice(0, 4).join(', ')}`;
  const outcome = [
    `${unanswered} unanswered`,
    ...(pending === 0 ? [] : [`${pending} not answered before the capture ended`]),
    ...(responses === 0 ? [] : [failing]),
  ].join(', ');
  const counts = `${countText(queries, 'DNS query', 'DNS queries')}, ${countText(responses, 'answer', 'answers')}`;
  return `${counts}: ${outcome}.${took}${finding === undefined ? '' : ` ${finding}`}`;
};

export const analyzeDnsTraffic = defineOperation({
  name: 'analyze_dns_traffic',
  title: 'Analyze DNS traffic',
  description:
    'DNS in a capture: unanswered, retried and failed queries, response times, slow and top names, servers compared.',
  ...aboutCapture,
  input: z.strictObject({
    ...captureInput,
    top_n: z.number().int().min(1).max(50).default(8),
    slow_ms: z.number().min(0.001).max(60_000).default(100),
  }),
  output: dnsOutput,
  run: async (input, ports, call) => {
    const [{ dnsReport }, { dnsFindings, unicast }, { showName }, { rcodeName, typeName }, analysis] =
      await Promise.all([
        import('../../capture/reports/dns.ts'),
        import('../../capture/reports/dns-findings.ts'),
        import('../../probe/dns/name.ts'),
        import('../../probe/dns/record-types.ts'),
        openAnalysis(input, ports, call),
      ]);
    const { top_n: topN, slow_ms: slowMs } = input;
    const report = dnsReport(analysis.engine, topN);
    const nameText = (labels: NameLabels): string | null =>
      labels === undefined ? null : plainText(showName(labels.map((label) => Buffer.from(label))), nameCharacters);
    const sum = (field: 'queries' | 'responses'): number =>
      report.kinds.reduce((total, kind) => total + kind[field], 0);
    const failed = record(
      [...report.codes].flatMap(([code, count]) => (code === 0 ? [] : [[rcodeName(code), count] as const])),
    );
    const findings = dnsFindings(report, slowMs);
    const slow = report.slowest.filter(({ ms }) => ms >= slowMs);
    const { times } = report;
    const totals = {
      queries: sum('queries'),
      responses: sum('responses'),
      unanswered: unicast(report, 'unanswered'),
      pending: unicast(report, 'pending'),
    };
    return {
      success: true,
      summary: `${summaryOf(report, { ...totals, failed, finding: findings[0]?.message })}${readText(analysis.coverage)}`,
      file_path: analysis.path,
      total_queries: totals.queries,
      total_responses: totals.responses,
      answered: unicast(report, 'answered'),
      unanswered: totals.unanswered,
      pending: totals.pending,
      retried: unicast(report, 'retried'),
      retried_with_new_id: unicast(report, 'askedAgain'),
      failed,
      truncated_responses: report.truncated,
      repeated_responses: unicast(report, 'repeated'),
      unasked_responses: unicast(report, 'unasked'),
      mismatched_responses: unicast(report, 'mismatched'),
      response_time_ms:
        times === undefined
          ? null
          : {
              count: times.count,
              p50: round(times.p50),
              p95: round(times.p95),
              p99: round(times.p99),
              max: round(times.max),
              mean: round(times.mean),
            },
      // Exact while all of them stand in the list of the slowest.
      slow_count:
        slow.length < report.slowest.length ? slow.length : Math.max(slow.length, times?.atLeast(slowMs) ?? 0),
      slow_queries: slow.slice(0, topN).map(({ labels, type, server, ms, packet }) => ({
        name: nameText(labels),
        type: typeName(type),
        server: server ?? null,
        response_time_ms: round(ms),
        packet,
      })),
      top_names: report.topNames.map(({ labels, count }) => ({ name: nameText(labels), count })),
      slow_names: report.slowNames
        .filter(({ meanMs }) => meanMs >= slowMs)
        .map(({ labels, answered, meanMs, maxMs }) => ({
          name: nameText(labels),
          answered,
          mean_ms: round(meanMs),
          max_ms: round(maxMs),
        })),
      failed_names: report.failedNames.map(({ labels, ...counts }) => ({ name: nameText(labels), ...counts })),
      servers: report.servers.slice(0, topN).map(({ address, times: took, waitedMs: _, ...counts }) => ({
        server: address ?? null,
        ...counts,
        p50_ms: took === undefined ? null : round(took.p50),
        p95_ms: took === undefined ? null : round(took.p95),
        max_ms: took === undefined ? null : round(took.max),
      })),
      total_servers: report.serverCount,
      query_types: record([...report.types].map(([type, count]) => [type < 0 ? 'OTHER' : typeName(type), count])),
      transports: transportsOf(report),
      findings,
      not_analysed: notAnalysed(report),
      coverage: analysis.coverage,
      untrusted: ['slow_queries', 'top_names', 'slow_names', 'failed_names'],
    };
  },
});
