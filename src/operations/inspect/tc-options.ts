// What tc's JSON says of a qdisc with the unit in each name: rates in Mbit/s, times in milliseconds, sizes in bytes, shares in percent.
import { plainText } from '../../model/plain-text.ts';
import { bytes } from './tc-text-words.ts';

type Values = Readonly<Record<string, unknown>>;
type Named = Record<string, unknown>;

const rounded = (value: number): number => Math.round(value * 1e6) / 1e6;

/** tc tells rates in bytes per second, times in microseconds (print_time of iproute2), sizes as numbers or as `32Kb/1`. */
const units = {
  mbps: (value: unknown) => (typeof value === 'number' ? rounded((value * 8) / 1e6) : undefined),
  ms: (value: unknown) => (typeof value === 'number' ? rounded(value / 1000) : undefined),
  bytes: (value: unknown) =>
    typeof value === 'string' ? (bytes(value) ?? undefined) : typeof value === 'number' ? value : undefined,
  number: (value: unknown) => (typeof value === 'number' ? value : undefined),
  word: (value: unknown) => {
    if (typeof value === 'string') return plainText(value, 100);
    return typeof value === 'number' || typeof value === 'boolean' ? value : undefined;
  },
  /** Printed without a value. */
  flag: (value: unknown) => (value === null ? true : typeof value === 'boolean' ? value : undefined),
};
type Rule = readonly [name: string, unit: keyof typeof units];

const rate = (name: string): Rule => [`${name}_mbps`, 'mbps'];
const time = (name: string): Rule => [`${name}_ms`, 'ms'];
const size = (name: string): Rule => [`${name}_bytes`, 'bytes'];
const packets = (name: string): Rule => [`${name}_packets`, 'number'];
const word = (name: string): Rule => [name, 'word'];

const limitInPackets = new Set(
  'pfifo pfifo_head_drop fq_codel fq codel pie fq_pie netem sfq hhf choke sfb skbprio'.split(' '),
);
const limitInBytes = new Set(['bfifo', 'tbf', 'red']);

const rules: Readonly<Record<string, Rule>> = {
  rate: rate('rate'),
  peakrate: rate('peak_rate'),
  maxrate: rate('max_rate'),
  low_rate_threshold: rate('low_rate_threshold'),
  bandwidth: rate('bandwidth'),
  lat: time('latency'),
  target: time('target'),
  interval: time('interval'),
  ce_threshold: time('ce_threshold'),
  rtt: time('rtt'),
  tupdate: time('update_interval'),
  refill_delay: time('refill_delay'),
  horizon: time('horizon'),
  timer_slack: ['timer_slack_ns', 'number'],
  perturb: ['perturb_s', 'number'],
  burst: size('burst'),
  mtu: size('mtu'),
  mpu: size('mpu'),
  quantum: size('quantum'),
  initial_quantum: size('initial_quantum'),
  memory_limit: size('memory_limit'),
  memlimit: size('memory_limit'),
  overhead: size('overhead'),
  min: size('min'),
  max: size('max'),
  flow_limit: packets('flow_limit'),
  drop_batch: packets('drop_batch'),
  direct_qlen: packets('direct_queue'),
  direct_packets_stat: packets('direct'),
  horizon_drop: ['horizon_drop', 'flag'],
  horizon_cap: ['horizon_cap', 'flag'],
  'ack-filter': word('ack_filter'),
  ...Object.fromEntries(
    'flows ecn harddrop adaptive nodrop bytemode buckets bands strict multiqueue default r2q diffserv flowmode nat wash ingress autorate split_gso atm fwmark alpha beta linklayer divisor depth headdrop gap text'
      .split(' ')
      .map((name) => [name, word(name)]),
  ),
};

/** netem nests what belongs together: times in seconds, rates in bytes per second, the rest as shares of 1. */
const netemName = (group: string, key: string): string => {
  const outer = group.replace(/^loss-random$/, 'loss').replaceAll('-', '_');
  return key === outer || key === 'jitter' ? key : `${outer}_${key.replaceAll('-', '_')}`;
};

const netemGroups = new Set(['delay', 'loss-random', 'loss-gemodel', 'loss-state', 'duplicate', 'reorder', 'corrupt']);

const netemGroup = (group: string, values: Values): Named => {
  const named: Named = {};
  for (const [key, value] of Object.entries(values)) {
    if (typeof value !== 'number') continue;
    const isTime = group === 'delay' && key !== 'correlation';
    named[`${netemName(group, plainText(key, 32))}_${isTime ? 'ms' : 'percent'}`] = rounded(
      value * (isTime ? 1000 : 100),
    );
  }
  return named;
};

const netemRate = ({ rate: speed, packetoverhead, cellsize, celloverhead }: Values): Named => ({
  rate_mbps: units.mbps(speed),
  ...(packetoverhead === 0 ? {} : { packet_overhead_bytes: packetoverhead }),
  ...(cellsize === 0 ? {} : { cell_bytes: cellsize, cell_overhead_bytes: celloverhead }),
});

const isValues = (value: unknown): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const ruleOf = (kind: string, name: string): Rule | undefined => {
  if (name !== 'limit') return Object.hasOwn(rules, name) ? rules[name] : undefined;
  if (limitInPackets.has(kind)) return packets('limit');
  return limitInBytes.has(kind) ? size('limit') : undefined;
};

/** Undefined: not known. */
const named = (kind: string, name: string, value: unknown): Named | undefined => {
  if (kind === 'netem' && isValues(value)) {
    if (netemGroups.has(name)) return netemGroup(name, value);
    return name === 'rate' ? netemRate(value) : undefined;
  }
  if (name === 'bandwidth' && value === 'unlimited') return { bandwidth: value };
  const [shown, unit] = ruleOf(kind, name) ?? [];
  const read = unit === undefined ? undefined : units[unit](value);
  return shown === undefined || read === undefined ? undefined : { [shown]: read };
};

/** Options by names with units; what is not known stays under `other` as tc has it. */
export const namedOptions = (kind: string, options: Values): Named => {
  const known: Named = {};
  const other: Named = {};
  for (const [name, value] of Object.entries(options)) {
    const found = named(kind, name, value);
    if (found === undefined) other[name] = value;
    else Object.assign(known, found);
  }
  return Object.keys(other).length === 0 ? known : { ...known, other };
};

const statisticRules: Readonly<Record<string, Rule>> = {
  capacity_estimate: rate('capacity_estimate'),
  ldelay: time('ldelay'),
  drop_next: time('drop_next'),
  delay: time('delay'),
};

/** A counter as tc names it; rates and times with their unit. */
export const namedStatistic = (name: string, value: unknown): readonly [string, unknown] => {
  const [shown, unit] = (Object.hasOwn(statisticRules, name) ? statisticRules[name] : undefined) ?? [];
  const read = unit === undefined ? undefined : units[unit](value);
  return shown === undefined || read === undefined ? [name, value] : [shown, read];
};
