// batch_dns_lookup: many DNS questions at once, a bounded number of them under way, each with its own short result.
import * as z from 'zod';
import { fromUnknown } from '../../model/errors.ts';
import { defineOperation } from '../define.ts';
import { resultSchema, untrustedSchema } from '../frame/result.ts';
import { failureSchema, type Looked } from './batch-dns-failures.ts';
import { answerOf, resultItemSchema } from './batch-dns-output.ts';
import { recordTypeInput } from './dns-input.ts';
import { probing } from './probing.ts';

const maxQueries = 1000;

const name = z.string().min(1).max(1024);

export const batchDnsLookup = defineOperation({
  name: 'batch_dns_lookup',
  title: 'DNS lookups in bulk',
  description: 'Up to 1,000 DNS questions in parallel, a short result for each.',
  ...probing,
  everywhere: true,
  long: true,
  input: z.strictObject({
    queries: z
      .array(z.union([name, z.strictObject({ query: name, record_type: recordTypeInput.optional() })]))
      .min(1)
      .max(maxQueries)
      .describe('Names or addresses'),
    record_type: recordTypeInput.optional(),
    nameserver: z.string().max(300).optional(),
    max_concurrent: z.number().int().min(1).max(256).default(32),
    timeout_s: z.number().min(0.1).max(30).default(5).describe('For each'),
  }),
  output: resultSchema({
    total: z.number(),
    succeeded: z.number().describe('With records'),
    empty: z.number().describe('NOERROR without records'),
    failed: z.number(),
    failures: z.array(failureSchema).describe('By reason'),
    results: z.array(resultItemSchema).describe('With failures only where all have room'),
    truncated: z.boolean(),
    further: z.array(z.string()).describe('Answered, but left out of results'),
    not_listed: z.number().describe('Answered, but in neither list'),
    duration_ms: z.number(),
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

    const one = async (query: string, wanted: string | undefined): Promise<Looked> => {
      try {
        const looked = await lookup(query, resolver, targets, { ...options, type: wanted, signal });
        const { type, rcode, loop, records, answer } = looked;
        const values = records.map(({ value }) => value);
        const ttl = values.length === 0 ? null : Math.min(...records.map((record) => record.ttl));
        return { query, type, rcode, loop, values, ttl, timeMs: roundMs(answer.timeMs) };
      } catch (error) {
        // The whole batch ends when it is cancelled; otherwise one question that fails leaves the others alone.
        signal.throwIfAborted();
        const { code, message } = fromUnknown(error);
        const nothing = { rcode: null, loop: false, values: [], ttl: null, timeMs: null };
        return { query, type: wanted ?? 'A', ...nothing, error: { code, message } };
      }
    };

    const looked = await inParallel(
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
    return {
      ...answerOf(looked, roundMs(performance.now() - started)),
      nameservers: resolver.servers.map(showServer),
      untrusted: ['results[].values', 'further'],
    };
  },
});
