// A qdisc's options and counters in words, with the units that tc's JSON leaves out.
import { plainText } from '../../model/plain-text.ts';
import type { Qdisc } from './tc-text.ts';

/** Microseconds in tc's JSON (print_time of iproute2 gives them so). */
const microseconds = new Set([
  'target',
  'interval',
  'ce_threshold',
  'lat',
  'rtt',
  'tupdate',
  'refill_delay',
  'horizon',
  'ldelay',
  'drop_next',
  'delay',
]);
/** Bytes per second. */
const rates = new Set(['rate', 'bandwidth', 'maxrate', 'peakrate', 'low_rate_threshold', 'capacity_estimate']);

const number = (value: number): string => String(Math.round(value * 1000) / 1000);

const scalarText = (name: string, value: unknown): string => {
  if (value === true) return name;
  if (typeof value === 'string') return value === '0' || value === '' ? '' : `${name} ${plainText(value, 60)}`;
  if (typeof value !== 'number' || value === 0) return '';
  if (microseconds.has(name)) return `${name} ${number(value / 1000)} ms`;
  if (rates.has(name)) return `${name} ${number((value * 8) / 1e6)} Mbit/s`;
  return `${name} ${number(value)}`;
};

/** netem nests what belongs together: `delay` in seconds, the others as shares of 1. */
const nestedText = (name: string, value: object): string => {
  const parts = Object.entries(value).flatMap(([key, inner]) => {
    if (typeof inner !== 'number' || inner === 0) return [];
    const isTime = name === 'delay' && key !== 'correlation';
    return [`${key === name ? '' : `${key} `}${isTime ? `${number(inner * 1000)} ms` : `${number(inner * 100)} %`}`];
  });
  return parts.length === 0 ? '' : `${name} ${parts.join(' ')}`;
};

/** Version and defaults that nobody set. */
const uninteresting = new Set([
  'ver',
  'direct_qlen',
  'priomap',
  'multiqueue',
  'raw',
  'split_gso',
  'drop_batch',
  'orphan_mask',
  'timer_slack',
]);

export const optionsText = ({ options }: Pick<Qdisc, 'options'>): string => {
  const words = Object.entries(options).map(([name, value]) => {
    if (uninteresting.has(name) || value === null || Array.isArray(value)) return '';
    if (name === 'text' && typeof value === 'string') return plainText(value, 100);
    return typeof value === 'object' ? nestedText(name, value) : scalarText(name, value);
  });
  return words.filter(Boolean).slice(0, 12).join(' ');
};

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** Only what has counted anything. */
export const statisticsLines = ({ statistics = {} }: Pick<Qdisc, 'statistics'>): string[] => {
  const { tins, ...rest } = statistics;
  const words = Object.entries(rest)
    .map(([name, value]) => scalarText(name, value))
    .filter(Boolean);
  const tinLines = (Array.isArray(tins) ? tins.filter(isRecord) : [])
    .filter((tin) => tin['sent_packets'] !== 0 || tin['drops'] !== 0)
    .map(({ tin, ...fields }) => {
      const shown = Object.entries(fields).filter(([, value]) => value !== 0);
      return `tin ${String(tin)}: ${shown.map(([name, value]) => `${name} ${String(value)}`).join(', ')}`;
    });
  return [...(words.length === 0 ? [] : [words.join(', ')]), ...tinLines];
};
