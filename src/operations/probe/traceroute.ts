// traceroute: the routers on the way to a target, each with its latency, loss and address.
import * as z from 'zod';
import type { CheckedTarget } from '../../model/probe.ts';
import type { Trace } from '../../probe/path/traceroute.ts';
import { defineOperation } from '../define.ts';
import { resultSchema, untrustedSchema } from '../frame/result.ts';
import {
  checkTarget,
  hostnameOf,
  methodNotes,
  methodSchema,
  namesOf,
  pathInput,
  shownTarget,
  silenceNotes,
  targetInput,
  untrustedNames,
  withProber,
} from './path-call.ts';
import { probing } from './probing.ts';

const hopSchema = z.strictObject({
  hop_number: z.number(),
  ip: z.string().nullable().describe('null: silent'),
  hostname: z.string().nullable(),
  addresses: z.array(z.string()).optional().describe('All, when several answered (ECMP)'),
  latency_ms: z.array(z.number()),
  avg_latency_ms: z.number().nullable(),
  packet_loss_percent: z.number(),
  is_destination: z.boolean(),
  error: z.string().nullable(),
});

const plural = (count: number): string => `${count} hop${count === 1 ? '' : 's'}`;

const summaryOf = (checked: CheckedTarget, trace: Trace, destinationMs: number | null): string => {
  const target = shownTarget(checked);
  if (!trace.reached) return `${target} was not reached. ${trace.issues[0] ?? ''}`.trim();
  const time = destinationMs === null ? '' : `, ${destinationMs} ms`;
  const first = trace.issues[0];
  return `${target} is ${plural(trace.totalHops)} away${time}.${first === undefined ? '' : ` ${first}`}`;
};

export const traceroute = defineOperation({
  name: 'traceroute',
  title: 'Trace the route',
  description: 'Routers on the way to a host, with latency. To find where packets are lost use mtr.',
  ...probing,
  long: true,
  input: z.strictObject({
    ...targetInput,
    ...pathInput,
    probes_per_hop: z.number().int().min(1).max(10).default(3),
  }),
  output: resultSchema({
    target: z.string(),
    resolved_ip: z.string(),
    method: methodSchema,
    hops: z.array(hopSchema),
    reached_destination: z.boolean(),
    total_hops: z.number(),
    probed_hops: z.number(),
    issues_detected: z.array(z.string()),
    notes: z.array(z.string()),
    untrusted: untrustedSchema,
  }),
  run: async (input, ports, { signal, progress }) => {
    const [{ traceroute: trace }, { mean, percent }] = await Promise.all([
      import('../../probe/path/traceroute.ts'),
      import('../../probe/path/hops.ts'),
    ]);
    const checked = await checkTarget(input, ports, signal);
    const { method, found } = await withProber(input, checked, ports, {
      signal,
      work: async (prober) => ({
        method: prober.method,
        found: await trace(
          prober,
          {
            target: checked.address,
            maxHops: input.max_hops,
            timeoutMs: input.timeout_s * 1000,
            probesPerHop: input.probes_per_hop,
          },
          { signal, progress },
        ),
      }),
    });
    const names = await namesOf(input.resolve_names, found.hops, signal);
    const hops = found.hops.map((hop) => ({
      hop_number: hop.hop_number,
      ip: hop.ip,
      hostname: hostnameOf(names, hop.ip),
      ...(hop.addresses.length > 1 ? { addresses: hop.addresses } : {}),
      latency_ms: hop.latency_ms,
      avg_latency_ms: mean(hop.latency_ms),
      packet_loss_percent: percent(hop.sent - hop.received, hop.sent),
      is_destination: hop.is_destination,
      error: hop.error,
    }));
    const destination = hops.find(({ is_destination: here }) => here);
    return {
      success: found.hops.some(({ received }) => received > 0),
      summary: summaryOf(checked, found, destination?.avg_latency_ms ?? null),
      target: input.target,
      resolved_ip: checked.address,
      method,
      hops,
      reached_destination: found.reached,
      total_hops: found.totalHops,
      probed_hops: found.probedHops,
      issues_detected: found.issues,
      notes: [...methodNotes(input.method, method), ...silenceNotes(found.silentHopsCut)],
      untrusted: untrustedNames,
    };
  },
});
