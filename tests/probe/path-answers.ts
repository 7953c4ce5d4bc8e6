// What traceroute, tracepath and mtr answer, as far as tests look at it.
import * as z from 'zod';

const hop = z.object({
  hop_number: z.number(),
  ip: z.string().nullable(),
  hostname: z.string().nullable(),
  addresses: z.array(z.string()).optional(),
  is_destination: z.boolean(),
  error: z.string().nullable(),
});
const common = {
  success: z.boolean(),
  summary: z.string(),
  resolved_ip: z.string(),
  method: z.string(),
  reached_destination: z.boolean(),
  total_hops: z.number(),
  probed_hops: z.number(),
  issues_detected: z.array(z.string()),
  notes: z.array(z.string()),
};

export const tracerouteAnswer = z.object({
  ...common,
  hops: z.array(
    hop.extend({
      latency_ms: z.array(z.number()),
      avg_latency_ms: z.number().nullable(),
      packet_loss_percent: z.number(),
    }),
  ),
});

export const tracepathAnswer = z.object({
  ...common,
  pmtu_bytes: z.number().nullable(),
  interface_mtu_bytes: z.number().nullable(),
  mtu_changes: z.array(
    z.object({
      hop_number: z.number().nullable(),
      from_bytes: z.number(),
      to_bytes: z.number(),
      told_by: z.string().nullable(),
      guessed: z.boolean(),
    }),
  ),
  black_hole: z
    .object({
      after_hop: z.number().nullable(),
      after_ip: z.string().nullable(),
      passes_bytes: z.number(),
      vanishes_bytes: z.number(),
    })
    .nullable(),
  hops: z.array(
    hop.extend({
      mtu_bytes: z.number().nullable(),
      return_hops: z.number().nullable(),
      asymmetric: z.boolean(),
    }),
  ),
});

export const mtrAnswer = z.object({
  ...common,
  reached: z.boolean(),
  rounds: z.number(),
  target_loss_percent: z.number().nullable(),
  loss_begins_at_hop: z.number().nullable(),
  hops: z.array(
    hop.extend({
      loss_percent: z.number(),
      sent: z.number(),
      received: z.number(),
      best_ms: z.number().nullable(),
      avg_ms: z.number().nullable(),
      worst_ms: z.number().nullable(),
      loss_is: z.string(),
      rate_limited: z.boolean(),
    }),
  ),
  latency_steps: z.array(z.object({ hop_number: z.number(), added_ms: z.number() })),
});
