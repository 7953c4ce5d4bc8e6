// One DNS question from beginning to end: the name checked and put as it is asked, search domains, the answer and what is worth saying about it.
import { isIP } from 'node:net';
import { NetError } from '../../model/errors.ts';
import type { ConfigFiles } from '../../model/ports.ts';
import type { TargetGuard } from '../../model/probe.ts';
import { ask, type Answer, type Transport } from './client.ts';
import { addressesInHosts } from './hosts-file.ts';
import { interpret, type Meaning } from './interpret.ts';
import { maxRecords } from './message.ts';
import { questionFor } from './query.ts';
import { parseName, reverseName, showName } from './name.ts';
import { rcodeName } from './record-types.ts';
import { checkedServers, parseResolvConf, systemServers, type ResolverConfig } from './servers.ts';

/** Where questions go, and what this host's own resolver would do besides asking DNS. */
export interface Resolver extends ResolverConfig {
  /** Text of the hosts file. */
  hosts: string;
}

export interface OpenResolver {
  targets: TargetGuard;
  configFiles: () => Promise<ConfigFiles>;
  /** As the caller wrote it; the system's servers without. */
  nameserver: string | undefined;
  signal: AbortSignal;
}

/** Throws what the guard throws for the nameserver, and not_found when this host has none. */
export const openResolver = async ({ targets, configFiles, nameserver, signal }: OpenResolver): Promise<Resolver> => {
  const files = await configFiles();
  const config = parseResolvConf(files.read('/etc/resolv.conf') ?? '');
  const hosts = files.read('/etc/hosts') ?? '';
  if (nameserver !== undefined) return { ...config, servers: await checkedServers(nameserver, targets, signal), hosts };
  const servers = config.servers.length > 0 ? config.servers : systemServers();
  if (servers.length > 0) return { ...config, servers, hosts };
  throw new NetError(
    'not_found',
    'This host has no DNS server configured.',
    'Name one in the argument nameserver, or put a nameserver line into /etc/resolv.conf.',
  );
};

export interface LookupOptions {
  /** Undefined: A, or PTR when the query is an address. */
  type: string | undefined;
  transport: Transport;
  dnssec: boolean;
  /** Completes short names with the search domains as the system's resolver does. */
  search: boolean;
  timeoutMs: number;
  signal: AbortSignal;
}

export interface Looked extends Meaning {
  answer: Answer;
  rcode: string;
  type: string;
  /** As asked: with the search domain, or reversed. */
  name: string;
  notes: readonly string[];
}

const addressTypes = ['A', 'AAAA', 'PTR'];

const candidates = (query: string, { search, ndots }: Resolver, wanted: boolean): string[] => {
  if (!wanted || query.endsWith('.')) return [query];
  const completed = search.map((domain) => `${query}.${domain}`);
  const dots = query.split('.').length - 1;
  return dots >= ndots ? [query, ...completed] : [...completed, query];
};

/** What the system would do besides asking DNS when a program wants the name's address. */
const notesFor = (query: string, type: string, resolver: Resolver, searched: boolean): string[] => {
  if (type !== 'A' && type !== 'AAAA') return [];
  const notes: string[] = [];
  const known = addressesInHosts(resolver.hosts, query);
  if (known.length > 0) {
    notes.push(
      `The hosts file gives ${query} the address ${known.slice(0, 4).join(', ')}: programs on this host use that and not DNS.`,
    );
  }
  const bare = query.replace(/\.$/, '').toLowerCase();
  if (bare === 'local' || bare.endsWith('.local')) {
    notes.push(
      'Names below .local belong to multicast DNS (RFC 6762), which the system may ask; this asked a DNS server.',
    );
  } else if (!bare.includes('.') && !searched) {
    notes.push(
      resolver.search.length === 0
        ? 'A name without a dot: the system would also ask the hosts file and the local network.'
        : `A name without a dot: the system would complete it with ${resolver.search.join(', ')}; pass search: true to do the same.`,
    );
  }
  return notes;
};

const answerNotes = (
  { message, truncatedUdp, transport, attempts }: Answer,
  meaning: Meaning,
  type: string,
): string[] => {
  const notes: string[] = [];
  if (meaning.loop) notes.push('The aliases (CNAME) lead in a circle: the name can never resolve.');
  else if (meaning.chain.length > 0 && meaning.records.length === 0) {
    notes.push(`The aliases end at ${meaning.chain.at(-1)?.target ?? ''}, for which the answer has no ${type} record.`);
  }
  if (message.recordsLeftOut > 0) {
    notes.push(`The answer says it has ${message.recordsLeftOut} more records than are read (${maxRecords}).`);
  }
  if (truncatedUdp && transport === 'udp') notes.push('The answer was cut to fit UDP, so records may be missing.');
  if (!message.flags.ra && !message.flags.aa)
    notes.push('This server does not look names up for others (RA is not set).');
  const ignored = attempts.reduce((sum, attempt) => sum + attempt.ignored, 0);
  if (ignored > 0) notes.push(`${ignored} datagrams from the server were no answer to this question and were ignored.`);
  if (meaning.unrelated > 0) notes.push(`${meaning.unrelated} records about other names are not shown.`);
  if (type === 'ANY') notes.push('Many servers answer ANY with a part of what they have (RFC 8482).');
  return notes;
};

interface Asked {
  query: string;
  reverse: boolean;
  type: string;
}

/** An address is asked for its name, whichever type of address was wanted. */
const asAsked = (written: string, wanted: string | undefined): Asked => {
  const query = written.replace(/^\[(.*)\]$/, '$1');
  const reverse = isIP(query) !== 0;
  const type = wanted?.toUpperCase();
  return {
    query,
    reverse,
    type: reverse && (type === undefined || addressTypes.includes(type)) ? 'PTR' : (type ?? 'A'),
  };
};

/** Type and name that a question without search domains goes out with. */
export const questionOf = (written: string, wanted: string | undefined): { type: string; name: string } => {
  const { query, reverse, type } = asAsked(written, wanted);
  return { type, name: reverse ? reverseName(query) : showName(parseName(query)) };
};

/** Throws invalid_argument, target_refused, timeout, not_found, UnreadableAnswer and the reason of the signal. */
export const lookup = async (
  written: string,
  resolver: Resolver,
  targets: TargetGuard,
  options: LookupOptions,
): Promise<Looked> => {
  targets.checkName(written);
  const { query, reverse, type } = asAsked(written, options.type);
  const names = reverse ? [reverseName(query)] : candidates(query, resolver, options.search);
  const end = performance.now() + options.timeoutMs;
  let last: Looked | undefined;
  for (const name of names) {
    const timeoutMs = end - performance.now();
    if (last !== undefined && timeoutMs <= 0) break;
    if (name !== query && !reverse) targets.checkName(name);
    const labels = parseName(name);
    const { servers } = resolver;
    const answer = await ask(questionFor(labels, type), { ...options, servers, timeoutMs: Math.max(1, timeoutMs) });
    const meaning = interpret(answer.message, labels, type);
    const looked: Looked = {
      ...meaning,
      answer,
      type,
      rcode: rcodeName(answer.message.rcode),
      name: showName(labels),
      notes: [...notesFor(query, type, resolver, options.search), ...answerNotes(answer, meaning, type)],
    };
    // When no candidate has records, the one to tell about is the name as it was written.
    const found = meaning.records.length > 0;
    if (found || last === undefined || name === query) last = looked;
    if (found) break;
  }
  if (last !== undefined) return last;
  throw new NetError('internal', 'No name was asked.', 'Report this with the call that led here.');
};
