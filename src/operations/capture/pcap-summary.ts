// pcap_summary: what a capture file holds, at a glance: how much, how long, which protocols, who, and what is wrong with it.
import * as z from 'zod';
import { defineOperation } from '../define.ts';
import { resultSchema } from '../frame/result.ts';
import { captureInput, coverageSchema, openAnalysis, aboutCapture, readText } from './capture-call.ts';

const talkerSchema = z.strictObject({
  ip: z.string(),
  packets: z.number(),
  bytes: z.number(),
  percent: z.number().describe('Of all bytes'),
});

export const pcapSummary = defineOperation({
  name: 'pcap_summary',
  title: 'Sum up a capture',
  description:
    'Start here with a capture file (pcap, pcapng): packets, bytes, duration, protocols, top talkers, conversations, TCP problems.',
  ...aboutCapture,
  input: z.strictObject(captureInput),
  output: resultSchema({
    file_path: z.string(),
    packet_count: z.number(),
    duration_seconds: z.number().describe('From the earliest to the latest packet'),
    total_bytes: z.number().describe('On the wire'),
    captured_bytes: z.number(),
    start_time: z.number().nullable().describe('Seconds since 1970'),
    end_time: z.number().nullable(),
    start_time_iso: z.string().nullable(),
    end_time_iso: z.string().nullable(),
    packets_per_second: z.number().nullable(),
    bits_per_second: z.number().nullable(),
    average_packet_bytes: z.number().nullable(),
    protocols: z.record(z.string(), z.number()).describe('Packets that have it, inside tunnels too'),
    top_talkers: z.array(talkerSchema).describe('By bytes sent'),
    top_destinations: z.array(talkerSchema).describe('By bytes received'),
    unique_ips: z.number(),
    unique_ipv4: z.number(),
    unique_ipv6: z.number(),
    conversations: z.record(z.string(), z.number()).describe('By transport protocol'),
    tcp_issues_summary: z.string().nullable().describe('Null without TCP; more: find_tcp_issues'),
    file: z.strictObject({
      format: z.enum(['pcap', 'pcapng']),
      compression: z.enum(['gzip', 'zstd']).nullable(),
      size_bytes: z.number(),
      link_types: z.array(z.strictObject({ linktype: z.number(), name: z.string(), packets: z.number() })),
      cut_packets: z.number().describe('Of which only the beginning was captured (snaplen)'),
      out_of_order_packets: z.number().describe('Earlier than the one before them'),
    }),
    notes: z.array(z.string()),
    coverage: coverageSchema,
  }),
  run: async (input, ports, call) => {
    const analysis = await openAnalysis(input, ports, call);
    const { summaryOf } = await import('../../capture/reports/summary.ts');
    const { coverage } = analysis;
    const { summary, ...report } = summaryOf(analysis);
    return { success: true, summary: `${summary}${readText(coverage)}`, ...report, coverage };
  },
});
