// get_conversations: who talked to whom in a capture, how much and how long; largest first, page by page.
import * as z from 'zod';
import { defineOperation } from '../define.ts';
import { resultSchema } from '../frame/result.ts';
import {
  captureInput,
  coverageSchema,
  openAnalysis,
  packetBound,
  packetsText,
  aboutCapture,
  readText,
} from './capture-call.ts';
import { connectionFields } from './connection-schema.ts';
import {
  checkContinues,
  conversationsText,
  cursorAt,
  cursorInput,
  fittingRows,
  putOutSchema,
  rowRange,
  rowsInput,
} from './rows.ts';

const protocols = { tcp: 6, udp: 17, sctp: 132 } as const;

const conversationSchema = z.strictObject({
  src_ip: z.string().describe('Sent the first packet'),
  src_port: z.number(),
  dst_ip: z.string(),
  dst_port: z.number(),
  protocol: z.string(),
  packets: z.number(),
  bytes: z.number().describe('On the wire'),
  packets_forward: z.number().describe('From src to dst'),
  packets_reverse: z.number(),
  bytes_forward: z.number(),
  bytes_reverse: z.number(),
  start_time: z.number().nullable().describe('Seconds since 1970'),
  start_offset_s: z.number().nullable().describe('Seconds after the first packet of the capture'),
  duration_seconds: z.number().nullable().describe('Null: no packet has a time'),
  state: z
    .enum(['refused', 'reset', 'closed', 'established', 'unanswered', 'opening', 'midstream'])
    .optional()
    .describe('Of TCP'),
  tcp_issues: z.record(z.string(), z.number()).optional().describe('Verdicts of its packets; more: find_tcp_issues'),
  detail: z
    .strictObject({
      stream: z.number().describe('As tcp.stream, udp.stream'),
      first_packet: z.number(),
      tcp: z.strictObject(connectionFields).optional(),
    })
    .optional(),
});

const countsText = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([protocol, count]) => `${count} ${protocol}`)
    .join(', ');

export const getConversations = defineOperation({
  name: 'get_conversations',
  title: 'List conversations of a capture',
  description: 'Conversations (flows) in a capture file: endpoints, packets and bytes each way, start, duration.',
  ...aboutCapture,
  input: z.strictObject({
    ...captureInput,
    ...rowsInput,
    protocol: z.enum(['tcp', 'udp', 'sctp']).optional(),
    sort_by: z.enum(['bytes', 'packets', 'duration', 'start']).default('bytes'),
    detail: z.enum(['brief', 'full']).default('brief').describe('full: RTT, bytes in flight, window scale each way'),
    ...cursorInput,
  }),
  output: resultSchema({
    file_path: z.string(),
    total: z.number().describe('That match'),
    by_protocol: z.record(z.string(), z.number()).describe('All conversations of the capture'),
    conversations: z.array(conversationSchema),
    truncated: z.boolean(),
    cursor: z.string().nullable().describe('Pass it to continue; null at the end'),
    put_out: putOutSchema,
    coverage: coverageSchema,
  }),
  run: async (input, ports, call) => {
    const rows = rowRange(input);
    const { start, wanted } = rows;
    const { engine, coverage, path, identity } = await openAnalysis(input, ports, call);
    const { protocol: only, sort_by } = input;
    const listing = {
      identity,
      order: { protocol: only, sort_by, max_packets: packetBound(input, ports) },
    };
    checkContinues(rows, listing);
    const { conversationAt, countConversations, detailAt, putOutOf, rankFlows } =
      await import('../../capture/reports/conversations.ts');
    const { transportOf } = await import('../../capture/reports/values.ts');
    const counts = countConversations(engine);
    const protocol = input.protocol === undefined ? undefined : protocols[input.protocol];
    const total =
      protocol === undefined
        ? Object.values(counts).reduce((sum, count) => sum + count, 0)
        : (counts[transportOf(protocol)] ?? 0);
    const flows = rankFlows(engine, { sortBy: input.sort_by, wanted: start + wanted, protocol }).slice(start);
    const conversations = fittingRows(
      flows.map((flow) => ({
        ...conversationAt(engine, flow),
        ...(input.detail === 'full' ? { detail: detailAt(engine, flow) } : {}),
      })),
      input,
    );
    const end = start + conversations.length;
    const putOut = putOutOf(engine);
    const more = conversations.length > 0 && end < total - (putOut?.conversations ?? 0);
    const which = input.protocol === undefined ? '' : `${input.protocol.toUpperCase()} `;
    return {
      success: true,
      summary:
        total === 0
          ? `No ${which}conversations in ${packetsText(coverage.packets_read)}.${readText(coverage)}`
          : `${conversationsText(total, which)} in ${packetsText(coverage.packets_read)} (${countsText(counts)} in all).${readText(coverage)}`,
      file_path: path,
      total,
      by_protocol: counts,
      conversations,
      truncated: end < total,
      cursor: more ? cursorAt(end, listing) : null,
      put_out: putOut,
      coverage,
    };
  },
});
