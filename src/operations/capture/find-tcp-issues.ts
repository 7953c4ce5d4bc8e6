// find_tcp_issues: what is wrong with the TCP connections of a capture, by rate and effect, and where to look next.
import * as z from 'zod';
import { defineOperation } from '../define.ts';
import { resultSchema } from '../frame/result.ts';
import { captureInput, coverageSchema, openAnalysis, aboutCapture, readText } from './capture-call.ts';
import { connectionFields } from './connection-schema.ts';

const issueSchema = z.strictObject({
  issue_type: z.string(),
  count: z.number().describe("As Wireshark's analysis counts it"),
  severity: z.enum(['low', 'medium', 'high']).describe('By rate, and by a single flow that suffers'),
  rate_percent: z.number(),
  rate_of: z.string(),
  affected_flows: z.number(),
  worst_flows: z.array(z.strictObject({ flow: z.string(), count: z.number(), rtt_ms: z.number().nullable() })),
  first_packets: z.array(z.number()),
  recommendation: z.string(),
});

const sidesSchema = z.strictObject({ by_client: z.number(), by_server: z.number(), by_unknown: z.number() });

const timesSchema = z
  .strictObject({
    samples: z.number(),
    average_ms: z.number(),
    p50_ms: z.number(),
    p95_ms: z.number(),
    p99_ms: z.number(),
  })
  .nullable();

export const findTcpIssues = defineOperation({
  name: 'find_tcp_issues',
  title: 'Find TCP issues',
  description:
    "Wireshark's TCP analysis of a capture: retransmissions, reordering, windows, resets, refused and unanswered connections, by severity, with RTT.",
  ...aboutCapture,
  input: z.strictObject({
    ...captureInput,
    top_n: z.number().int().min(0).max(5).optional().describe('Worst flows, of each issue and in detail'),
  }),
  output: resultSchema({
    file_path: z.string(),
    total_tcp_packets: z.number(),
    has_issues: z.boolean(),
    issues: z.array(issueSchema),
    flow_details: z.array(
      z.strictObject({ flow: z.string(), stream: z.number(), first_packet: z.number(), ...connectionFields }),
    ),
    informational: z
      .array(z.strictObject({ issue_type: z.string(), count: z.number(), meaning: z.string() }))
      .describe('No fault by themselves'),
    connections: z.strictObject({
      total: z.number(),
      opened: z.number().describe('With a SYN in the file'),
      established: z.number(),
      refused: z.number(),
      unanswered: z.number(),
      pending: z.number().describe('A SYN of the last 3 s'),
      reset: z.number(),
      closed: z.number(),
    }),
    resets: z.strictObject({
      refusing: sidesSchema,
      handshake: sidesSchema,
      established: sidesSchema,
      after_fin: sidesSchema,
      unknown: sidesSchema.describe('Without the SYN in the file'),
      unknown_senders: z
        .array(z.strictObject({ sender: z.string(), receiver: z.string(), count: z.number() }))
        .describe('Of by_unknown: no SYN or SYN+ACK tells client and server'),
    }),
    handshake_rtt: timesSchema,
    data_rtt: timesSchema.describe('One sample a round trip, of segments sent once'),
    percentile_error_percent: z.number(),
    max_bytes_in_flight: z.number(),
    notes: z.array(z.string()).describe('What was not analysed'),
    coverage: coverageSchema,
  }),
  run: async (input, ports, call) => {
    const analysis = await openAnalysis(input, ports, call);
    const { tcpIssuesOf } = await import('../../capture/reports/tcp-issues.ts');
    const { engine, path, coverage } = analysis;
    const { summary, ...report } = tcpIssuesOf(engine, input.top_n);
    return { success: true, summary: `${summary}${readText(coverage)}`, file_path: path, ...report, coverage };
  },
});
