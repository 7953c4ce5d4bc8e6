// The answer of analyze_dns_traffic. Names and servers are null where they found no room in the engine's tables.
import * as z from 'zod';
import { resultSchema, untrustedSchema } from '../frame/result.ts';
import { coverageSchema } from './capture-call.ts';

const nameSchema = z.string().nullable();

const timesSchema = z.strictObject({
  count: z.number(),
  p50: z.number(),
  p95: z.number(),
  p99: z.number(),
  max: z.number(),
  mean: z.number(),
});

const serverSchema = z.strictObject({
  server: z.string().nullable(),
  queries: z.number(),
  answered: z.number(),
  unanswered: z.number(),
  pending: z.number(),
  failed: z.number(),
  retried: z.number(),
  p50_ms: z.number().nullable(),
  p95_ms: z.number().nullable(),
  max_ms: z.number().nullable(),
});

export const dnsOutput = resultSchema({
  file_path: z.string(),
  total_queries: z.number(),
  total_responses: z.number(),
  answered: z.number(),
  unanswered: z.number(),
  pending: z.number().describe('Asked in the last seconds'),
  retried: z.number().describe('Same id within 5 s'),
  retried_with_new_id: z.number(),
  failed: z.record(z.string(), z.number()).describe('Answers but NOERROR, here and below'),
  truncated_responses: z.number(),
  repeated_responses: z.number(),
  unasked_responses: z.number(),
  mismatched_responses: z.number(),
  response_time_ms: timesSchema.nullable().describe('Percentiles within 3.2 %'),
  slow_count: z.number(),
  slow_queries: z.array(
    z.strictObject({
      name: nameSchema,
      type: z.string(),
      server: z.string().nullable(),
      response_time_ms: z.number(),
      packet: z.number(),
    }),
  ),
  top_names: z.array(z.strictObject({ name: nameSchema, count: z.number() })),
  slow_names: z.array(
    z.strictObject({ name: nameSchema, answered: z.number(), mean_ms: z.number(), max_ms: z.number() }),
  ),
  failed_names: z.array(z.strictObject({ name: nameSchema, failed: z.number(), unanswered: z.number() })),
  servers: z.array(serverSchema),
  total_servers: z.number(),
  query_types: z.record(z.string(), z.number()),
  transports: z.record(z.string(), z.strictObject({ queries: z.number(), responses: z.number() })),
  findings: z.array(
    z.strictObject({ code: z.string(), severity: z.enum(['low', 'medium', 'high']), message: z.string() }),
  ),
  not_analysed: z.record(z.string(), z.number()),
  coverage: coverageSchema,
  untrusted: untrustedSchema,
});
