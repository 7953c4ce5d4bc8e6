// analyze_throughput: Mbps of each conversation and direction in a capture, of the whole, and over time on request.
import * as z from 'zod';
import type { EngineExports } from '../../capture/engine/engine.ts';
import { defineOperation } from '../define.ts';
import { resultSchema } from '../frame/result.ts';
import { captureInput, coverageSchema, openAnalysis, packetsText, aboutCapture, readText } from './capture-call.ts';
import { conversationsText, fittingRows, putOutSchema, rowRange, rowsInput } from './rows.ts';

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
  duration_seconds: z.number().describe('From its first to its last packet; rates are averages over it'),
  start_time: z.number().nullable().describe('Seconds since 1970'),
  end_time: z.number().nullable(),
  packets_forward: z.number().describe('From src, which sent the first packet'),
  bytes_forward: z.number(),
  packets_reverse: z.number(),
  bytes_reverse: z.number(),
  mbps_forward: rate.describe('10^6 bits a second; null: too short for a rate'),
  mbps_reverse: rate,
  mbps_total: rate,
  direction: z.string().describe('The one with more bytes'),
});

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
  const seconds = secondsOf(exports.latestTime() - exports.earliestTime());
  const bytes = exports.totalOriginal();
  const mbps = seconds < least ? null : mbpsOf(bytes - exports.untimedBytes(), seconds);
  return { bytes, duration_seconds: seconds, mbps, peak: peakOf(exports, 1, least) ?? null };
};

const seriesIn = async (exports: EngineExports, interval: number) => {
  const { seriesOf } = await import('../../capture/reports/time-series.ts');
  return { ...seriesOf(exports, interval, maxPoints), earlier_packets: exports.beforePackets() };
};

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
  }),
  output: resultSchema({
    file_path: z.string(),
    total_packets_scanned: z.number(),
    conversations_analyzed: z.number(),
    top_n: z.number(),
    sort_by: z.enum(['mbps_total', 'bytes_total']),
    conversations: z.array(flowSchema),
    truncated: z.boolean().describe('There are more; raise top_n'),
    too_short: z
      .strictObject({
        min_duration_s: z.number(),
        conversations: z.number(),
        packets: z.number(),
        bytes: z.number(),
      })
      .describe('Shorter than min_duration_s, so without a rate'),
    whole: z.strictObject({
      bytes: z.number(),
      duration_seconds: z.number(),
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
    const { engine, coverage, path } = await openAnalysis(input, ports, call);
    const { throughputOf } = await import('../../capture/reports/throughput.ts');
    const { putOutOf } = await import('../../capture/reports/conversations.ts');
    const { exports } = engine;
    const { sort_by: sortBy, min_duration_s: minDurationS } = input;
    const { wanted } = rowRange(input);
    const { flows, analyzed, tooShort } = throughputOf(engine, { wanted, sortBy, minDurationS });
    const conversations = fittingRows(flows, input);
    const [top] = conversations;
    const ranked = sortBy === 'bytes_total' ? analyzed : analyzed - tooShort.conversations;
    const head = `Throughput analysis: ${conversationsText(analyzed)} from ${packetsText(coverage.packets_read)}.`;
    const rate = top?.mbps_total ?? null;
    const tail =
      top === undefined
        ? analyzed === 0
          ? ''
          : ` None lasts ${minDurationS}s, so none has a rate; sort_by bytes_total lists them.`
        : ` Top flow ${top.direction} ${rate === null ? 'too short for a rate' : rate < 0.001 ? 'below 0.001 Mbps' : `at ~${rate} Mbps`} over ${Number(top.duration_seconds.toFixed(3))}s.`;
    const whole = await wholeOf(exports, minDurationS);
    const short =
      whole.mbps === null && coverage.packets_read > 0
        ? ` The capture lasts ${whole.duration_seconds} s: too short for rates.`
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
      truncated: conversations.length < ranked,
      too_short: { min_duration_s: minDurationS, ...tooShort },
      whole,
      time_series: input.interval_s === undefined ? null : await seriesIn(exports, input.interval_s),
      put_out: putOutOf(engine),
      coverage,
    };
  },
});
