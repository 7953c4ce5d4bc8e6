// ping: whether a host answers, how fast and how evenly, and who refuses in its place.
import * as z from 'zod';
import type { OperationPorts } from '../../model/operation-ports.ts';
import type { EchoReport, EchoRequest } from '../../probe/echo/report.ts';
import { figuresOf, lossPercent, roundMs, showMs } from '../../probe/echo/statistics.ts';
import { type Call, defineOperation } from '../define.ts';
import { resultSchema } from '../frame/result.ts';
import { binaryInstead, openPingMeans } from './echo-output.ts';
import { familyInput } from './family.ts';
import { probing } from './probing.ts';

const maxErrors = 20;

const latency = z.number().nullable();

const perform = async (request: EchoRequest, ports: OperationPorts, call: Call): Promise<EchoReport> => {
  const { signal, progress } = call;
  const { count } = request;
  const means = await openPingMeans(ports, request.family);
  if ('socket' in means) {
    const { pingOver } = await import('../../probe/ping.ts');
    const onSettled = (settled: number): void => {
      progress(settled, count, `${settled} of ${count} packets settled`);
    };
    return pingOver(means.socket, request, { signal, onSettled });
  }
  await binaryInstead(ports, means.why);
  const { pingByBinary } = await import('../../probe/ping-binary.ts');
  return pingByBinary(request, { exec: ports.exec, platform: ports.platform, signal });
};

const summaryOf = (target: string, { sent, replies, errors }: EchoReport, avg: number | undefined): string => {
  const received = `${replies.length}/${sent} packets received`;
  if (avg !== undefined) return `${target} is reachable. ${received}, avg latency ${showMs(avg)}`;
  const [first] = errors;
  if (first === undefined) return `${target} is unreachable. ${received}, nothing answered`;
  return `${target} is unreachable. ${received}: ${first.from === null ? '' : `${first.from} says `}${first.what}`;
};

export const ping = defineOperation({
  name: 'ping',
  title: 'Ping',
  description: 'Pings a host: loss, latency, jitter, errors of routers. size_bytes with dont_fragment tests an MTU.',
  ...probing,
  everywhere: true,
  long: true,
  input: z.strictObject({
    target: z.string().min(1).max(300).describe('Name or address'),
    count: z.number().int().min(1).max(100).default(4),
    timeout_s: z.number().min(0.1).max(60).default(5).describe('For each reply'),
    interval_s: z.number().min(0.01).max(10).default(0.2),
    size_bytes: z.number().int().min(0).max(65_500).default(56),
    family: familyInput,
    ttl: z.number().int().min(1).max(255).optional(),
    dont_fragment: z.boolean().default(false),
  }),
  output: resultSchema({
    target: z.string(),
    resolved_ip: z.string(),
    packets_sent: z.number(),
    packets_received: z.number(),
    packet_loss_percent: z.number(),
    min_latency_ms: latency,
    avg_latency_ms: latency,
    max_latency_ms: latency,
    stddev_latency_ms: latency,
    p95_latency_ms: latency,
    jitter_ms: latency.describe('Mean difference of consecutive replies'),
    duplicates: z.number(),
    replies: z.array(z.strictObject({ sequence: z.number(), latency_ms: z.number(), ttl: z.number().nullable() })),
    errors: z
      .array(
        z.strictObject({
          sequence: z.number().nullable(),
          from: z.string().nullable().describe('Null: this host'),
          kind: z.string(),
          what: z.string(),
        }),
      )
      .describe(`At most ${maxErrors} of total_errors`),
    total_errors: z.number(),
    method: z.string().describe('icmp_datagram, icmp_raw or ping_binary'),
    notes: z.array(z.string()),
  }),
  run: async (input, ports, call) => {
    const { target, count } = input;
    const checked = await ports.targets.check(target, { family: input.family, signal: call.signal });
    const request: EchoRequest = {
      address: checked.address,
      family: checked.family,
      count,
      timeoutMs: input.timeout_s * 1000,
      intervalMs: input.interval_s * 1000,
      payloadBytes: input.size_bytes,
      hopLimit: input.ttl,
      dontFragment: input.dont_fragment,
    };
    const report = await perform(request, ports, call);
    const figures = figuresOf(report.replies.map(({ latencyMs }) => latencyMs));
    return {
      success: report.replies.length > 0,
      summary: summaryOf(target, report, figures?.avg),
      target,
      resolved_ip: checked.address,
      packets_sent: report.sent,
      packets_received: report.replies.length,
      packet_loss_percent: lossPercent(report.sent, report.replies.length),
      min_latency_ms: figures?.min ?? null,
      avg_latency_ms: figures?.avg ?? null,
      max_latency_ms: figures?.max ?? null,
      stddev_latency_ms: figures?.stddev ?? null,
      p95_latency_ms: figures?.p95 ?? null,
      jitter_ms: figures?.jitter ?? null,
      duplicates: report.duplicates,
      replies: report.replies.map(({ sequence, latencyMs, hopLimit }) => ({
        sequence,
        latency_ms: roundMs(latencyMs),
        ttl: hopLimit,
      })),
      errors: report.errors
        .slice(0, maxErrors)
        .map(({ sequence, from, kind, what }) => ({ sequence, from, kind, what })),
      total_errors: report.errors.length,
      method: report.method,
      notes: report.notes,
    };
  },
});
