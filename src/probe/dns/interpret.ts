// What an answer means: the records asked for, the aliases that led to them, and for how long nothing may be taken as nothing.
import type { DnsMessage, DnsRecord } from './message.ts';
import { nameKey, type Labels } from './name.ts';

export interface Alias {
  name: string;
  target: string;
  ttl: number;
}

export interface Meaning {
  /** Records of the type asked for (of every type for ANY) at the name or where its aliases lead, with their signatures. */
  records: readonly DnsRecord[];
  chain: readonly Alias[];
  /** The aliases come back to a name they have passed. */
  loop: boolean;
  /** Seconds for which the absence may be cached (RFC 2308, 5); null when the answer is not negative or does not say. */
  negativeTtl: number | null;
  /** Records about other names, which are not shown. */
  unrelated: number;
}

/** More aliases than any resolver follows. */
const maxAliases = 32;

const aliasesFrom = (start: string, answers: readonly DnsRecord[]): { path: DnsRecord[]; loop: boolean } => {
  const byOwner = new Map<string, DnsRecord>();
  for (const record of answers)
    if (record.type === 'CNAME' && !byOwner.has(record.key)) byOwner.set(record.key, record);
  const passed = new Set<string>();
  const path: DnsRecord[] = [];
  let at = start;
  while (path.length < maxAliases) {
    if (passed.has(at)) return { path, loop: true };
    passed.add(at);
    const next = byOwner.get(at);
    if (next === undefined) break;
    path.push(next);
    at = next.value.toLowerCase();
  }
  return { path, loop: false };
};

export const interpret = (message: DnsMessage, labels: Labels, type: string): Meaning => {
  const start = nameKey(labels);
  const { path, loop } =
    type === 'CNAME' || type === 'ANY' ? { path: [], loop: false } : aliasesFrom(start, message.answers);
  const names = new Set([start, ...path.map(({ value }) => value.toLowerCase())]);
  const related = message.answers.filter((record) => names.has(record.key) || record.type === 'DNAME');
  const records = related.filter((record) => type === 'ANY' || record.type === type || record.type === 'RRSIG');
  const found = records.some((record) => record.type !== 'RRSIG');
  const authority = message.authorities.find((record) => record.soa !== undefined);
  return {
    records,
    chain: path.map(({ name, value, ttl }) => ({ name, target: value, ttl })),
    loop,
    negativeTtl: found || authority?.soa === undefined ? null : Math.min(authority.ttl, authority.soa.minimum_s),
    unrelated: message.answers.length - related.length,
  };
};
