// batch_dns_lookup: many DNS questions at once, a bounded number of them under way, each with its own short result.
import * as z from 'zod';
import { fromUnknown } from '../../model/errors.ts';
import { askableTypes } from '../../probe/dns/record-types.ts';
import { defineOperation } from '../define.ts';
import { resultSchema, untrustedSchema } from '../frame/result.ts';

const maxQueries = 1000;
const shownValues = 5;
const shownCharacters = 120;

const name = z.string().min(1).max(1024);
const type = z.enum(askableTypes);

export const batchDnsLookup = defineOperation({
  name: 'batch_dns_lookup',
  title: 'DNS lookups in bulk',
  description: 'Asks many DNS questions in parallel and answers with a short result for each, in the order given.',
  toolset: 'probe',
  needs: 'none',
  annotations: { readOnly: true, destructive: false, idempotent: true, openWorld: true },
  everywhere: true,
  long: true,
  input: z.strictObject({
    queries: z
      .array(z.union([name, z.strictObject({ query: name, record_type: type.optional() })]))
      .min(1)
      .max(maxQueries)
      .describe('Names or addresses'),
    record_type: type.optional().describe('For queries without their own'),
    nameserver: z.string().max(300).optional(),
    max_concurrent: z.number().int().min(1).max(256).default(32),
    timeout_s: z.number().min(0.1).max(30).default(5).describe('For each'),
  }),
  output: resultSchema({
    total: z.number(),
    succeeded: z.number().describe('With records'),
    empty: z.number().describe('NOERROR without records'),
    failed: z.number(),
    duration_ms: z.number(),
    results: z.array(
      z.strictObject({
        query: z.string(),
        record_type: z.string(),
        success: z.boolean(),
        rcode: z.string().nullable(),
        values: z.array(z.string()).describe(`At most ${shownValues}`),
        value_count: z.number(),
        ttl: z.number().nullable().describe('Lowest, in seconds'),
        response_time_ms: z.number().nullable(),
        error: z.strictObject({ code: z.string(), message: z.string() }).optional(),
      }),
    ),
    nameservers: z.array(z.string()),
    untrusted: untrustedSchema,
  }),
  run: async (input, ports, { signal, progress }) => {
    const [{ lookup, openResolver }, { roundMs }, { showServer }, { inParallel }] = await Promise.all([
      import('../../probe/dns/lookup.ts'),
      import('../../probe/dns/client.ts'),
      import('../../probe/dns/exchange.ts'),
      import('../../probe/in-parallel.ts'),
    ]);
    const { targets } = ports;
    const started = performance.now();
    const { nameserver } = input;
    const resolver = await openResolver({ targets, configFiles: () => ports.configFiles(), nameserver, signal });
    const options = { transport: 'auto', dnssec: false, search: false, timeoutMs: input.timeout_s * 1000 } as const;

    const one = async (query: string, wanted: string | undefined) => {
      try {
        const looked = await lookup(query, resolver, targets, { ...options, type: wanted, signal });
        const values = looked.records.map(({ value }) => value);
        return {
          query,
          record_type: looked.type,
          success: looked.rcode === 'NOERROR' && !looked.loop,
          rcode: looked.rcode,
          values: values.slice(0, shownValues).map((value) => value.slice(0, shownCharacters)),
          value_count: values.length,
          ttl: values.length === 0 ? null : Math.min(...looked.records.map(({ ttl }) => ttl)),
          response_time_ms: roundMs(looked.answer.timeMs),
        };
      } catch (error) {
        // The whole batch ends when it is cancelled; otherwise one question that fails leaves the others alone.
        signal.throwIfAborted();
        const { code, message } = fromUnknown(error);
        const nothing = { rcode: null, values: [], value_count: 0, ttl: null, response_time_ms: null };
        return { query, record_type: wanted ?? 'A', success: false, ...nothing, error: { code, message } };
      }
    };

    const results = await inParallel(
      input.queries,
      input.max_concurrent,
      (item) =>
        typeof item === 'string'
          ? one(item, input.record_type)
          : one(item.query, item.record_type ?? input.record_type),
      (done) => {
        progress(done, input.queries.length, `${done} of ${input.queries.length} answered`);
      },
    );
    const failed = results.filter(({ success }) => !success).length;
    const empty = results.filter((result) => result.success && result.value_count === 0).length;
    const succeeded = results.length - failed - empty;
    const duration = roundMs(performance.now() - started);
    return {
      success: succeeded > 0 || failed === 0,
      summary: `${succeeded} of ${results.length} names resolved, ${empty} without such records, ${failed} failed, in ${Math.round(duration)} ms.`,
      total: results.length,
      succeeded,
      empty,
      failed,
      duration_ms: duration,
      results,
      nameservers: resolver.servers.map(showServer),
      untrusted: ['results[].values'],
    };
  },
});
