// The DNS client: server after server within one time limit, UDP first and TCP when an answer does not fit, and a record of who failed how.
import { randomInt } from 'node:crypto';
import { NetError } from '../../model/errors.ts';
import { dnsQuestions, type Share } from '../limits.ts';
import { showServer, type DnsServer, type Exchanged, type Failure } from './exchange.ts';
import type { DnsMessage } from './message.ts';
import { encodeQuery, type Question } from './query.ts';
import { rcodeName } from './record-types.ts';
import { askTcp } from './tcp.ts';
import { askUdp } from './udp.ts';

export const transports = ['auto', 'udp', 'tcp'] as const;
export type Transport = (typeof transports)[number];

export interface Attempt {
  nameserver: string;
  transport: 'udp' | 'tcp';
  /** The rcode of an answer, or how there was none. */
  outcome: string;
  detail: string | null;
  /** How often the question was sent. */
  sent: number;
  /** Datagrams that came from the server's address and were no answer to this question. */
  ignored: number;
  time_ms: number;
}

export interface Answer {
  message: DnsMessage;
  server: DnsServer;
  transport: 'udp' | 'tcp';
  timeMs: number;
  /** UDP said that its answer was cut. */
  truncatedUdp: boolean;
  attempts: readonly Attempt[];
}

export interface ClientOptions {
  servers: readonly DnsServer[];
  transport: Transport;
  dnssec: boolean;
  timeoutMs: number;
  signal: AbortSignal;
}

type Answered = Extract<Exchanged, { outcome: 'answered' }>;
interface Reply {
  exchanged: Answered;
  server: DnsServer;
  transport: 'udp' | 'tcp';
  truncatedUdp: boolean;
}

const formatError = 1;
const notImplemented = 4;
/** Answers after which a stub resolver asks the next server: SERVFAIL, NOTIMP, REFUSED. */
const tryElsewhere = [2, notImplemented, 5];

export const roundMs = (ms: number): number => Math.round(ms * 100) / 100;

const attemptOf = (server: DnsServer, transport: 'udp' | 'tcp', exchanged: Exchanged): Attempt => ({
  nameserver: showServer(server),
  transport,
  outcome: exchanged.outcome === 'answered' ? rcodeName(exchanged.message.rcode) : exchanged.outcome,
  detail: exchanged.outcome === 'answered' ? null : exchanged.detail,
  sent: exchanged.sent,
  ignored: exchanged.ignored,
  time_ms: roundMs(exchanged.timeMs),
});

/** A server answered with what is no DNS answer to the question. */
export class UnreadableAnswer extends NetError {
  readonly attempt: Attempt;
  readonly attempts: readonly Attempt[];

  constructor(attempt: Attempt, attempts: readonly Attempt[]) {
    super(
      'step_failed',
      `${attempt.nameserver} answered over ${attempt.transport.toUpperCase()}, but not with a usable answer. ${attempt.detail ?? ''}`.trim(),
      `Name another nameserver${attempt.transport === 'udp' ? ', or ask with transport tcp' : ''}: this server is faulty, or something on the way alters its answers.`,
      { details: { attempts } },
    );
    this.attempt = attempt;
    this.attempts = attempts;
  }
}

/** Nobody there, or nobody who answers: more time would change nothing. */
const absences: readonly string[] = ['connection_refused', 'unreachable', 'closed'] satisfies Failure[];

