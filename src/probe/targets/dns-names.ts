// The addresses of a name by DNS as the C library asks for them: A and AAAA at once, search domains, the servers of resolv.conf.
import { isIP } from 'node:net';
import { NetError } from '../../model/errors.ts';
import type { IpVersion } from '../../model/probe.ts';
import { ask } from '../dns/client.ts';
import { interpret } from '../dns/interpret.ts';
import { parseName, type Labels } from '../dns/name.ts';
import { questionFor } from '../dns/query.ts';
import { rcodeName } from '../dns/record-types.ts';
import type { ResolverConfig } from '../dns/servers.ts';
import { showServer } from '../dns/exchange.ts';
import { searchedNames } from './name-sources.ts';
import { notResolved, type Look } from './resolver.ts';

/** Empty `addresses`: DNS has none for the name. `failure`: timeout, or not_found where no server would say. */
export type DnsOutcome = { addresses: readonly string[] } | { failure: NetError };

type RecordType = 'A' | 'AAAA';
interface Answered {
  addresses: readonly string[];
  rcode: string;
}

/** How long the other family is still waited for once one has addresses: some servers never answer AAAA. */
const graceMs = 1000;
/** Left of the look-up's time to say which servers kept silent. */
const reserveMs = 100;

const typesOf = (family: IpVersion | undefined): readonly RecordType[] =>
  family === undefined ? ['A', 'AAAA'] : [family === 4 ? 'A' : 'AAAA'];

/** Every type asked for, each an answer or why there is none. */
const askAll = async (
  labels: Labels,
  types: readonly RecordType[],
  { servers }: ResolverConfig,
  timeoutMs: number,
  outer: AbortSignal,
): Promise<PromiseSettledResult<Answered>[]> => {
  const impatient = new AbortController();
  const signal = AbortSignal.any([outer, impatient.signal]);
  let timer: NodeJS.Timeout | undefined;
  const one = async (type: RecordType): Promise<Answered> => {
    const options = { servers, transport: 'auto' as const, dnssec: false, timeoutMs, signal };
    const { message } = await ask(questionFor(labels, type), options);
    const { records } = interpret(message, labels, type);
    const addresses = records.flatMap((record) => (isIP(record.value) === 0 ? [] : [record.value]));
    if (addresses.length > 0) {
      timer ??= setTimeout(() => {
        impatient.abort();
      }, graceMs);
    }
    return { addresses, rcode: rcodeName(message.rcode) };
  };
  try {
    return await Promise.allSettled(types.map(one));
  } finally {
    clearTimeout(timer);
  }
};

const unanswered = (name: string, config: ResolverConfig, { timeoutMs }: Look, error: unknown): NetError => {
  if (!(error instanceof NetError)) throw error;
  if (error.code !== 'timeout')
    return notResolved('not_found', `${name} could not be resolved. ${error.message}`, error);
  const servers = config.servers.map(showServer).join(', ');
  return notResolved(
    'timeout',
    `${name} was not resolved within ${timeoutMs / 1000} s: no answer from ${servers}.`,
    error,
  );
};

/** Throws the reason of the look-up's signal. */
export const resolveByDns = async (
  name: string,
  family: IpVersion | undefined,
  config: ResolverConfig,
  look: Look,
): Promise<DnsOutcome> => {
  const end = performance.now() + Math.max(look.timeoutMs / 2, look.timeoutMs - reserveMs);
  let refusal: string | undefined;
  for (const candidate of searchedNames(name, config)) {
    const timeoutMs = Math.max(1, end - performance.now());
    const ends = await askAll(parseName(candidate), typesOf(family), config, timeoutMs, look.signal);
    look.signal.throwIfAborted();
    const answers = ends.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    const addresses = answers.flatMap((answer) => answer.addresses);
    if (addresses.length > 0) return { addresses };
    // That a name does not exist holds for every type.
    if (answers.some(({ rcode }) => rcode === 'NXDOMAIN')) continue;
    const failed = ends.find((each) => each.status === 'rejected');
    if (failed !== undefined) return { failure: unanswered(name, config, look, failed.reason) };
    refusal ??= answers.find(({ rcode }) => rcode !== 'NOERROR')?.rcode;
  }
  if (refusal === undefined) return { addresses: [] };
  const servers = config.servers.map(showServer).join(', ');
  return {
    failure: notResolved('not_found', `${name} could not be resolved: the DNS servers (${servers}) say ${refusal}.`),
  };
};
