// The policy rules of this network namespace: which table the kernel looks in for which packet, read with `ip -j rule`.
import * as z from 'zod';
import { plainText } from '../model/plain-text.ts';
import type { Exec } from '../model/ports.ts';
import { NetError } from '../model/errors.ts';
import { entriesAs, runIpJson } from './ip-json.ts';
import type { RouteFamily } from './routes.ts';

export interface Rule {
  family: RouteFamily;
  /** Rules are tried from the lowest on. */
  priority: number;
  /** What packets it takes, in the words of `ip rule`. */
  selector: string;
  /** Where the route is looked up; null for a rule that does something else. */
  table: string | null;
  /** `lookup`, `goto 32766`, `blackhole`, `unreachable`, `prohibit`, ... */
  action: string;
}

const ruleSchema = z.object({ priority: z.number() }).catchall(z.unknown());
type Entry = z.infer<typeof ruleSchema>;

/** Keys that say what happens, not to which packets. */
const effects = new Set(['priority', 'table', 'action', 'goto', 'protocol', 'nat_gateway', 'unresolved']);
const effectLimits = ['suppress_prefixlen', 'suppress_ifgroup'];
/** Keys told together with another one. */
const parts = new Set(['not', 'src', 'srclen', 'dst', 'dstlen', 'fwmask', 'l3mdev', ...effectLimits]);

/** A flag has no value; what is neither text nor number is not ours to show. */
const text = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? plainText(String(value), 64) : '';

const prefix = (entry: Entry, name: 'src' | 'dst'): string => {
  const length = entry[`${name}len`];
  return `${text(entry[name])}${length === undefined ? '' : `/${text(length)}`}`;
};

const words: Readonly<Record<string, string>> = {
  uid_start: 'uidrange',
  sport_start: 'sport',
  dport_start: 'dport',
};
const ends: Readonly<Record<string, string>> = {
  uid_start: 'uid_end',
  sport_start: 'sport_end',
  dport_start: 'dport_end',
};

const condition = (entry: Entry, key: string): string => {
  const end = ends[key];
  const range = end === undefined || entry[end] === undefined ? '' : `-${text(entry[end])}`;
  const mask = key === 'fwmark' && entry['fwmask'] !== undefined ? `/${text(entry['fwmask'])}` : '';
  return `${words[key] ?? key} ${text(entry[key])}${range}${mask}`.trim();
};

const selectorOf = (entry: Entry): string => {
  const further = Object.keys(entry)
    .filter((key) => !effects.has(key) && !parts.has(key) && !Object.values(ends).includes(key))
    .map((key) => condition(entry, key));
  const to = entry['dst'] === undefined ? [] : [`to ${prefix(entry, 'dst')}`];
  const source = entry['src'] === undefined ? 'all' : prefix(entry, 'src');
  return [...('not' in entry ? ['not'] : []), `from ${source}`, ...to, ...further].join(' ');
};

/** A rule for l3mdev looks in the table of the packet's VRF. */
const tableOf = (entry: Entry): string | null => {
  if ('l3mdev' in entry) return 'l3mdev';
  return entry['table'] === undefined ? null : text(entry['table']);
};

const actionOf = (entry: Entry): string => {
  if (entry['goto'] !== undefined) return `goto ${text(entry['goto'])}`;
  if (entry['action'] !== undefined) return text(entry['action']);
  const limits = effectLimits.filter((key) => entry[key] !== undefined).map((key) => ` ${key} ${text(entry[key])}`);
  return `lookup${limits.join('')}`;
};

/** Entries of `ip -j rule show`; throws nothing for keys it does not know. */
export const parseRules = (entries: readonly unknown[], family: RouteFamily): Rule[] =>
  entriesAs(ruleSchema, entries).map((entry) => ({
    family,
    priority: entry.priority,
    selector: selectorOf(entry),
    table: tableOf(entry),
    action: actionOf(entry),
  }));

/** In the order the kernel tries them. Throws step_failed. */
export const readRules = async (exec: Exec, family: RouteFamily, signal: AbortSignal): Promise<Rule[]> => {
  const option = family === 'ipv4' ? '-4' : '-6';
  const { entries, complaint } = await runIpJson(exec, [option, 'rule', 'show'], signal);
  if (complaint === undefined) return parseRules(entries, family);
  // A kernel without policy routing or without the family.
  if (/not supported/i.test(complaint)) return [];
  throw new NetError(
    'step_failed',
    `ip could not list the policy rules: ${plainText(complaint, 300)}`,
    `Run \`ip ${option} rule show\` to see why.`,
  );
};