const failed = (attempts: readonly Attempt[], timeoutMs: number): NetError => {
  const servers = [...new Set(attempts.map(({ nameserver }) => nameserver))].join(', ');
  const details = { attempts };
  const malformed = attempts.findLast(({ outcome }) => outcome === 'malformed');
  if (malformed !== undefined) return new UnreadableAnswer(malformed, attempts);
  const absent = attempts.find(({ outcome }) => absences.includes(outcome));
  if (absent !== undefined && attempts.every(({ outcome }) => absences.includes(outcome))) {
    return new NetError(
      'not_found',
      `No DNS server answers at ${servers}. ${absent.detail ?? ''}`.trim(),
      'Name a DNS server that is reachable in the argument nameserver, or correct the nameservers of this host (get_dns_config).',
      { details },
    );
  }
  const ignored = attempts.reduce((sum, attempt) => sum + attempt.ignored, 0);
  const came = ignored === 0 ? '' : ` What came (datagrams: ${ignored}) was no answer to this question.`;
  return new NetError(
    'timeout',
    `No usable DNS answer from ${servers} within ${Math.round(timeoutMs) / 1000} s.${came}`,
    ignored === 0
      ? 'Raise timeout_s, name another nameserver, or check that UDP and TCP port 53 to it are open (port_check).'
      : 'Name another nameserver, or ask with transport tcp: this server is faulty, or somebody forges its answers.',
    { details },
  );
};

const askServers = async (question: Question, options: ClientOptions): Promise<Answer> => {
  const attempts: Attempt[] = [];
  const { servers, dnssec, signal } = options;

  const once = async (
    server: DnsServer,
    transport: 'udp' | 'tcp',
    deadline: number,
    edns = true,
  ): Promise<Answered | undefined> => {
    const id = randomInt(65_536);
    const query = encodeQuery(question, { id, edns, dnssec });
    const timeoutMs = Math.max(1, deadline - performance.now());
    const run = transport === 'udp' ? askUdp : askTcp;
    const exchanged = await run({ server, id, question, query, timeoutMs, signal });
    attempts.push(attemptOf(server, transport, exchanged));
    if (exchanged.outcome !== 'answered') return undefined;
    const { rcode } = exchanged.message;
    // An old server that does not know EDNS is asked without (RFC 6891, 7).
    if (edns && (rcode === formatError || rcode === notImplemented)) {
      return (await once(server, transport, deadline, false)) ?? exchanged;
    }
    return exchanged;
  };

  const askServer = async (server: DnsServer, deadline: number): Promise<Reply | undefined> => {
    if (options.transport === 'tcp') {
      const exchanged = await once(server, 'tcp', deadline);
      return exchanged === undefined ? undefined : { exchanged, server, transport: 'tcp', truncatedUdp: false };
    }
    const exchanged = await once(server, 'udp', deadline);
    if (exchanged === undefined) return undefined;
    const truncatedUdp = exchanged.message.flags.tc;
    const whole = truncatedUdp && options.transport === 'auto' ? await once(server, 'tcp', deadline) : undefined;
    return whole === undefined
      ? { exchanged, server, transport: 'udp', truncatedUdp }
      : { exchanged: whole, server, transport: 'tcp', truncatedUdp };
  };

  const end = performance.now() + options.timeoutMs;
  let fallback: Reply | undefined;
  for (const [index, server] of servers.entries()) {
    const now = performance.now();
    if (now >= end) break;
    const reply = await askServer(server, now + (end - now) / (servers.length - index));
    if (reply === undefined) continue;
    fallback = reply;
    if (!tryElsewhere.includes(reply.exchanged.message.rcode)) break;
  }
  if (fallback === undefined) throw failed(attempts, options.timeoutMs);
  const { exchanged, server, transport, truncatedUdp } = fallback;
  return { message: exchanged.message, server, transport, timeMs: exchanged.timeMs, truncatedUdp, attempts };
};

/** By call, which its signal stands for. */
const shares = new WeakMap<AbortSignal, Share>();

const shareOf = async (signal: AbortSignal): Promise<Share> => {
  const limiter = await dnsQuestions();
  const share = shares.get(signal) ?? limiter.share(limiter.places);
  shares.set(signal, share);
  return share;
};

/**
 * Throws timeout, not_found or UnreadableAnswer when no server gave an answer, and the reason of the signal. Any rcode is an answer.
 * The time runs from when the process has a socket to spare.
 */
export const ask = async (question: Question, options: ClientOptions): Promise<Answer> => {
  const leave = await (await shareOf(options.signal)).acquire(options.signal);
  try {
    return await askServers(question, options);
  } finally {
    leave();
  }
};
