// Rules against facts: whether conditions hold, and what formulas come to. Facts are plain values by name; an unknown fact is absent.
import type { Condition, Formula } from '../model/policy.ts';
import { formulaSchema } from '../model/policy.ts';

export type Fact = string | number | boolean;
export type Facts = ReadonlyMap<string, Fact>;

/** Every name a fact can have. */
export const factNames = [
  'role',
  'memory_bytes',
  'cpus',
  'kernel_version',
  'initial_netns',
  'net_admin',
  'link.type',
  'link.speed_mbps',
  'link.down_mbps',
  'link.up_mbps',
  'link.rtt_ms',
  'link.mtu',
  'link.queues',
  'bdp_down_bytes',
  'bdp_up_bytes',
  'buffer_memory_limit_bytes',
  'has.conntrack',
  'has.nftables',
  'has.ifb',
  'ipv4',
  'ipv6',
  'qdisc.type',
  'qdisc.bandwidth_mbit',
  'shaper.egress_mbit',
  'offloads.lro',
  'mtu',
  'packet_steering.rps_flow_count',
  'emulate',
] as const;

/** Families of facts: what the kernel has, what would stand for a key, which knobs are wished. */
export const factNamePattern = new RegExp(
  `^(${factNames.map((name) => name.replaceAll('.', '[.]')).join('|')}|has[.](qdisc|congestion_control)[.][a-z0-9_]+|sysctl[.]net([.][a-z0-9_]+)+|wish[.][a-z_]+)$`,
);

const holds = (condition: Condition, facts: Facts): boolean => {
  const value = facts.get(condition.fact);
  if (condition.known !== undefined && (value !== undefined) !== condition.known) return false;
  if (value === undefined) return condition.known === false;
  const { is, in: list, not_in: others, at_least: least, at_most: most } = condition;
  const among = (words: readonly Fact[]): boolean => words.some((word) => String(word) === String(value));
  return (
    (is === undefined || String(is) === String(value)) &&
    (list === undefined || among(list)) &&
    (others === undefined || !among(others)) &&
    (least === undefined || (typeof value === 'number' && value >= least)) &&
    (most === undefined || (typeof value === 'number' && value <= most))
  );
};

/** All of them. */
export const allHold = (conditions: readonly Condition[], facts: Facts): boolean =>
  conditions.every((condition) => holds(condition, facts));

const compute = (formula: Formula, facts: Facts): number | undefined => {
  const fact = facts.get(formula.fact);
  if (typeof fact !== 'number') return undefined;
  const { times = 1, least = -Infinity, most = Infinity, round = 'whole' } = formula;
  const bounded = (number: number): number => Math.min(Math.max(number, least), most);
  const value = bounded(fact * times);
  if (round === 'none') return Math.round(value * 1000) / 1000;
  return round === 'whole' ? Math.round(value) : bounded(2 ** Math.ceil(Math.log2(Math.max(fact * times, 1))));
};

/** A piece of `changes` with its formulas computed; undefined as soon as one needs a fact that is unknown. Lists of numbers below `sysctl` become one text. */
export const evaluate = (value: unknown, facts: Facts): unknown => {
  if (Array.isArray(value)) {
    const list = value.map((inner) => evaluate(inner, facts));
    return list.includes(undefined) ? undefined : list;
  }
  if (typeof value !== 'object' || value === null) return value;
  const formula = formulaSchema.safeParse(value);
  if (formula.success) return compute(formula.data, facts);
  const entries = Object.entries(value).map(([key, inner]) => [key, evaluate(inner, facts)] as const);
  return entries.some(([, inner]) => inner === undefined) ? undefined : Object.fromEntries(entries);
};

/** `{link.rtt_ms}` in a sentence becomes the fact's value. */
export const fillIn = (text: string, facts: Facts): string =>
  text.replaceAll(/\{([a-z0-9_.]+)\}/g, (_whole, name: string) => String(facts.get(name) ?? 'unknown'));
