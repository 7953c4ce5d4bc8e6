// Statements of nft's JSON that ask something of a packet: ports, protocols, the family it must be of (libnftables-json(5)).
import type { Counted, Matched, Rule } from './model.ts';

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
export const portsOf = (value: unknown): string[] | undefined => {
  if (typeof value === 'number') return [String(value)];
  if (!isObject(value)) return undefined;
  const range = listOf(value['range']);
  if (range.length === 2 && range.every((end) => typeof end === 'number')) return [range.join('-')];
  const members = listOf(value['set']).map(portsOf);
  return members.length > 0 && members.every((ports) => ports !== undefined) ? members.flat() : undefined;
};

export const matchOf = (statement: unknown): { left: Json; op: string; right: unknown } | undefined => {
  const match = isObject(statement) ? statement['match'] : undefined;
  return isObject(match) && isObject(match['left'])
    ? { left: match['left'], op: textOf(match['op']), right: match['right'] }
    : undefined;
};

const families: Readonly<Record<string, Rule['only']>> = {
  ip: 'ipv4',
  ipv4: 'ipv4',
  icmp: 'ipv4',
  igmp: 'ipv4',
  ip6: 'ipv6',
  ipv6: 'ipv6',
  icmpv6: 'ipv6',
  arp: 'other',
};

/** `ip saddr` is about IPv4 whatever it is compared with; nested expressions are looked at a few levels deep. */
const familyOfKey = (key: unknown, depth = 0): Rule['only'] => {
  if (!isObject(key) || depth > 3) return null;
  const payload = key['payload'];
  if (isObject(payload)) return 'tunnel' in payload ? null : (families[textOf(payload['protocol'])] ?? null);
  for (const inner of [...listOf(key['concat']), ...listOf(key['&'])]) {
    const family = familyOfKey(inner, depth + 1);
    if (family !== null) return family;
  }
  return null;
};

/** `meta nfproto ipv4`, `meta protocol ip`, `ether type ip`: nothing but the family is asked. */
const pureFamily = (statement: unknown): Rule['only'] => {
  const match = matchOf(statement);
  if (match?.op !== '==') return null;
  const { meta, payload } = match.left;
  const asks =
    (isObject(meta) && (meta['key'] === 'nfproto' || meta['key'] === 'protocol')) ||
    (isObject(payload) && payload['protocol'] === 'ether' && payload['field'] === 'type');
  return asks ? (families[textOf(match.right)] ?? null) : null;
};

export const isPureFamily = (statement: unknown): boolean => pureFamily(statement) !== null;

export const familyOf = (statements: readonly unknown[]): Rule['only'] => {
  for (const statement of statements) {
    const vmap = isObject(statement) ? statement['vmap'] : undefined;
    const key = isObject(vmap) ? vmap['key'] : matchOf(statement)?.left;
    const family = pureFamily(statement) ?? familyOfKey(key);
    if (family !== null) return family;
  }
  return null;
};

const maxMembers = 20;
const namesOf = (right: unknown): string | null => {
  if (typeof right === 'string') return right;
  const ports = portsOf(right);
  if (ports !== undefined) return `${ports.slice(0, maxMembers).join(', ')}${ports.length > maxMembers ? ', ...' : ''}`;
  const names = isObject(right) ? listOf(right['set']).filter((name) => typeof name === 'string') : [];
  return names.length === 0 ? null : names.slice(0, maxMembers).join(', ');
};

/** Protocol and destination port that a rule asks for. */
export const matchedOf = (statements: readonly unknown[]): Matched => {
  const found: Matched = { protocol: null, port: null };
  for (const statement of statements) {
    const match = matchOf(statement);
    if (match === undefined) continue;
    const { meta, payload } = match.left;
    const value = namesOf(match.right);
    const shown = value === null || match.op !== '!=' ? value : `not ${value}`;
    if (isObject(meta) && meta['key'] === 'l4proto') found.protocol = shown;
    if (!isObject(payload)) continue;
    if (payload['field'] === 'protocol' || payload['field'] === 'nexthdr') found.protocol = shown;
    if (payload['field'] !== 'dport') continue;
    found.port = shown;
    if (payload['protocol'] !== 'th') found.protocol = textOf(payload['protocol']);
  }
  return found;
};
