// The answer of dns_lookup when a server answered and nobody can read what it said: a failure like NXDOMAIN, with words that fit.
import type { UnreadableAnswer } from '../../probe/dns/client.ts';

export const unreadable = (
  { message, hint, attempt, attempts }: UnreadableAnswer,
  query: string,
  { type, name }: { type: string; name: string },
) => ({
  success: false,
  summary: `${query} ${type}: ${message}`,
  query,
  record_type: type,
  asked_name: name,
  rcode: null,
  failure: `${message} ${hint}`,
  records: [],
  total: 0,
  truncated: false,
  cname_chain: [],
  cname_loop: false,
  negative_ttl_s: null,
  flags: {},
  authority_count: 0,
  additional_count: 0,
  extended_errors: [],
  response_time_ms: attempt.time_ms,
  nameserver: attempt.nameserver,
  transport: attempt.transport,
  truncated_udp: false,
  attempts: [...attempts],
  notes: [],
  untrusted: [],
});
