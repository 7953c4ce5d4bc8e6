// analyze_throughput: Mbps of each conversation and direction in a capture, of the whole, and over time on request.
import * as z from 'zod';
import type { EngineExports } from '../../capture/engine/engine.ts';
import type { FlowThroughput } from '../../capture/reports/throughput.ts';
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

/** Points of a time series in one answer. */
const maxPoints = 100;

const rate = z.number().nullable();

const flowSchema = z.strictObject({
  src_ip: z.string(),
  src_port: z.number(),
  dst_ip: z.string(),
  dst_port: z.number(),
  protocol: z.string(),
  packets_total: z.number(),
  bytes_total: z.number().describe('On the wire, with all headers that the capture shows'),
  duration_seconds: z
    .number()
    .nullable()
    .describe('From its first to its last packet with a time; rates are averages over it'),
  start_time: z.number().nullable().describe('Seconds since 1970'),
  end_time: z.number().nullable(),
  packets_forward: z.number().describe('From src, which sent the first packet'),
  bytes_forward: z.number(),
  packets_reverse: z.number(),
  bytes_reverse: z.number(),
  mbps_forward: rate.describe('10^6 bits a second; null: too short, or without times'),
  mbps_reverse: rate,
  mbps_total: rate,
  direction: z.string().describe('The one with more bytes'),
});

const unratedSchema = z.strictObject({ conversations: z.number(), packets: z.number(), bytes: z.number() });

const intervalSchema = z.strictObject({
  start_s: z.number().describe('Seconds after the first packet'),
  packets: z.number(),
  bytes: z.number(),
  mbps: z.number(),
});

const seriesSchema = z.strictObject({
  interval_s: z.number().describe('Longer than asked where there would be too many'),
  intervals: z.array(intervalSchema),
  earlier_packets: z.number().describe('Older than the first packet of the file: in no interval'),
});

const wholeOf = async (exports: EngineExports, least: number) => {
  const { mbpsOf, secondsOf } = await import('../../capture/reports/values.ts');
  const { peakOf } = await import('../../capture/reports/time-series.ts');
  const bytes = exports.totalOriginal();
  const packets = exports.packetCount();
  if (packets > 0 && packets === exports.untimedPackets())
    return { bytes, duration_seconds: null, mbps: null, peak: null };
  const seconds = secondsOf(exports.latestTime() - exports.earliestTime());
  const mbps = seconds < least ? null : mbpsOf(bytes - exports.untimedBytes(), seconds);
  return { bytes, duration_seconds: seconds, mbps, peak: peakOf(exports, 1, least) ?? null };
};

const seriesIn = async (exports: EngineExports, interval: number) => {
  const { seriesOf } = await import('../../capture/reports/time-series.ts');
  return { ...seriesOf(exports, interval, maxPoints), earlier_packets: exports.beforePackets() };
};

/** What a summary says of the first row; nothing without one. */
const topText = (top: FlowThroughput | undefined): string => {
  if (top === undefined) return '';
  const { direction, duration_seconds: seconds, mbps_total: mbps } = top;
  if (seconds === null) return ` Top flow ${direction}, without times.`;
  const known = mbps === null ? '' : mbps < 0.001 ? 'below 0.001 Mbps' : `at ~${mbps} Mbps`;
  return ` Top flow ${direction} ${known === '' ? 'without a rate' : known} over ${Number(seconds.toFixed(3))}s.`;
};

const noneText = (tooShort: number, least: number): string =>
  ` ${tooShort === 0 ? 'All have packets without a time' : `None lasts ${least}s`}, so none has a rate; sort_by bytes_total lists them.`;

export const analyzeThroughput = defineOperation({
  name: 'analyze_throughput',
  title: 'Analyze throughput of a capture',
  description:
    'Throughput of conversations in a capture file, per direction, by length on the wire over their own duration; the peak second; with interval_s over time.',
  ...aboutCapture,
  input: z.strictObject({
    ...captureInput,
    ...rowsInput,
    sort_by: z.enum(['mbps_total', 'bytes_total']).default('mbps_total'),
    min_duration_s: z.number().min(0).max(86_400).default(0.1).describe('Shorter ones get no rate'),
    interval_s: z.number().min(0.001).max(86_400).optional().describe('Adds a time series'),
    ...cursorInput,
  }),
  output: resultSchema({
    file_path: z.string(),
    total_packets_scanned: z.number(),
    conversations_analyzed: z.number(),
    top_n: z.number(),
    sort_by: z.enum(['mbps_total', 'bytes_total']),
    conversations: z.array(flowSchema),
    truncated: z.boolean(),
    cursor: z.string().nullable().describe('Pass it to continue; null at the end'),
    too_short: unratedSchema
      .extend({ min_duration_s: z.number() })
      .describe('Shorter than min_duration_s, so without a rate'),
    untimed: unratedSchema.describe('With packets that have no time, so without a rate'),
    whole: z.strictObject({
      bytes: z.number(),
      duration_seconds: z.number().nullable().describe('Null: no packet has a time'),
      mbps: rate,
      peak: intervalSchema
        .extend({ mbps: rate, interval_s: z.number() })
        .nullable()
        .describe('The second with most bytes'),
    }),
    time_series: seriesSchema.nullable(),
    put_out: putOutSchema,
    coverage: coverageSchema,
  }),
  run: async (input, ports, call) => {
    const rows = rowRange(input);
    const { start, wanted } = rows;
    const { engine, coverage, path, identity } = await openAnalysis(input, ports, call);
    const { sort_by: sortBy, min_duration_s: minDurationS } = input;
    const order = { sort_by: sortBy, min_duration_s: minDurationS, max_packets: packetBound(input, ports) };
    const listing = { identity, order };
    checkContinues(rows, listing);
    const { throughputOf } = await import('../../capture/reports/throughput.ts');
    const { putOutOf } = await import('../../capture/reports/conversations.ts');
    const { exports } = engine;
    const { flows, analyzed, tooShort, untimed } = throughputOf(engine, { start, wanted, sortBy, minDurationS });
    const conversations = fittingRows(flows, input);
    const ranked = sortBy === 'bytes_total' ? analyzed : analyzed - tooShort.conversations - untimed.conversations;
    const end = start + conversations.length;
    const more = conversations.length > 0 && end < ranked;
    const head = `Throughput analysis: ${conversationsText(analyzed)} from ${packetsText(coverage.packets_read)}.`;
    const tail =
      start > 0
        ? ` ${end - start} of them from ${start + 1} on.`
        : analyzed > 0 && conversations.length === 0
          ? noneText(tooShort.conversations, minDurationS)
          : topText(conversations[0]);
    const whole = await wholeOf(exports, minDurationS);
    const short =
      whole.mbps === null && coverage.packets_read > 0
        ? whole.duration_seconds === null
          ? ' Its packets have no time, so there are no rates.'
          : ` The capture lasts ${whole.duration_seconds} s: too short for rates.`
        : '';
    return {
      success: true,
      summary: `${head}${tail}${short}${readText(coverage)}`,
      file_path: path,
      total_packets_scanned: coverage.packets_read,
      conversations_analyzed: analyzed,
      top_n: wanted,
      sort_by: sortBy,
      conversations,
      truncated: end < ranked,
      cursor: more ? cursorAt(end, listing) : null,
      too_short: { min_duration_s: minDurationS, ...tooShort },
      untimed,
      whole,
      time_series: input.interval_s === undefined ? null : await seriesIn(exports, input.interval_s),
      put_out: putOutOf(engine),
      coverage,
    };
  },
});
