// One rule of nft's JSON: its statements read for verdict, counter, NAT and the ports it lets in (libnftables-json(5)).
import type { AcceptedPorts, Counted, Nat, Rule } from './model.ts';
import {
  countedOf,
  familyOf,
  isObject,
  isPureFamily,
  listOf,
  matchedOf,
  matchOf,
  numberOrNull,
  portsOf,
  textOf,
  textOrNull,
  type Json,
} from './nft-match.ts';
import { decisionOf, type VerdictMaps } from './nft-verdict.ts';

const portMatch = (statement: unknown): AcceptedPorts | undefined => {
  const match = matchOf(statement);
  const payload = match?.left['payload'];
  if (match?.op !== '==' || !isObject(payload) || payload['field'] !== 'dport') return undefined;
  const protocol = payload['protocol'];
  const ports = portsOf(match.right);
  return ports !== undefined && (protocol === 'tcp' || protocol === 'udp') ? { protocol, ports } : undefined;
};

const isNewConnection = (statement: unknown): boolean => {
  const match = matchOf(statement);
  const ct = match?.left['ct'];
  if (!isObject(ct) || ct['key'] !== 'state' || (match?.op !== '==' && match?.op !== 'in')) return false;
  const right = isObject(match.right) ? match.right['set'] : match.right;
  return right === 'new' || listOf(right).includes('new');
};

/** Counts, logs, marks or says something, and lets every packet go on to the next statement. */
const isAside = (statement: unknown): boolean =>
  isObject(statement) &&
  ('counter' in statement ||
    'log' in statement ||
    'mangle' in statement ||
    'notrack' in statement ||
    (isObject(statement['xt']) && statement['xt']['name'] === 'comment'));

const acceptsOf = (statements: readonly unknown[]): AcceptedPorts | null => {
  const ends = statements.at(-1);
  if (!isObject(ends) || !('accept' in ends)) return null;
  const rest = statements.slice(0, -1).filter((statement) => !isAside(statement) && !isNewConnection(statement));
  return rest.length === 1 ? (portMatch(rest[0]) ?? null) : null;
};

const natTarget = (value: unknown): string | null => {
  if (!isObject(value)) return null;
  const { addr, port } = value;
  const address = typeof addr === 'string' ? addr : addr === undefined ? '' : '...';
  const suffix = typeof port === 'number' ? `:${port}` : port === undefined ? '' : ':...';
  return address === '' && suffix === '' ? null : `${address.includes(':') ? `[${address}]` : address}${suffix}`;
};

const natKinds = ['masquerade', 'snat', 'dnat', 'redirect'] as const;
const xtNat: Readonly<Record<string, Nat['kind']>> = {
  MASQUERADE: 'masquerade',
  SNAT: 'snat',
  DNAT: 'dnat',
  REDIRECT: 'redirect',
};

const natOf = (statements: readonly unknown[]): Nat | null => {
  for (const statement of statements) {
    if (!isObject(statement)) continue;
    const kind = natKinds.find((name) => name in statement);
    if (kind !== undefined) return { kind, to: natTarget(statement[kind]) };
    const xt = isObject(statement['xt']) ? xtNat[textOf(statement['xt']['name'])] : undefined;
    if (xt !== undefined) return { kind: xt, to: null };
  }
  return null;
};

interface Named {
  counters: ReadonlyMap<string, Counted>;
  maps: VerdictMaps;
}

export const ruleOf = (json: Json, position: number, { counters, maps }: Named): Rule => {
  const statements = listOf(json['expr']);
  const counter = statements.find((statement) => isObject(statement) && 'counter' in statement);
  const value = isObject(counter) ? counter['counter'] : undefined;
  const decision = decisionOf(statements, maps);
  const asking = statements.filter((statement) => !isAside(statement) && !isPureFamily(statement));
  return {
    chain: textOf(json['chain']),
    handle: numberOrNull(json['handle']),
    position,
    comment: textOrNull(json['comment']),
    counter: typeof value === 'string' ? (counters.get(value) ?? null) : countedOf(value),
    ...decision,
    unconditional: decision.verdict !== null && asking.length === 1 && isObject(statements.at(-1)),
    // Behind another condition it is no rule for all.
    catchAll: decision.catchAll && asking.length === 1,
    only: familyOf(statements),
    matched: matchedOf(statements),
    nat: natOf(statements),
    accepts: acceptsOf(statements),
    text: JSON.stringify(statements.map((part) => (typeof part === 'string' ? part.replaceAll(/\s+/g, ' ') : part))),
  };
};
