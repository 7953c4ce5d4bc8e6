// mtr: rounds of probes to every hop of a path; tells loss of the path from routers that answer few probes.
import * as z from 'zod';
import { NetError } from '../../model/errors.ts';
import type { OperationPorts } from '../../model/operation-ports.ts';
import type { CheckedTarget } from '../../model/probe.ts';
import { lossMeanings } from '../../probe/path/loss.ts';
import type { MtrRequest } from '../../probe/path/mtr.ts';
import type { Call } from '../define.ts';
import { defineOperation } from '../define.ts';
import { resultSchema, untrustedSchema } from '../frame/result.ts';
import { notesOf, summaryOf, type Found } from './mtr-words.ts';
import {
  checkTarget,
  hostnameOf,
  methodSchema,
  namesOf,
  pathInput,
  targetInput,
  untrustedNames,
  withProber,
  type PathInput,
} from './path-call.ts';
import { probing } from './probing.ts';

const time = z.number().nullable();
const hopSchema = z.strictObject({
  hop_number: z.number(),
  ip: z.string().nullable().describe('null: silent'),
  hostname: z.string().nullable(),
  addresses: z.array(z.string()).optional().describe('All, when several answered (ECMP)'),
  loss_percent: z.number(),
  sent: z.number(),
  received: z.number(),
  last_ms: time,
  avg_ms: time,
  best_ms: time,
  worst_ms: time,
  stddev_ms: time,
  jitter_ms: time.describe('Mean difference of answers in a row'),
  loss_is: z.enum(lossMeanings).describe('Only path_loss is loss of packets to the target'),
  rate_limited: z.boolean(),
  is_destination: z.boolean(),
  error: z.string().nullable(),
});

/** Hosts answer UDP by ICMP errors, of which Linux gives one a second. */
const defaultIntervalS = { icmp: 0.25, udp: 1 };

type Input = PathInput & { count: number; interval_s?: number | undefined; max_hops: number; timeout_s: number };

const byOurOwn = async (input: Input, checked: CheckedTarget, ports: OperationPorts, call: Call): Promise<Found> => {
  const { mtr: measure } = await import('../../probe/path/mtr.ts');
  const { signal, progress } = call;
  return withProber(input, checked, ports, {
    signal,
    work: async (prober) => {
      const { method } = prober;
      const intervalMs = (input.interval_s ?? defaultIntervalS[method === 'udp' ? 'udp' : 'icmp']) * 1000;
      const request: MtrRequest = {
        target: checked.address,
        rounds: input.count,
        intervalMs,
        timeoutMs: input.timeout_s * 1000,
        maxHops: input.max_hops,
      };
      return { method, intervalMs, report: await measure(prober, request, { signal, progress }) };
    },
  });
};

/** The program takes whole seconds of an ordinary user, and longer for its answers. */
const byProgram = async (input: Input, checked: CheckedTarget, ports: OperationPorts, call: Call): Promise<Found> => {
  const [{ parseMtrReport }, { reportOf }] = await Promise.all([
    import('../../probe/path/mtr-report.ts'),
    import('../../probe/path/mtr.ts'),
  ]);
  const interval = Math.max(1, input.interval_s ?? 1);
  const numbers = ['-c', input.count, '-i', interval, '-G', input.timeout_s, '-m', input.max_hops].map(String);
  const { code, stdout, stderr } = await ports.exec.run({
    binary: 'mtr',
    args: ['-n', checked.family === 4 ? '-4' : '-6', '-j', ...numbers, '--', checked.address],
    timeoutMs: (input.count * interval + input.timeout_s + 20) * 1000,
    signal: call.signal,
  });
  if (code !== 0) {
    throw new NetError(
      'step_failed',
      `mtr failed: ${stderr.trim().slice(0, 300)}`,
      'Run netmcp as root, or set net.ipv4.ping_group_range, so that it probes by itself.',
    );
  }
  const rows = parseMtrReport(stdout, checked.address);
  const report = reportOf(rows, { total: rows.at(-1)?.hop_number ?? 0, udp: false });
  return { method: 'mtr_program', intervalMs: interval * 1000, report };
};

const noSockets: readonly string[] = ['not_permitted', 'missing_kernel_feature', 'unsupported_platform'];

const measureAnyhow = async (
  input: Input,
  checked: CheckedTarget,
  ports: OperationPorts,
  call: Call,
): Promise<Found> => {
  try {
    return await byOurOwn(input, checked, ports, call);
  } catch (error) {
    const blocked = error instanceof NetError && noSockets.includes(error.code);
    if (!blocked || input.method !== 'auto' || (await ports.exec.find('mtr')) === undefined) throw error;
    return byProgram(input, checked, ports, call);
  }
};

export const mtr = defineOperation({
  name: 'mtr',
  title: 'Measure a path hop by hop',
  description:
    'Probes every hop in rounds: where loss to the target begins and latency rises; a router that merely answers few probes is marked rate_limited.',
  ...probing,
  long: true,
  input: z.strictObject({
    ...targetInput,
    count: z.number().int().min(1).max(1000).default(10).describe('Rounds'),
    interval_s: z.number().min(0.1).max(60).optional().describe('0.25, with udp 1'),
    ...pathInput,
  }),
  output: resultSchema({
    target: z.string(),
    resolved_ip: z.string(),
    method: methodSchema,
    rounds: z.number(),
    reached: z.boolean(),
    reached_destination: z.boolean(),
    total_hops: z.number(),
    probed_hops: z.number(),
    target_loss_percent: z.number().nullable(),
    loss_begins_at_hop: z.number().nullable(),
    hops: z.array(hopSchema),
    latency_steps: z
      .array(
        z.strictObject({
          hop_number: z.number(),
          ip: z.string().nullable(),
          from_ms: z.number(),
          to_ms: z.number(),
          added_ms: z.number(),
        }),
      )
      .describe('Where latency rises and stays'),
    issues_detected: z.array(z.string()),
    notes: z.array(z.string()),
    untrusted: untrustedSchema,
  }),
  run: async (input, ports, call) => {
    const checked = await checkTarget(input, ports, call.signal);
    const found = await measureAnyhow(input, checked, ports, call);
    const { method, report } = found;
    const names = await namesOf(input.resolve_names, report.hops, call.signal);
    return {
      success: report.hops.some(({ received }) => received > 0),
      summary: summaryOf(checked, report),
      target: input.target,
      resolved_ip: checked.address,
      method,
      rounds: input.count,
      reached: report.reached,
      reached_destination: report.reached,
      total_hops: report.totalHops,
      probed_hops: report.probedHops,
      target_loss_percent: report.targetLossPercent,
      loss_begins_at_hop: report.lossBeginsAt,
      hops: report.hops.map(({ typical_ms: _typical, addresses, ...hop }) => ({
        ...hop,
        hostname: hostnameOf(names, hop.ip),
        ...(addresses.length > 1 ? { addresses } : {}),
      })),
      latency_steps: report.latencySteps,
      issues_detected: report.issues,
      notes: notesOf(input, found),
      untrusted: untrustedNames,
    };
  },
});
