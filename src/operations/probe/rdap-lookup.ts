// rdap_lookup: who an address, prefix, domain or AS number is registered to, from the registries.
import * as z from 'zod';
import type { RdapFacts } from '../../probe/registry/rdap-document.ts';
import { defineOperation } from '../define.ts';
import { resultSchema, untrustedSchema } from '../frame/result.ts';
import { probing } from './probing.ts';

const text = z.string().nullable();

const nothing: RdapFacts = {
  handle: null,
  name: null,
  country: null,
  start_address: null,
  end_address: null,
  cidrs: [],
  asn_hint: null,
  status: [],
  events: { registration: null, expiration: null, last_changed: null },
  registrar: null,
  organization: null,
  abuse_email: null,
  nameservers: [],
  dnssec_signed: null,
};

const suggestions: Readonly<Record<string, string>> = {
  not_found: 'Check the spelling; for a host name ask about the registered domain (example.com, not www.example.com).',
  rate_limited: 'Wait before asking again (retry_after_s).',
  refused: 'Ask the registry itself: name its base URL in endpoints.rdap.',
  bad_query: 'Pass an IP address, a prefix, a registered domain or an AS number.',
  server_error: 'Try again later.',
  timeout: 'Raise timeout_s, or check that this host reaches the internet.',
  unresolved: 'Check the DNS of this host with dns_lookup, or correct endpoints.rdap.',
  connection_refused: 'Correct endpoints.rdap.',
  unreachable: 'This host needs a route to the internet, or an RDAP server it reaches in endpoints.rdap.',
  tls: 'Trust the authority with the variable NODE_EXTRA_CA_CERTS, or correct endpoints.rdap.',
  target_refused: 'The target rules of this server (allowed_targets, blocked_targets, ...) forbid it.',
  redirect: 'Name the registry’s own base URL in endpoints.rdap.',
  invalid_json: 'endpoints.rdap must be the base URL of an RDAP service.',
};

/** `RDAP 1.1.1.1: 1.1.1.0–1.1.1.255 (AU), handle NET-1-1-1-0-1` */
const tell = (subject: string, type: string, facts: RdapFacts): string => {
  const handle = facts.handle === null ? '' : `, handle ${facts.handle}`;
  const country = facts.country === null ? '' : ` (${facts.country})`;
  if (type === 'ip') {
    const range = facts.start_address === null ? 'registered' : `${facts.start_address}–${facts.end_address ?? ''}`;
    return `RDAP ${subject}: ${range}${country}${handle}`;
  }
  if (type === 'asn') return `RDAP ${subject}: ${facts.name ?? 'registered'}${country}${handle}`;
  const { registration, expiration } = facts.events;
  const dates = [
    registration && `since ${registration.slice(0, 10)}`,
    expiration && `until ${expiration.slice(0, 10)}`,
  ];
  const words = ['registered', ...dates.filter((word) => word !== null)].join(' ');
  return `RDAP ${subject}: ${words}${facts.registrar === null ? '' : `, registrar ${facts.registrar}`}${handle}`;
};

export const rdapLookup = defineOperation({
  name: 'rdap_lookup',
  title: 'RDAP lookup',
  description: 'Asks the registries (RDAP, formerly WHOIS): holder, range, dates, abuse contact.',
  ...probing,
  everywhere: true,
  input: z.strictObject({
    query: z.string().min(1).max(300).describe('Address, prefix, domain or AS64500'),
    timeout_s: z.number().min(0.1).max(30).default(10),
  }),
  output: resultSchema({
    query: z.string(),
    query_type: z.enum(['ip', 'domain', 'asn']),
    rdap_url: z.string(),
    answered_by: z.string().describe('URL after redirects'),
    handle: text,
    name: text,
    country: text,
    start_address: text,
    end_address: text,
    cidrs: z.array(z.string()),
    asn_hint: text,
    status: z.array(z.string()),
    events: z.strictObject({ registration: text, expiration: text, last_changed: text }),
    registrar: text,
    organization: text,
    abuse_email: text,
    nameservers: z.array(z.string()),
    dnssec_signed: z.boolean().nullable(),
    error_type: text.describe('Why there is no answer, such as not_found or rate_limited'),
    retry_after_s: z.number().nullable(),
    suggestion: text,
    untrusted: untrustedSchema,
  }),
  run: async (input, ports, { signal }) => {
    const [{ askRdap, rdapQuestion, shownRdapUrl }, { readRdap }, { packageVersion }] = await Promise.all([
      import('../../probe/registry/rdap.ts'),
      import('../../probe/registry/rdap-document.ts'),
      import('../../config/version.ts'),
    ]);
    const { targets } = ports;
    const question = rdapQuestion(input.query, targets);
    const base = ports.settings.endpoints.rdap;
    const { path } = question;
    const userAgent = `netmcp/${packageVersion()}`;
    const answer = await askRdap({ base, path, targets, signal, timeoutMs: input.timeout_s * 1000, userAgent });
    const facts = answer.ok ? readRdap(answer.document) : nothing;
    return {
      success: answer.ok,
      summary: answer.ok
        ? tell(question.subject, question.type, facts)
        : `RDAP ${question.subject}: ${answer.kind}. ${answer.detail}`,
      query: input.query,
      query_type: question.type,
      rdap_url: shownRdapUrl(base, path),
      answered_by: answer.url,
      ...facts,
      error_type: answer.ok ? null : answer.kind,
      retry_after_s: answer.ok ? null : answer.retryAfterSeconds,
      suggestion: answer.ok ? null : (suggestions[answer.kind] ?? 'Try again later, or correct endpoints.rdap.'),
      untrusted: ['summary', ...Object.keys(facts), 'answered_by'],
    };
  },
});
