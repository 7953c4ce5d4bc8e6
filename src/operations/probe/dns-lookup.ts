// dns_lookup: one question to a DNS server and everything its answer says.
import * as z from 'zod';
import { transports } from '../../probe/dns/client.ts';
import { defineOperation } from '../define.ts';
import { resultSchema, untrustedSchema } from '../frame/result.ts';
import { recordTypeInput } from './dns-input.ts';
import { fitting } from './fitting.ts';
import { probing } from './probing.ts';

const recordSchema = z.strictObject({
  type: z.string(),
  name: z.string(),
  value: z.string(),
  ttl: z.number().describe('Seconds'),
  priority: z.number().optional(),
  weight: z.number().optional(),
  port: z.number().optional(),
  critical: z.boolean().optional(),
  tag: z.string().optional().describe('CAA property; key tag of a DNSKEY'),
  soa: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
});

/** Characters of JSON for each list, so that all of an answer can be read. */
const shown = { records: 10_500, aliases: 2000, extendedErrors: 1000 };

export const dnsLookup = defineOperation({
  name: 'dns_lookup',
  title: 'DNS lookup',
  description:
    'Asks a DNS server for records of a name, or the name of an address. success is false for an error (rcode), such as NXDOMAIN.',
  ...probing,
  everywhere: true,
  input: z.strictObject({
    query: z.string().min(1).max(1024).describe('Or address: reverse lookup'),
    record_type: recordTypeInput.optional().describe('A; PTR for an address'),
    nameserver: z.string().max(300).optional().describe("With :port if not 53; else the system's"),
    timeout_s: z.number().min(0.1).max(30).default(5),
    transport: z.enum(transports).default('auto'),
    dnssec: z.boolean().default(false),
    search: z.boolean().default(false),
  }),
  output: resultSchema({
    query: z.string(),
    record_type: z.string(),
    asked_name: z.string(),
    rcode: z.string().nullable(),
    failure: z.string().nullable().describe('Why the answer is unusable'),
    records: z.array(recordSchema),
    total: z.number(),
    truncated: z.boolean(),
    cname_chain: z.array(z.strictObject({ name: z.string(), target: z.string(), ttl: z.number() })),
    cname_loop: z.boolean(),
    negative_ttl_s: z.number().nullable().describe('How long the absence may be cached (RFC 2308)'),
    flags: z.record(z.string(), z.boolean()).describe('aa, tc, rd, ra, ad, cd'),
    authority_count: z.number(),
    additional_count: z.number(),
    extended_errors: z.array(z.strictObject({ code: z.number(), text: z.string() })).describe('RFC 8914'),
    response_time_ms: z.number(),
    nameserver: z.string(),
    transport: z.enum(['udp', 'tcp']),
    truncated_udp: z.boolean(),
    attempts: z.array(
      z.strictObject({
        nameserver: z.string(),
        transport: z.enum(['udp', 'tcp']),
        outcome: z.string().describe('rcode, or how it failed'),
        detail: z.string().nullable(),
        sent: z.number(),
        ignored: z.number(),
        time_ms: z.number(),
      }),
    ),
    notes: z.array(z.string()),
    untrusted: untrustedSchema,
  }),
  run: async (input, ports, { signal }) => {
    const [
      { lookup, openResolver, questionOf },
      { roundMs, UnreadableAnswer },
      { showServer },
      { tellAnswer },
      { unreadable },
    ] = await Promise.all([
      import('../../probe/dns/lookup.ts'),
      import('../../probe/dns/client.ts'),
      import('../../probe/dns/exchange.ts'),
      import('./dns-words.ts'),
      import('./dns-unreadable.ts'),
    ]);
    const { targets } = ports;
    // Before the nameserver's name is resolved: a refused question costs nothing.
    targets.checkName(input.query);
    const { nameserver, record_type: type, transport, dnssec, search } = input;
    const resolver = await openResolver({ targets, configFiles: () => ports.configFiles(), nameserver, signal });
    const timeoutMs = input.timeout_s * 1000;
    const options = { type, transport, dnssec, search, timeoutMs, signal };
    const looked = await lookup(input.query, resolver, targets, options).catch((error: unknown) => {
      if (error instanceof UnreadableAnswer) return error;
      throw error;
    });
    if (looked instanceof UnreadableAnswer) return unreadable(looked, input.query, questionOf(input.query, type));
    const { answer, rcode, chain, loop } = looked;
    const records = looked.records.map(({ key: _key, ...record }) => record);
    const shownRecords = fitting(records, shown.records);
    const aliases = fitting(chain, shown.aliases);
    const timeMs = roundMs(answer.timeMs);
    const server = showServer(answer.server);
    const values = records.filter((record) => record.type !== 'RRSIG').map(({ value }) => value);
    return {
      success: rcode === 'NOERROR' && !loop,
      summary: tellAnswer({ query: input.query, type: looked.type, rcode, values, loop, timeMs, nameserver: server }),
      query: input.query,
      record_type: looked.type,
      asked_name: looked.name,
      rcode,
      failure: null,
      records: shownRecords.map(({ soa, ...record }) => (soa === undefined ? record : { ...record, soa: { ...soa } })),
      total: records.length,
      truncated: shownRecords.length < records.length,
      cname_chain: aliases,
      cname_loop: loop,
      negative_ttl_s: looked.negativeTtl,
      flags: answer.message.flags,
      authority_count: answer.message.authorities.length,
      additional_count: answer.message.additionalCount,
      extended_errors: fitting(answer.message.extendedErrors, shown.extendedErrors),
      response_time_ms: timeMs,
      nameserver: server,
      transport: answer.transport,
      truncated_udp: answer.truncatedUdp,
      attempts: [...answer.attempts],
      notes: [
        ...looked.notes,
        ...(aliases.length < chain.length ? [`Of ${chain.length} aliases, ${aliases.length} are shown.`] : []),
      ],
      untrusted: ['summary', 'records', 'cname_chain', 'extended_errors', 'notes'],
    };
  },
});
