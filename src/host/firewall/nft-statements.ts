// One rule of nft's JSON: its statements read for verdict, counter, NAT and the ports it lets in (libnftables-json(5)).
import type { AcceptedPorts, Counted, Nat, Rule } from './model.ts';

export type Json = Record<string, unknown>;

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
export const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);
export const numberOrNull = (value: unknown): number | null => (typeof value === 'number' ? value : null);
export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

export const countedOf = (value: unknown): Counted | null =>
  isObject(value) && typeof value['packets'] === 'number' && typeof value['bytes'] === 'number'
    ? { packets: value['packets'], bytes: value['bytes'] }
    : null;

/** A port, a range or an anonymous set of them; undefined when anything else is in it. */
const portsOf = (value: unknown): string[] | undefined => {
  if (typeof value === 'number') return [String(value)];
  if (!isObject(value)) return undefined;
  const range = listOf(value['range']);
  if (range.length === 2 && range.every((end) => typeof end === 'number')) return [range.join('-')];
  const members = listOf(value['set']).map(portsOf);
  return members.length > 0 && members.every((ports) => ports !== undefined) ? members.flat() : undefined;
};

const matchOf = (statement: unknown): { left: Json; op: string; right: unknown } | undefined => {
  const match = isObject(statement) ? statement['match'] : undefined;
  return isObject(match) && isObject(match['left'])
    ? { left: match['left'], op: textOf(match['op']), right: match['right'] }
    : undefined;
};

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

/** Counts, logs or says something, and lets every packet go on to the next statement. */
const isAside = (statement: unknown): boolean =>
  isObject(statement) &&
  ('counter' in statement ||
    'log' in statement ||
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

const plainVerdicts = ['accept', 'drop', 'reject', 'queue', 'return'] as const;

const targetOf = (value: unknown): string[] => (isObject(value) ? [textOf(value['target'])] : []);

/** Chains in a verdict map written in the rule itself; those of a named map are found with its elements. */
const mapTargets = (vmap: unknown): string[] => {
  const data = isObject(vmap) && isObject(vmap['data']) ? listOf(vmap['data']['set']) : [];
  return data.flatMap((pair) => {
    const verdict = listOf(pair)[1];
    return isObject(verdict) ? [...targetOf(verdict['jump']), ...targetOf(verdict['goto'])] : [];
  });
};

const verdictOf = (statements: readonly unknown[]): Pick<Rule, 'verdict' | 'targets'> => {
  for (const statement of statements) {
    // nft has no JSON for a chain without a name and writes `jump { ... }` as text.
    if (typeof statement === 'string' && statement.startsWith('jump ')) return { verdict: 'jump', targets: [] };
    if (!isObject(statement)) continue;
    const plain = plainVerdicts.find((name) => name in statement);
    if (plain !== undefined) return { verdict: plain, targets: [] };
    if ('jump' in statement) return { verdict: 'jump', targets: targetOf(statement['jump']) };
    if ('goto' in statement) return { verdict: 'goto', targets: targetOf(statement['goto']) };
    if ('vmap' in statement) return { verdict: null, targets: mapTargets(statement['vmap']) };
    const xt = isObject(statement['xt']) ? textOf(statement['xt']['name']) : '';
    if (xt === 'REJECT') return { verdict: 'reject', targets: [] };
  }
  return { verdict: null, targets: [] };
};

export const ruleOf = (json: Json, position: number, counters: ReadonlyMap<string, Counted>): Rule => {
  const statements = listOf(json['expr']);
  const counter = statements.find((statement) => isObject(statement) && 'counter' in statement);
  const value = isObject(counter) ? counter['counter'] : undefined;
  const { verdict, targets } = verdictOf(statements);
  return {
    chain: textOf(json['chain']),
    handle: numberOrNull(json['handle']),
    position,
    comment: textOrNull(json['comment']),
    counter: typeof value === 'string' ? (counters.get(value) ?? null) : countedOf(value),
    verdict,
    targets,
    unconditional:
      verdict !== null &&
      statements.filter((statement) => !isAside(statement)).length === 1 &&
      isObject(statements.at(-1)),
    nat: natOf(statements),
    accepts: acceptsOf(statements),
    text: JSON.stringify(statements.map((part) => (typeof part === 'string' ? part.replaceAll(/\s+/g, ' ') : part))),
  };
};
